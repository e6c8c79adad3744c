import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { secret as secretKind } from '../../kinds/core/secret.ts'
import type { Secret } from '../../kinds/generated/types.ts'
import type { Frozen, ObjectOf } from '../../kinds/object.ts'
import type { Registry } from '../../registry/api.ts'
import { find } from '../find.ts'
import type { TokenAuthenticator } from './authenticator.ts'

const FORM = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/** Bootstrap tokens `id.secret`: Secrets `bootstrap-token-<id>` in kube-system. */
export function bootstrapTokens(options: { registry: Registry; clock: Clock }): TokenAuthenticator {
  return {
    async authenticate(token) {
      const [, id, secret] = FORM.exec(token) ?? []
      if (!id || !secret) return undefined
      const target = { kind: secretKind, namespace: 'kube-system', name: `bootstrap-token-${id}` }
      const object = await find(options.registry, target)
      if (!object || !valid(object, id, secret, options.clock.now())) return undefined
      const groups = (value(object, 'auth-extra-groups') ?? '').split(',').filter(Boolean)
      if (!groups.every(g => GROUP.test(g))) return undefined
      return { user: { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...groups] } }
    },
  }
}

type BootstrapSecret = Frozen<ObjectOf<Secret>>

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
