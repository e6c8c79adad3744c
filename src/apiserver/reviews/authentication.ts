import { formatTime } from '../../base/clock.ts'
import { badRequest } from '../../base/errors.ts'
import type { UserInfo } from '../../registry/api.ts'
import { withGroup } from '../authn/authenticator.ts'
import type { VirtualResource } from '../virtual.ts'
import type { ReviewOptions } from './index.ts'
import { managedSpec, readReview } from './read.ts'

const GROUP = 'authentication.k8s.io'
const VERSION = `${GROUP}/v1`

interface TokenReviewBody {
  readonly spec?: { readonly token?: string; readonly audiences?: readonly string[] }
}

export function authenticationReviews(options: ReviewOptions): VirtualResource[] {
  return [
    {
      group: GROUP,
      version: 'v1',
      kind: 'SelfSubjectReview',
      plural: 'selfsubjectreviews',
      singular: 'selfsubjectreview',
      namespaced: false,
      create: call => {
        readReview(call, GROUP, 'SelfSubjectReview')
        return Promise.resolve({
          kind: 'SelfSubjectReview',
          apiVersion: VERSION,
          metadata: { creationTimestamp: formatTime(options.clock.now()) },
          status: { userInfo: userInfo(call.context.user) },
        })
      },
    },
    {
      group: GROUP,
      version: 'v1',
      kind: 'TokenReview',
      plural: 'tokenreviews',
      singular: 'tokenreview',
      namespaced: false,
      create: async call => {
        const { spec = {} } = readReview<TokenReviewBody>(call, GROUP, 'TokenReview')
        if (!spec.token) throw badRequest('token is required for TokenReview in authentication')
        const fields = managedSpec(call, VERSION, spec, options.clock.now())
        return {
          kind: 'TokenReview',
          apiVersion: VERSION,
          metadata: { managedFields: fields },
          spec,
          status: await tokenStatus(options, spec.token, spec.audiences ?? []),
        }
      },
    },
  ]
}

async function tokenStatus(options: ReviewOptions, token: string, audiences: readonly string[]): Promise<unknown> {
  const wanted = audiences.length ? audiences : options.apiAudiences
  const found = await options.authenticator.authenticateToken(token, wanted)
  if ('error' in found) return { user: {}, error: found.error }
  // Tokens that know no audiences are the API's own.
  const good = found.audiences ?? options.apiAudiences.filter(a => wanted.includes(a))
  if (good.length === 0) return { user: {}, error: 'token is not valid for any of the requested audiences' }
  return { authenticated: true, user: userInfo(withGroup(found.user)), audiences: good }
}

/** A user as authentication.k8s.io/v1 UserInfo has it. */
function userInfo(user: UserInfo): unknown {
  return {
    username: user.name,
    ...(user.uid ? { uid: user.uid } : {}),
    groups: user.groups,
    ...(user.extra ? { extra: user.extra } : {}),
  }
}
