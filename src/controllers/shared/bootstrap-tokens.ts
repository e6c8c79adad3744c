import type { Frozen } from '../../kinds/object.ts'
import type { Secret } from './types.ts'

const TYPE = 'bootstrap.kubernetes.io/token'

/** Milliseconds until a bootstrap token is over, 0 when it is; undefined for one that lasts or says no time. */
export function planTokenEnd(secret: Frozen<Secret>, now: number): number | undefined {
  const text = secret.data?.['expiration']
  if (secret.type !== TYPE || !text) return undefined
  const time = Buffer.from(text, 'base64').toString('utf8')
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(time)
  const end = isTime ? Date.parse(time) : Number.NaN
  // What cannot be read counts as over, so that a slip of the pen does not make a token last for ever.
  return Number.isNaN(end) ? 0 : Math.max(end - now, 0)
}
