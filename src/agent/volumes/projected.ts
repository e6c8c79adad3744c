import type { VolumeProjection } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import { configMapFiles, DEFAULT_MODE, downwardFiles, secretFiles } from './payload.ts'
import type { Payload, VolumeContext, VolumeFile, VolumeType } from './volume.ts'
import { writeVolume } from './written.ts'

/** Several sources in one directory; a later one wins where two name the same file. */
export const projected: VolumeType = {
  field: 'projected',
  plugin: 'kubernetes.io~projected',
  live: true,
  async setUp(context) {
    const { sources = [], defaultMode = DEFAULT_MODE } = context.volume.projected ?? {}
    const parts = await Promise.all(sources.map(s => filesOf(context, s, defaultMode)))
    return writeVolume(context, new Map(parts.flatMap(p => [...p])), 'memory', context.now)
  },
}

async function filesOf(context: VolumeContext, source: Frozen<VolumeProjection>, mode: number): Promise<Payload> {
  if (source.configMap) return configMapFiles(context, source.configMap, mode)
  if (source.secret) return secretFiles(context, source.secret, mode)
  if (source.downwardAPI) return downwardFiles(context, source.downwardAPI.items ?? [], mode)
  if (source.serviceAccountToken) return tokenFile(context, source.serviceAccountToken, mode)
  throw new Error(`unsupported projection: ${Object.keys(source).join(', ')}`)
}

const DEFAULT_EXPIRATION_SECONDS = 3600

async function tokenFile(
  context: VolumeContext,
  source: NonNullable<Frozen<VolumeProjection>['serviceAccountToken']>,
  mode: number,
): Promise<Payload> {
  const { audience = '', expirationSeconds = DEFAULT_EXPIRATION_SECONDS, path } = source
  const token = await context.tokens.token(context.pod, { audience, expirationSeconds })
  const owned = context.fsUser !== undefined || context.fsGroup !== undefined
  const file: VolumeFile = {
    data: Buffer.from(token),
    mode: owned ? 0o600 : mode,
    ...(context.fsUser === undefined ? {} : { user: context.fsUser }),
  }
  return new Map([[path, file]])
}
