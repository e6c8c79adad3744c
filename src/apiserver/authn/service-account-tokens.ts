import { createHash, type KeyObject } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Clock } from '../../base/clock.ts'
import { node } from '../../kinds/core/node.ts'
import { pod } from '../../kinds/core/pod.ts'
import { secret } from '../../kinds/core/secret.ts'
import { serviceAccount } from '../../kinds/core/service-account.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { Registry, UserInfo } from '../../registry/api.ts'
import { find } from '../find.ts'
import type { TokenAuthenticator, TokenUser } from './authenticator.ts'

export interface ServiceAccountTokenOptions {
  readonly registry: Registry
  readonly clock: Clock
  /** Public keys that tokens may be signed with, the newest first. */
  readonly publicKeys: readonly KeyObject[]
  /** Accepted issuers, the first is that of new tokens. */
  readonly issuers: readonly string[]
  /** Audiences of the API itself. */
  readonly apiAudiences: readonly string[]
}

interface ObjectRef {
  readonly name: string
  readonly uid: string
}

/** What a verified token says, kept by its hash. */
interface Claims {
  readonly namespace: string
  readonly account: ObjectRef
  readonly pod?: ObjectRef
  readonly secret?: ObjectRef
  readonly node?: ObjectRef
  readonly audiences: readonly string[]
  readonly id?: string
  /** Seconds since the epoch. */
  readonly notBefore: number
  readonly expires: number
}

const LEGACY_ISSUER = 'kubernetes/serviceaccount'
const CACHE_SIZE = 4096

/**
 * Service account tokens: JWTs that the API server signed. The signature is checked once (the result is kept by the
 * token's hash); that account, pod and secret still exist with the same UID is checked at every use.
 */
export function serviceAccountTokens(options: ServiceAccountTokenOptions): TokenAuthenticator {
  const verified = new Map<string, Claims>()
  const claimsOf = async (token: string): Promise<Claims | undefined> => {
    if (!issuedByUs(token, options.issuers)) return undefined
    const hash = createHash('sha256').update(token).digest('base64')
    const known = verified.get(hash)
    if (known) return known
    const claims = await verify(token, options)
    if (!claims) return undefined
    if (verified.size >= CACHE_SIZE) for (const oldest of verified.keys()) if (verified.delete(oldest)) break
    verified.set(hash, claims)
    return claims
  }
  return {
    async authenticate(token, audiences): Promise<TokenUser | undefined> {
      const claims = await claimsOf(token)
      if (!claims) return undefined
      const now = options.clock.now() / 1000
      if (now > claims.expires) throw new Error('service account token has expired')
      if (now < claims.notBefore - 10) throw new Error('service account token is not valid yet')
      const wanted = audiences?.length ? audiences : options.apiAudiences
      const good = wanted.filter(a => claims.audiences.includes(a))
      if (good.length === 0)
        throw new Error(
          `token audiences ${quoted(claims.audiences)} is invalid for the target audiences ${quoted(wanted)}`,
        )
      await checkObjects(options.registry, claims, { token, now: options.clock.now() })
      return { user: userOf(claims), audiences: good }
    },
  }
}

/** Reads the issuer without checking anything: tells tokens of others apart cheaply. */
function issuedByUs(token: string, issuers: readonly string[]): boolean {
  const payload = token.split('.')[1]
  if (payload === undefined || token.split('.').length !== 3) return false
  try {
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { iss?: string }
    return iss === LEGACY_ISSUER || issuers.includes(iss ?? '')
  } catch {
    return false
  }
}

async function verify(token: string, options: ServiceAccountTokenOptions): Promise<Claims | undefined> {
  const { compactVerify } = await import('jose')
  for (const key of options.publicKeys) {
    const result = await compactVerify(token, key, { algorithms: ['RS256', 'ES256'] }).catch(() => undefined)
    if (result) return readClaims(JSON.parse(Buffer.from(result.payload).toString('utf8')) as JWTPayload, options)
  }
  return undefined
}

