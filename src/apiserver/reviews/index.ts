import type { Clock } from '../../base/clock.ts'
import type { Authenticator } from '../authn/authenticator.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import type { VirtualResource } from '../virtual.ts'
import { accessReviews } from './access.ts'
import { authenticationReviews } from './authentication.ts'

export interface ReviewOptions {
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly clock: Clock
  /** Audiences of the API's own tokens. */
  readonly apiAudiences: readonly string[]
}

/** The resources that answer questions about who one is and what one may do. */
export function reviews(options: ReviewOptions): VirtualResource[] {
  return [...authenticationReviews(options), ...accessReviews(options)]
}
