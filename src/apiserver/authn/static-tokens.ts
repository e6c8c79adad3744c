import { createHash, timingSafeEqual } from 'node:crypto'
import type { UserInfo } from '../../registry/api.ts'
import type { TokenAuthenticator } from './authenticator.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Fixed tokens, such as those with which the parts of one server call each other. Compared in constant time. */
export function staticTokens(users: ReadonlyMap<string, UserInfo>): TokenAuthenticator {
  const known = [...users].map(([token, user]) => ({ hash: digest(token), user }))
  return {
    authenticate: token => {
      const hash = digest(token)
      const found = known.find(k => timingSafeEqual(k.hash, hash))
      return Promise.resolve(found && { user: found.user })
    },
  }
}
