import { configMapFiles, DEFAULT_MODE } from './payload.ts'
import type { VolumeType } from './volume.ts'
import { writeVolume } from './written.ts'

/** The keys of a ConfigMap as files. */
export const configMap: VolumeType = {
  field: 'configMap',
  plugin: 'kubernetes.io~configmap',
  live: true,
  async setUp(context) {
    const source = context.volume.configMap ?? {}
    const files = await configMapFiles(context, source, source.defaultMode ?? DEFAULT_MODE)
    return writeVolume(context, files, 'disk', context.now)
  },
}
