import { randomBytes } from 'node:crypto'
import {
  chmod,
  lchown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Payload } from './volume.ts'

const DATA = '..data'

/**
 * Puts files into a volume so that a container sees all of them change at once: they are written into a new hidden
 * directory, the link `..data` is swapped to it, and each name at the top is a link through `..data`. Leaves the
 * volume alone when it has these files already. True when something was written.
 */
export async function writeAtomically(dir: string, payload: Payload, now: number): Promise<boolean> {
  await mkdir(dir, { recursive: true })
  const before = await readlink(join(dir, DATA)).catch(() => undefined)
  if (before !== undefined && (await holds(join(dir, before), payload))) return false
  const fresh = `..${stamp(now)}.${randomBytes(4).readUInt32BE() % 1e10}`
  await writeAll(join(dir, fresh), payload)
  await symlink(fresh, join(dir, `${DATA}_tmp`)).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    await rm(join(dir, `${DATA}_tmp`))
    await symlink(fresh, join(dir, `${DATA}_tmp`))
  })
  await rename(join(dir, `${DATA}_tmp`), join(dir, DATA))
  await linkNames(dir, payload)
  if (before !== undefined) await rm(join(dir, before), { recursive: true, force: true })
  return true
}

/** `2006_01_02_15_04_05`, as the kubelet names these directories. */
const stamp = (now: number): string => new Date(now).toISOString().slice(0, 19).replace(/[-T:]/g, '_')

async function writeAll(dir: string, payload: Payload): Promise<void> {
  await mkdir(dir)
  // Whatever the process's mask says: others may read.
  await chmod(dir, 0o755)
  for (const [path, file] of payload) {
    const target = join(dir, path)
    await mkdir(dirname(target), { recursive: true })
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) await chmod(join(dir, parent), 0o755)
    await writeFile(target, file.data)
    await chmod(target, file.mode)
    if (file.user !== undefined) await lchown(target, file.user, 0)
  }
}

/** One link for each first path segment; links to what is gone are removed. */
async function linkNames(dir: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map(path => path.split('/')[0] as string))
  for (const name of await readdir(dir)) {
    if (name.startsWith('..')) continue
    if (!wanted.delete(name)) await rm(join(dir, name), { recursive: true, force: true })
  }
  for (const name of wanted) await symlink(`${DATA}/${name}`, join(dir, name))
}

async function holds(dir: string, payload: Payload): Promise<boolean> {
  const present = await filesIn(dir)
  if (!present || present.length !== payload.size) return false
  for (const [path, file] of payload) {
    const data = await readFile(join(dir, path)).catch(() => undefined)
    if (!data?.equals(file.data)) return false
    const { mode, uid } = await stat(join(dir, path))
    // Group bits may have been added for the pod's group.
    if ((mode & 0o707) !== (file.mode & 0o707) || (file.user !== undefined && uid !== file.user)) return false
  }
  return true
}

async function filesIn(dir: string, below = ''): Promise<string[] | undefined> {
  const entries = await readdir(join(dir, below), { withFileTypes: true }).catch(() => undefined)
  if (!entries) return undefined
  const found: string[] = []
  for (const e of entries) {
    if (e.isDirectory()) found.push(...((await filesIn(dir, join(below, e.name))) ?? []))
    else found.push(join(below, e.name))
  }
  return found
}
