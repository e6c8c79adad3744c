import { configMap } from './config-map.ts'
import { downwardApi } from './downward-api.ts'
import { emptyDir } from './empty-dir.ts'
import { hostPath } from './host-path.ts'
import { local } from './local.ts'
import { nfs } from './nfs.ts'
import { projected } from './projected.ts'
import { secret } from './secret.ts'
import type { VolumeType } from './volume.ts'

/** The volume types that this agent knows. */
export const VOLUME_TYPES: readonly VolumeType[] = [
  configMap,
  downwardApi,
  emptyDir,
  hostPath,
  local,
  nfs,
  projected,
  secret,
]
