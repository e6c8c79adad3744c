import type { Stats } from 'node:fs'
import { chmod, lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const GROUP_READ = 0o440
const GROUP_WRITE = 0o660
/** Directories pass their group on, and the group may enter them. */
const DIRECTORY = 0o2110

/** True where a volume's root is as {@link giveToGroup} leaves it. */
export const isGroups = (root: Stats, group: number): boolean =>
  root.gid === group && (root.mode & (GROUP_WRITE | DIRECTORY)) === (GROUP_WRITE | DIRECTORY)

/** Gives a volume and all in it to a group. Links change hands but keep their mode. */
export async function giveToGroup(path: string, group: number, readOnly: boolean): Promise<void> {
  const kind = await lstat(path)
  await lchown(path, kind.uid, group)
  if (kind.isSymbolicLink()) return
  const mask = (readOnly ? GROUP_READ : GROUP_WRITE) | (kind.isDirectory() ? DIRECTORY : 0)
  await chmod(path, (kind.mode & 0o7777) | mask)
  if (!kind.isDirectory()) return
  for (const name of await readdir(path)) await giveToGroup(join(path, name), group, readOnly)
}
