import { chmod, mkdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomically } from './atomic-writer.ts'
import { giveToGroup } from './ownership.ts'
import { mountTmpfs } from './tmpfs.ts'
import type { Payload, VolumeContext, VolumePath } from './volume.ts'

/** Writes a volume's files, on disk or in memory, and hands them to the pod's group. Such volumes are read-only. */
export async function writeVolume(
  context: VolumeContext,
  payload: Payload,
  medium: 'disk' | 'memory',
  now: number,
): Promise<VolumePath> {
  const { dir, fsGroup } = context
  if (medium === 'memory') await mountTmpfs(dir, 0)
  else {
    const made = await readlink(join(dir, '..data')).catch(() => undefined)
    if (made === undefined) {
      await mkdir(dir, { recursive: true })
      await chmod(dir, 0o777)
    }
  }
  const written = await writeAtomically(dir, payload, now)
  if (written && fsGroup !== undefined) await giveToGroup(dir, fsGroup, true)
  return { path: dir, readOnly: true }
}
