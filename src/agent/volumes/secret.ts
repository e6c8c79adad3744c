import { DEFAULT_MODE, secretFiles } from './payload.ts'
import type { VolumeType } from './volume.ts'
import { writeVolume } from './written.ts'

/** The keys of a Secret as files, never on disk. */
export const secret: VolumeType = {
  field: 'secret',
  plugin: 'kubernetes.io~secret',
  live: true,
  async setUp(context) {
    const { secretName, ...source } = context.volume.secret ?? {}
    const files = await secretFiles(context, { ...source, name: secretName }, source.defaultMode ?? DEFAULT_MODE)
    return writeVolume(context, files, 'memory', context.now)
  },
}
