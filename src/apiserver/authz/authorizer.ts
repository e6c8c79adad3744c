import type { UserInfo } from '../../registry/api.ts'

/** What someone wants to do. */
export interface Attributes {
  readonly user: UserInfo
  readonly verb: string
  readonly isResource: boolean
  readonly namespace: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  readonly path: string
  /** The field selector of a list or watch, as it was sent. */
  readonly fieldSelector?: string | undefined
}

export interface Decision {
  readonly allowed: boolean
  readonly reason: string
  /** A fault on the way, such as a role that does not exist. */
  readonly error?: string
}

/** One rule as SelfSubjectRulesReview shows it. */
export interface ResourceRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface NonResourceRule {
  readonly verbs: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

export interface Rules {
  readonly resourceRules: readonly ResourceRule[]
  readonly nonResourceRules: readonly NonResourceRule[]
  readonly incomplete: boolean
  readonly error?: string
}

/** Decides who may do what. It answers from memory: authorization must not cost a turn of the event loop. */
export interface Authorizer {
  authorize(attributes: Attributes): Decision
  /** All that a user may do in a namespace. */
  rules(user: UserInfo, namespace: string): Rules
}

const NO_OPINION: Decision = { allowed: false, reason: '' }
const ALLOWED: Decision = { allowed: true, reason: '' }

/** system:masters may do everything, always: how one gets back in after breaking the roles. */
export const mastersAuthorizer: Authorizer = {
  authorize: a => (a.user.groups.includes('system:masters') ? ALLOWED : NO_OPINION),
  // The role cluster-admin shows the same to who asks.
  rules: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
}

/** The first that allows decides. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(attributes) {
      const reasons: string[] = []
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes)
        if (decision.allowed) return decision
        if (decision.reason) reasons.push(decision.reason)
      }
      return reasons.length ? { allowed: false, reason: reasons.join('\n') } : NO_OPINION
    },
    rules(user, namespace) {
      const all = authorizers.map(a => a.rules(user, namespace))
      const errors = all.flatMap(r => r.error ?? [])
      return {
        resourceRules: all.flatMap(r => r.resourceRules),
        nonResourceRules: all.flatMap(r => r.nonResourceRules),
        incomplete: all.some(r => r.incomplete),
        ...(errors.length ? { error: errors.join(', ') } : {}),
      }
    },
  }
}
