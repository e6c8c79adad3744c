import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { Registry } from '../../registry/api.ts'
import type { TokenAuthenticator } from './authenticator.ts'
import { SYSTEM_CONTEXT } from '../system.ts'

const FORM = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/** Bootstrap tokens `id.secret`: Secrets `bootstrap-token-<id>` in kube-system. */
export function bootstrapTokens(options: { registry: Registry; clock: Clock }): TokenAuthenticator {
  return {
    async authenticate(token) {
      const [, id, secret] = FORM.exec(token) ?? []
      const kind = options.registry.kinds.byResource('', 'v1', 'secrets')
      if (!id || !secret || !kind) return undefined
      const stored = await options.registry
        .get(SYSTEM_CONTEXT, { kind, namespace: 'kube-system', name: `bootstrap-token-${id}` })
        .catch(() => undefined)
      const object = stored?.object as BootstrapSecret | undefined
      if (!object || !valid(object, id, secret, options.clock.now())) return undefined
      const groups = (value(object, 'auth-extra-groups') ?? '').split(',').filter(Boolean)
      if (!groups.every(g => GROUP.test(g))) return undefined
      return { user: { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...groups] } }
    },
  }
}

interface BootstrapSecret {
  readonly type?: string
  readonly data?: Readonly<Record<string, string>>
  readonly metadata: { readonly deletionTimestamp?: string }
}

const value = (secret: BootstrapSecret, key: string): string | undefined => {
  const encoded = secret.data?.[key]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8')
}

function valid(secret: BootstrapSecret, id: string, given: string, now: number): boolean {
  if (secret.type !== 'bootstrap.kubernetes.io/token' || secret.metadata.deletionTimestamp) return false
  const wanted = Buffer.from(value(secret, 'token-secret') ?? '')
  const have = Buffer.from(given)
  if (wanted.length !== have.length || !timingSafeEqual(wanted, have)) return false
  if (value(secret, 'token-id') !== id || value(secret, 'usage-bootstrap-authentication') !== 'true') return false
  const expiration = value(secret, 'expiration')
  return expiration === undefined || expiration === '' || Date.parse(expiration) > now
}
