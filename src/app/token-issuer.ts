import { createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto'
import { keyId } from '../apiserver/plain-routes.ts'
import type { Clock } from '../base/clock.ts'
import type { IssuedToken, TokenOrder } from '../registry/registry.ts'

export interface TokenIssuerOptions {
  /** PKCS #8 PEM of an RSA key, or of an EC P-256 key. */
  readonly privateKey: string
  readonly issuer: string
  readonly clock: Clock
}

/** Signs service account tokens as Kubernetes makes them: JWTs by RS256 or ES256 (RFC 7519, RFC 7518). */
export function createTokenIssuer(o: TokenIssuerOptions): (order: TokenOrder) => Promise<IssuedToken> {
  const key = createPrivateKey(o.privateKey)
  const alg = key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256'
  const header = encode({ alg, kid: keyId(createPublicKey(key)) })
  return async order => {
    const now = Math.floor(o.clock.now() / 1000)
    const expires = now + order.expirationSeconds
    const bound = order.boundObject
    const payload = {
      aud: order.audiences,
      exp: expires,
      iat: now,
      iss: o.issuer,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace: order.namespace,
        ...(order.node ? { node: order.node } : {}),
        ...(bound ? { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } } : {}),
        serviceaccount: order.serviceAccount,
        // A mounted token says when it should be renewed, a little before it ends.
        ...(bound?.kind === 'Pod' ? { warnafter: now + Math.min(order.expirationSeconds, 3607) } : {}),
      },
      nbf: now,
      sub: `system:serviceaccount:${order.namespace}:${order.serviceAccount.name}`,
    }
    const text = `${header}.${encode(payload)}`
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
    return { token: `${text}.${signature.toString('base64url')}`, expires: expires * 1000 }
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
