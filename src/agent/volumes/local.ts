import { stat } from 'node:fs/promises'
import { hostFiles } from '../../base/host-files.ts'
import { giveToGroup, isGroups } from './ownership.ts'
import { specOf } from '../pods.ts'
import type { VolumeType } from './volume.ts'

/** A directory of this node that a persistent volume stands for. It must be there already. */
export const local: VolumeType = {
  field: 'local',
  plugin: 'kubernetes.io~local-volume',
  live: false,
  async setUp({ volume, pod, fsGroup, readOnly }) {
    const { path = '' } = volume.local ?? {}
    const here = hostFiles().reach(path)
    const found = await stat(here).catch(() => undefined)
    if (!found) throw new Error(`path "${path}" does not exist`)
    if (!found.isDirectory()) throw new Error(`path "${path}" is no directory: other local volumes are not supported`)
    const rootOnly = specOf(pod).securityContext?.fsGroupChangePolicy === 'OnRootMismatch'
    if (fsGroup !== undefined && !readOnly && !(rootOnly && isGroups(found, fsGroup)))
      await giveToGroup(here, fsGroup, false)
    return { path, readOnly }
  },
}
