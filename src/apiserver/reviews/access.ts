import { badRequest, invalidObject } from '../../base/errors.ts'
import { type FieldError, invalid } from '../../base/field-error.ts'
import type { UserInfo } from '../../registry/api.ts'
import type { Attributes, Authorizer } from '../authz/authorizer.ts'
import type { VirtualCall, VirtualResource } from '../virtual.ts'
import type { ReviewOptions } from './index.ts'
import { managedSpec, readReview } from './read.ts'
import { fieldSelectorText, type SelectorAttributes, selectorErrors } from './selectors.ts'

const GROUP = 'authorization.k8s.io'
const VERSION = `${GROUP}/v1`

interface ResourceAttributes extends SelectorAttributes {
  readonly namespace?: string
  readonly verb?: string
  readonly group?: string
  readonly version?: string
  readonly resource?: string
  readonly subresource?: string
  readonly name?: string
}

interface ReviewSpec {
  readonly resourceAttributes?: ResourceAttributes
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
  readonly user?: string
  readonly groups?: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

interface ReviewBody {
  readonly spec?: ReviewSpec
}

export function accessReviews(options: ReviewOptions): VirtualResource[] {
  return [
    review(options, 'LocalSubjectAccessReview', true),
    review(options, 'SelfSubjectAccessReview', false),
    rulesReview(options),
    review(options, 'SubjectAccessReview', false),
  ]
}

type ReviewKind = 'LocalSubjectAccessReview' | 'SelfSubjectAccessReview' | 'SubjectAccessReview'

function review(options: ReviewOptions, kind: ReviewKind, namespaced: boolean): VirtualResource {
  const self = kind === 'SelfSubjectAccessReview'
  return {
    group: GROUP,
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    namespaced,
    create: call => {
      const object = readReview<ReviewBody>(call, GROUP, kind)
      const { spec = {} } = object
      const namespace = call.info.namespace
      if (namespaced) checkNamespace(object.metadata.namespace, namespace)
      const errors = [...specErrors(spec, self), ...metadataErrors(object.metadata as object)]
      if (kind === 'LocalSubjectAccessReview') errors.push(...localErrors(spec, namespace))
      if (errors.length) throw invalidObject({ group: GROUP, kind: '' }, '', errors)
      const user: UserInfo = self
        ? call.context.user
        : {
            name: spec.user ?? '',
            groups: spec.groups ?? [],
            ...(spec.uid ? { uid: spec.uid } : {}),
            ...(spec.extra ? { extra: spec.extra } : {}),
          }
      return Promise.resolve({
        kind,
        apiVersion: VERSION,
        metadata: {
          ...(namespaced ? { namespace } : {}),
          ...managed(call, spec, options.clock.now()),
        },
        spec,
        status: status(options.authorizer, user, spec),
      })
    },
  }
}

function managed(call: VirtualCall, spec: unknown, now: number): { managedFields?: unknown[] } {
  const managedFields = managedSpec(call, VERSION, spec, now)
  return managedFields.length ? { managedFields } : {}
}

function checkNamespace(given: string | undefined, ofPath: string): void {
  if (given && given !== ofPath)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

function status(authorizer: Authorizer, user: UserInfo, spec: ReviewSpec): unknown {
  const { allowed, reason, error } = authorizer.authorize(attributes(user, spec))
  return {
    allowed,
    ...(reason ? { reason } : {}),
    ...(error ? { evaluationError: error } : {}),
  }
}

function attributes(user: UserInfo, spec: ReviewSpec): Attributes {
  const r = spec.resourceAttributes
  const n = spec.nonResourceAttributes
  return {
    user,
    isResource: r !== undefined,
    verb: r?.verb ?? n?.verb ?? '',
    namespace: r?.namespace ?? '',
    group: r?.group ?? '',
    version: r?.version ?? '',
    resource: r?.resource ?? '',
    subresource: r?.subresource ?? '',
    name: r?.name ?? '',
    path: n?.path ?? '',
    fieldSelector: r && fieldSelectorText(r),
  }
}

const ONE_OF = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
const NOT_BOTH = 'cannot be specified in combination with resourceAttributes'

function specErrors(spec: ReviewSpec, self: boolean): FieldError[] {
  const errors: FieldError[] = []
  const { resourceAttributes, nonResourceAttributes } = spec
  if (resourceAttributes && nonResourceAttributes)
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, NOT_BOTH))
  if (!resourceAttributes && !nonResourceAttributes) errors.push(invalid('spec.resourceAttributes', null, ONE_OF))
  if (!self && !spec.user && !spec.groups?.length)
    errors.push(invalid('spec.user', '', 'at least one of user or group must be specified'))
  if (resourceAttributes) errors.push(...selectorErrors(resourceAttributes, 'spec.resourceAttributes'))
  return errors
}

/** Reviews have no identity: metadata must be empty but for the namespace. */
function metadataErrors(metadata: object): FieldError[] {
  const own = Object.keys(metadata).filter(k => k !== 'namespace' && k !== 'managedFields' && k !== 'creationTimestamp')
  return own.length ? [invalid('metadata', metadata, 'must be empty')] : []
}

function localErrors(spec: ReviewSpec, namespace: string): FieldError[] {
  const errors: FieldError[] = []
  const given = spec.resourceAttributes?.namespace ?? ''
  if (spec.resourceAttributes && given !== namespace)
    errors.push(invalid('spec.resourceAttributes.namespace', given, 'must match metadata.namespace'))
  if (spec.nonResourceAttributes)
    errors.push(invalid('spec.nonResourceAttributes', spec.nonResourceAttributes, 'disallowed on this kind of request'))
  return errors
}

function rulesReview(options: ReviewOptions): VirtualResource {
  return {
    group: GROUP,
    version: 'v1',
    kind: 'SelfSubjectRulesReview',
    plural: 'selfsubjectrulesreviews',
    singular: 'selfsubjectrulesreview',
    namespaced: false,
    create: call => {
      const { spec } = readReview<{ spec?: { namespace?: string } }>(call, GROUP, 'SelfSubjectRulesReview')
      if (!spec?.namespace) throw badRequest('no namespace on request')
      const rules = options.authorizer.rules(call.context.user, spec.namespace)
      return Promise.resolve({
        kind: 'SelfSubjectRulesReview',
        apiVersion: VERSION,
        metadata: {},
        spec: {},
        status: {
          resourceRules: rules.resourceRules,
          nonResourceRules: rules.nonResourceRules,
          incomplete: rules.incomplete,
          ...(rules.error ? { evaluationError: rules.error } : {}),
        },
      })
    },
  }
}
