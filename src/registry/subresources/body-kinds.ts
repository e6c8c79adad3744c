import type { AnyObject } from '../../kinds/object.ts'
import type { BodyKind } from '../bodies.ts'

/** Kinds that are sent to subresources and never stored. */
export const SCALE: BodyKind = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  schema: 'io.k8s.api.autoscaling.v1.Scale',
}

export const BINDING: BodyKind = { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' }

export const EVICTION: BodyKind = {
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  schema: 'io.k8s.api.policy.v1.Eviction',
  aliases: ['policy/v1beta1'],
}

/** Seconds that a token lives when the request names none. */
const TOKEN_SECONDS = 3600

export const TOKEN_REQUEST: BodyKind = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
  defaults: (draft: AnyObject) => {
    const spec = (draft.spec ?? {}) as Record<string, unknown>
    draft.spec = spec
    spec.expirationSeconds ??= TOKEN_SECONDS
  },
}
