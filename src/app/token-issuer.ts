import { createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto'
import { keyId } from '../apiserver/plain-routes.ts'
import type { Clock } from '../base/clock.ts'
import type { LegacyTokenOrder } from '../controllers/index.ts'
import type { IssuedToken, TokenOrder } from '../registry/registry.ts'

export interface TokenIssuerOptions {
  /** PKCS #8 PEM of an RSA key, or of an EC P-256 key. */
  readonly privateKey: string
  readonly issuer: string
  readonly clock: Clock
}

/** Signs service account tokens as Kubernetes makes them: JWTs by RS256 or ES256 (RFC 7519, RFC 7518). */
export function createTokenIssuer(o: TokenIssuerOptions): (order: TokenOrder) => Promise<IssuedToken> {
  const signer = signerOf(o.privateKey)
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
    return { token: signer(payload), expires: expires * 1000 }
  }
}

/**
 * Signs the lasting tokens that Secrets of type kubernetes.io/service-account-token hold. They have no end and no
 * audience: they are good as long as the Secret with them is there.
 */
export function createLegacyTokenIssuer(
  o: Pick<TokenIssuerOptions, 'privateKey'>,
): (order: LegacyTokenOrder) => Promise<string> {
  const signer = signerOf(o.privateKey)
  const claim = (name: string): string => `kubernetes.io/serviceaccount/${name}`
  return async ({ namespace, secret, serviceAccount }) =>
    signer({
      iss: 'kubernetes/serviceaccount',
      [claim('namespace')]: namespace,
      [claim('secret.name')]: secret,
      [claim('service-account.name')]: serviceAccount.name,
      [claim('service-account.uid')]: serviceAccount.uid,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    })
}

/** Makes signed JWTs of payloads. */
function signerOf(privateKey: string): (payload: object) => string {
  const key = createPrivateKey(privateKey)
  const alg = key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256'
  const header = encode({ alg, kid: keyId(createPublicKey(key)) })
  return payload => {
    const text = `${header}.${encode(payload)}`
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
    return `${text}.${signature.toString('base64url')}`
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
