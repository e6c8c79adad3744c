import { isDeepStrictEqual } from 'node:util'
import { forbiddenError, notFound } from '../../base/errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../../registry/admission/plugin.ts'
import { forbidden } from '../errors.ts'
import type { Attributes, Authorizer } from './authorizer.ts'
import { escalationText, uncovered } from './escalation.ts'
import type { Binding, PolicyRule, RbacAuthorizer, Role } from './rbac.ts'

/** What may be asked once the server is put together: the registry, which admission is part of, is made first. */
export interface AccessDeps {
  readonly authorizer: () => Authorizer
  readonly rbac: () => RbacAuthorizer
}

/** Admission that needs to know who may do what. */
export function accessAdmission(deps: AccessDeps): AdmissionPlugin[] {
  return [createPermission(deps), noEscalation(deps)]
}

function attributes(request: AdmissionRequest, over: Partial<Attributes>): Attributes {
  const { user, namespace, name, kind, subresource } = request
  return {
    user,
    verb: 'create',
    isResource: true,
    namespace: kind.namespaced ? namespace : '',
    group: kind.group,
    version: kind.version,
    resource: kind.plural,
    subresource,
    name,
    path: '',
    ...over,
  }
}

/** PUT and apply that create an object need the permission to create, not only the one to update or patch. */
function createPermission(deps: AccessDeps): AdmissionPlugin {
  return {
    name: 'CreatePermission',
    validate(request) {
      if (request.operation !== 'CREATE' || request.subresource !== '') return
      const named = attributes(request, {})
      // A POST was authorized without the name, which roles for single names do not cover.
      if (deps.authorizer().authorize(named).allowed || deps.authorizer().authorize({ ...named, name: '' }).allowed)
        return
      throw forbidden(request.user, named)
    },
  }
}

const RBAC_GROUP = 'rbac.authorization.k8s.io'

/** Nobody gives away more than they have: rules written into roles and handed out by bindings must be held. */
function noEscalation(deps: AccessDeps): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    validate(request) {
      const { kind, operation, object } = request
      if (kind.group !== RBAC_GROUP || !object || (operation !== 'CREATE' && operation !== 'UPDATE')) return
      if (request.user.groups.includes('system:masters')) return
      if (kind.plural === 'roles' || kind.plural === 'clusterroles') checkRole(deps, request, object as Role)
      else checkBinding(deps, request, object as Binding)
    },
  }
}

function checkRole(deps: AccessDeps, request: AdmissionRequest, role: Role): void {
  const old = request.old as Role | undefined
  const { aggregationRule } = role
  if (
    old &&
    isDeepStrictEqual(old.rules ?? [], role.rules ?? []) &&
    isDeepStrictEqual(old.aggregationRule, aggregationRule)
  )
    return
  const name = role.metadata.name ?? ''
  if (deps.authorizer().authorize(attributes(request, { verb: 'escalate', name })).allowed) return
  // Whoever aggregates takes over what others write later: that needs everything.
  confirm(deps, request, aggregationRule ? EVERYTHING : (role.rules ?? []))
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

function checkBinding(deps: AccessDeps, request: AdmissionRequest, binding: Binding): void {
  const old = request.old as Binding | undefined
  const same =
    old &&
    isDeepStrictEqual(old.roleRef, binding.roleRef) &&
    isDeepStrictEqual(old.subjects ?? [], binding.subjects ?? [])
  if (same) return
  const { kind, name } = binding.roleRef
  const resource = kind === 'Role' ? 'roles' : 'clusterroles'
  if (deps.authorizer().authorize(attributes(request, { verb: 'bind', resource, name })).allowed) return
  const rules = deps.rbac().rulesOfRole(kind, request.namespace, name)
  if (!rules) throw notFound({ group: RBAC_GROUP, resource: request.kind.plural }, name)
  confirm(deps, request, rules)
}

function confirm(deps: AccessDeps, request: AdmissionRequest, wanted: readonly PolicyRule[]): void {
  const namespace = request.kind.namespaced ? request.namespace : ''
  const missing = uncovered(deps.rbac().policyRules(request.user, namespace), wanted)
  if (missing.length === 0) return
  const name = request.object?.metadata.name ?? request.name
  throw forbiddenError(
    { group: RBAC_GROUP, resource: request.kind.plural },
    name,
    escalationText(request.user, missing),
  )
}
