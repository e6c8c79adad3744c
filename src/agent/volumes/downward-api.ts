import { DEFAULT_MODE, downwardFiles } from './payload.ts'
import type { VolumeType } from './volume.ts'
import { writeVolume } from './written.ts'

/** The pod's own fields as files. */
export const downwardApi: VolumeType = {
  field: 'downwardAPI',
  plugin: 'kubernetes.io~downward-api',
  live: true,
  async setUp(context) {
    const { items = [], defaultMode = DEFAULT_MODE } = context.volume.downwardAPI ?? {}
    return writeVolume(context, downwardFiles(context, items, defaultMode), 'memory', context.now)
  },
}
