import { createHash, type X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { UserInfo } from '../../registry/api.ts'

/** Checks one kind of bearer token. */
export interface TokenAuthenticator {
  /**
   * The user of the token; undefined when the token is none of this kind. Rejects when it is, but is not valid.
   * `audiences` are those that the token must be for, at least one of them; missing: the API's own.
   */
  authenticate(token: string, audiences?: readonly string[]): Promise<TokenUser | undefined>
}

export interface TokenUser {
  readonly user: UserInfo
  /** The audiences asked for that the token is good for. */
  readonly audiences?: readonly string[]
}

/** Finds out who makes a request. */
export interface Authenticator {
  /** The user, `anonymous` without credentials, `invalid` with wrong ones. */
  authenticate(req: IncomingMessage): UserInfo | 'anonymous' | 'invalid' | Promise<UserInfo | 'anonymous' | 'invalid'>
  /** For TokenReview: the user, or why there is none. */
  authenticateToken(token: string, audiences?: readonly string[]): Promise<TokenUser | { readonly error: string }>
}

export const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
export const AUTHENTICATED = 'system:authenticated'

/** The authenticator of the API server: client certificates first, then bearer tokens. */
export function createAuthenticator(tokens: readonly TokenAuthenticator[]): Authenticator {
  const sockets = new WeakMap<object, UserInfo | 'none' | 'invalid'>()
  const authenticateToken: Authenticator['authenticateToken'] = async (token, audiences) => {
    const errors = ['invalid bearer token']
    for (const authenticator of tokens) {
      try {
        const found = await authenticator.authenticate(token, audiences)
        if (found) return found
      } catch (error) {
        errors.push((error as Error).message)
      }
    }
    return { error: errors.length === 1 ? 'invalid bearer token' : `[${errors.join(', ')}]` }
  }
  const byHeader = async (token: string): Promise<UserInfo | 'invalid'> => {
    const found = await authenticateToken(token)
    return 'error' in found ? 'invalid' : withGroup(found.user)
  }
  return {
    authenticateToken,
    authenticate(req) {
      const socket = req.socket as TLSSocket
      let byCertificate = sockets.get(socket)
      if (byCertificate === undefined) {
        byCertificate = certificateUser(socket)
        sockets.set(socket, byCertificate)
      }
      if (typeof byCertificate === 'object') return byCertificate
      const token = bearerToken(req)
      if (token !== undefined) return byHeader(token)
      return byCertificate === 'invalid' ? 'invalid' : 'anonymous'
    },
  }
}

/** The token of the Authorization header; undefined where there is none (also `Bearer` alone and other schemes). */
export function bearerToken(req: IncomingMessage): string | undefined {
  const header = req.headers.authorization?.trim()
  if (!header) return webSocketToken(req)
  const [scheme = '', token = ''] = header.split(' ', 2)
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined
}

const WEBSOCKET_BEARER = 'base64url.bearer.authorization.k8s.io.'

/** Browsers cannot set headers on WebSockets: they send the token as a subprotocol. */
function webSocketToken(req: IncomingMessage): string | undefined {
  const protocols = req.headers['sec-websocket-protocol']
  if (!protocols?.includes(WEBSOCKET_BEARER)) return undefined
  const found = protocols
    .split(',')
    .map(p => p.trim())
    .find(p => p.startsWith(WEBSOCKET_BEARER))
  return found ? Buffer.from(found.slice(WEBSOCKET_BEARER.length), 'base64url').toString('utf8') : undefined
}

/** The certificate's user: common name, organizations as groups. `none` without a certificate or name. */
function certificateUser(socket: TLSSocket): UserInfo | 'none' | 'invalid' {
  if (typeof socket.getPeerX509Certificate !== 'function') return 'none'
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return 'none'
  if (!socket.authorized) return 'invalid'
  return userOfCertificate(certificate) ?? 'none'
}

/** The user that a client certificate stands for; undefined without a common name. */
export function userOfCertificate(certificate: X509Certificate): UserInfo | undefined {
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, string | string[] | undefined>
  const name = [subject.CN ?? ''].flat()[0]
  if (!name) return undefined
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex')
  return {
    name,
    groups: [...new Set([...[subject.O ?? []].flat(), AUTHENTICATED])],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  }
}

/** Whoever showed a credential belongs to system:authenticated. */
export function withGroup(user: UserInfo): UserInfo {
  return user.groups.includes(AUTHENTICATED) ? user : { ...user, groups: [...user.groups, AUTHENTICATED] }
}
