import { chmod, mkdir, rename, stat } from 'node:fs/promises'
import { parseQuantity, scaledValue } from '../../base/quantity.ts'
import { giveToGroup } from './ownership.ts'
import { isMountPoint, mountTmpfs } from './tmpfs.ts'
import type { VolumeType } from './volume.ts'

/** A directory that lives as long as the pod: on the node's disk, or in memory. */
export const emptyDir: VolumeType = {
  field: 'emptyDir',
  plugin: 'kubernetes.io~empty-dir',
  live: false,
  async setUp({ volume, dir, fsGroup, memoryLimitBytes }) {
    const { medium, sizeLimit } = volume.emptyDir ?? {}
    const present = await stat(dir).then(
      () => true,
      () => false,
    )
    if (medium === 'Memory') {
      if (present && (await isMountPoint(dir))) return { path: dir, readOnly: false }
      const wanted = sizeLimit ? scaledValue(parseQuantity(sizeLimit)) : 0
      const sizes = [wanted, memoryLimitBytes].filter(n => n > 0)
      await mountTmpfs(dir, sizes.length ? Math.min(...sizes) : 0)
    } else {
      if (present) return { path: dir, readOnly: false }
      if (medium?.startsWith('HugePages')) throw new Error(`unsupported volume medium ${medium}`)
      // Under its name only once it is complete: what is there already is a pod's own and left alone.
      const fresh = `${dir}~new`
      await mkdir(fresh, { recursive: true })
      await open(fresh, fsGroup)
      await rename(fresh, dir)
      return { path: dir, readOnly: false }
    }
    await open(dir, fsGroup)
    return { path: dir, readOnly: false }
  },
}

/** Everybody may write, whatever the process's mask says. */
async function open(dir: string, fsGroup: number | undefined): Promise<void> {
  await chmod(dir, 0o777)
  if (fsGroup !== undefined) await giveToGroup(dir, fsGroup, false)
}