function readClaims(payload: JWTPayload, options: ServiceAccountTokenOptions): Claims {
  if (payload.iss === LEGACY_ISSUER) return legacyClaims(payload, options)
  const k = payload['kubernetes.io'] as {
    namespace: string
    serviceaccount: ObjectRef
    pod?: ObjectRef
    secret?: ObjectRef
    node?: ObjectRef
  }
  if (payload.sub !== `system:serviceaccount:${k.namespace}:${k.serviceaccount.name}`)
    throw new Error('token subject does not match its service account')
  return {
    namespace: k.namespace,
    account: k.serviceaccount,
    ...(k.pod ? { pod: k.pod } : {}),
    ...(k.secret ? { secret: k.secret } : {}),
    ...(k.node ? { node: k.node } : {}),
    audiences: [payload.aud ?? []].flat(),
    ...(payload.jti ? { id: payload.jti } : {}),
    notBefore: payload.nbf ?? 0,
    expires: payload.exp ?? 0,
  }
}

/** Tokens of Secrets: they do not expire, and live as long as their Secret. */
function legacyClaims(payload: JWTPayload, options: ServiceAccountTokenOptions): Claims {
  const claim = (name: string): string => {
    const value = payload[`kubernetes.io/serviceaccount/${name}`]
    return typeof value === 'string' ? value : ''
  }
  return {
    namespace: claim('namespace'),
    account: { name: claim('service-account.name'), uid: claim('service-account.uid') },
    secret: { name: claim('secret.name'), uid: '' },
    audiences: options.apiAudiences,
    notBefore: 0,
    expires: Number.POSITIVE_INFINITY,
  }
}

/** How long a token outlives the deletion of what it is bound to. */
const DELETION_GRACE_MS = 60_000

async function checkObjects(
  registry: Registry,
  claims: Claims,
  { token, now }: { token: string; now: number },
): Promise<void> {
  await checkObject(registry, serviceAccount, claims.namespace, claims.account, now)
  if (claims.pod) await checkObject(registry, pod, claims.namespace, claims.pod, now)
  if (claims.secret) {
    const kept = await checkObject(registry, secret, claims.namespace, claims.secret, now)
    // A Secret of the same name made later must not bring an old token back to life.
    const held = Buffer.from(kept.data?.token ?? '', 'base64').toString('utf8')
    if (claims.secret.uid === '' && held !== token) throw new Error(INVALIDATED)
  }
  if (claims.node && !claims.pod) await checkObject(registry, node, '', claims.node, now)
}

async function checkObject<T extends KubeObject>(
  registry: Registry,
  kind: Kind<T>,
  namespace: string,
  ref: ObjectRef,
  now: number,
): Promise<Frozen<T>> {
  const object = await find(registry, { kind, namespace, name: ref.name })
  if (!object) throw new Error(INVALIDATED)
  // The compiler does not look through Frozen<T> of a T that it does not know.
  const { uid, deletionTimestamp } = (object as Frozen<KubeObject>).metadata
  if (ref.uid !== '' && uid !== ref.uid)
    throw new Error(`${NAMES[kind.plural] ?? kind.plural} UID (${uid ?? ''}) does not match claim (${ref.uid})`)
  if (deletionTimestamp && Date.parse(deletionTimestamp) < now - DELETION_GRACE_MS) throw new Error(INVALIDATED)
  return object
}

const INVALIDATED = 'service account token has been invalidated'
const NAMES: Readonly<Record<string, string>> = {
  serviceaccounts: 'service account',
  pods: 'pod',
  secrets: 'secret',
  nodes: 'node',
}

const quoted = (list: readonly string[]): string => `[${list.map(a => JSON.stringify(a)).join(' ')}]`

const INFO = 'authentication.kubernetes.io'

function userOf(claims: Claims): UserInfo {
  const extra: Record<string, string[]> = {}
  if (claims.id) extra[`${INFO}/credential-id`] = [`JTI=${claims.id}`]
  if (claims.node) {
    extra[`${INFO}/node-name`] = [claims.node.name]
    extra[`${INFO}/node-uid`] = [claims.node.uid]
  }
  if (claims.pod) {
    extra[`${INFO}/pod-name`] = [claims.pod.name]
    extra[`${INFO}/pod-uid`] = [claims.pod.uid]
  }
  return {
    name: `system:serviceaccount:${claims.namespace}:${claims.account.name}`,
    uid: claims.account.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${claims.namespace}`],
    extra,
  }
}
