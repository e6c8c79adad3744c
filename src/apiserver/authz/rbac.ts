import type * as g from '../../kinds/generated/types.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { Frozen, KubeObject, ObjectOf } from '../../kinds/object.ts'
import { clusterRoleBinding } from '../../kinds/rbac/cluster-role-binding.ts'
import { clusterRole } from '../../kinds/rbac/cluster-role.ts'
import { roleBinding } from '../../kinds/rbac/role-binding.ts'
import { role } from '../../kinds/rbac/role.ts'
import type { Registry, UserInfo } from '../../registry/api.ts'
import { Mirror } from '../mirror.ts'
import type { Attributes, Authorizer, Decision, NonResourceRule, ResourceRule, Rules } from './authorizer.ts'
import { ensureBootstrapPolicy } from './ensure-policy.ts'

export type PolicyRule = Frozen<g.PolicyRule>
export type Subject = Frozen<g.RbacV1Subject>
/** A Role or ClusterRole. */
export type Role = Frozen<ObjectOf<g.ClusterRole>>
/** A RoleBinding or ClusterRoleBinding. */
export type Binding = Frozen<ObjectOf<g.RoleBinding>>

/** Role-based access control as Kubernetes has it, by the roles and bindings of the registry. */
export class RbacAuthorizer implements Authorizer {
  readonly #registry: Registry
  readonly #roles: Mirror<ObjectOf<g.Role>>
  readonly #clusterRoles: Mirror<ObjectOf<g.ClusterRole>>
  readonly #roleBindings: Mirror<ObjectOf<g.RoleBinding>>
  readonly #clusterRoleBindings: Mirror<ObjectOf<g.ClusterRoleBinding>>
  /** Role bindings by namespace, made when first needed after a change. */
  #byNamespace: Map<string, Binding[]> | undefined

  constructor(registry: Registry) {
    this.#registry = registry
    const mirror = <T extends KubeObject>(kind: Kind<T>): Mirror<T> =>
      new Mirror({ registry, kind, onChange: () => (this.#byNamespace = undefined) })
    this.#roles = mirror(role)
    this.#clusterRoles = mirror(clusterRole)
    this.#roleBindings = mirror(roleBinding)
    this.#clusterRoleBindings = mirror(clusterRoleBinding)
  }

  /** Writes the default roles that are missing, then follows them all. */
  async start(): Promise<void> {
    await ensureBootstrapPolicy(this.#registry)
    await Promise.all(
      [this.#roles, this.#clusterRoles, this.#roleBindings, this.#clusterRoleBindings].map(m => m.start()),
    )
  }

  stop(): void {
    for (const m of [this.#roles, this.#clusterRoles, this.#roleBindings, this.#clusterRoleBindings]) m.stop()
  }

  authorize(attributes: Attributes): Decision {
    const errors: string[] = []
    for (const grant of this.#grants(attributes.user, attributes.namespace, errors))
      for (const rule of grant.rules)
        if (ruleAllows(rule, attributes)) return { allowed: true, reason: `RBAC: allowed by ${grant.description}` }
    const error = errors.join(', ')
    return {
      allowed: false,
      reason: error ? `RBAC: ${errors.length > 1 ? `[${error}]` : error}` : '',
      ...(error ? { error } : {}),
    }
  }

  rules(user: UserInfo, namespace: string): Rules {
    const errors: string[] = []
    const resourceRules: ResourceRule[] = []
    const nonResourceRules: NonResourceRule[] = []
    for (const grant of this.#grants(user, namespace, errors))
      for (const rule of grant.rules) {
        if (rule.resources?.length)
          resourceRules.push({
            verbs: rule.verbs,
            apiGroups: rule.apiGroups ?? [],
            resources: rule.resources,
            ...(rule.resourceNames?.length ? { resourceNames: rule.resourceNames } : {}),
          })
        if (rule.nonResourceURLs?.length)
          nonResourceRules.push({ verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs })
      }
    return {
      resourceRules,
      nonResourceRules,
      incomplete: false,
      ...(errors.length ? { error: errors.join(', ') } : {}),
    }
  }

  /** All rules that a user has in a namespace, or over the cluster where that is ''. */
  policyRules(user: UserInfo, namespace: string): PolicyRule[] {
    return [...this.#grants(user, namespace, [])].flatMap(g => g.rules)
  }

  /** The rules of a role by the kind that bindings name it with; undefined where there is none. */
  rulesOfRole(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined {
    return this.#rulesOf({ kind, name }, namespace, [])
  }

  *#grants(user: UserInfo, namespace: string, errors: string[]): Iterable<Grant> {
    for (const binding of this.#clusterRoleBindings.values()) {
      const subject = appliesTo(binding, user, '')
      if (!subject) continue
      const rules = this.#rulesOf(binding.roleRef, '', errors)
      if (rules) yield { rules, description: describe(binding, subject) }
    }
    if (namespace === '') return
    for (const binding of this.#bindingsIn(namespace)) {
      const subject = appliesTo(binding, user, namespace)
      if (!subject) continue
      const rules = this.#rulesOf(binding.roleRef, namespace, errors)
      if (rules) yield { rules, description: describe(binding, subject) }
    }
  }

  #bindingsIn(namespace: string): readonly Binding[] {
    if (!this.#byNamespace) {
      this.#byNamespace = new Map()
      for (const binding of this.#roleBindings.values()) {
        const key = binding.metadata.namespace ?? ''
        const list = this.#byNamespace.get(key)
        if (list) list.push(binding)
        else this.#byNamespace.set(key, [binding])
      }
    }
    return this.#byNamespace.get(namespace) ?? []
  }

  #rulesOf(
    { kind, name }: { readonly kind: string; readonly name: string },
    namespace: string,
    errors: string[],
  ): readonly PolicyRule[] | undefined {
    if (kind === 'Role') {
      const role = this.#roles.get(`${namespace}/${name}`)
      if (role) return role.rules ?? []
      errors.push(`role.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`)
      return undefined
    }
    const role = this.#clusterRoles.get(name)
    if (role) return role.rules ?? []
    errors.push(`clusterrole.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`)
    return undefined
  }
}

interface Grant {
  readonly rules: readonly PolicyRule[]
  readonly description: string
}

function appliesTo(binding: Binding, user: UserInfo, namespace: string): Subject | undefined {
  return binding.subjects?.find(s => {
    switch (s.kind) {
      case 'User':
        return s.name === user.name
      case 'Group':
        return user.groups.includes(s.name)
      case 'ServiceAccount': {
        const ns = s.namespace || namespace
        return ns !== '' && user.name === `system:serviceaccount:${ns}:${s.name}`
      }
      default:
        return false
    }
  })
}

function describe(binding: Binding, subject: Subject): string {
  const of = `of ${binding.roleRef.kind} ${JSON.stringify(binding.roleRef.name)}`
  const name = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? ''}` : subject.name
  const to = `to ${subject.kind} ${JSON.stringify(name)}`
  const { metadata } = binding
  return metadata.namespace
    ? `RoleBinding ${JSON.stringify(`${metadata.name}/${metadata.namespace}`)} ${of} ${to}`
    : `ClusterRoleBinding ${JSON.stringify(metadata.name)} ${of} ${to}`
}

/** True where a rule grants the request. */
export function ruleAllows(rule: PolicyRule, a: Attributes): boolean {
  if (!has(rule.verbs, a.verb)) return false
  if (!a.isResource)
    return (rule.nonResourceURLs ?? []).some(
      u => u === '*' || u === a.path || (u.endsWith('*') && a.path.startsWith(u.replace(/\*+$/, ''))),
    )
  if (!has(rule.apiGroups, a.group) || !resourceMatches(rule.resources, a)) return false
  return !rule.resourceNames?.length || rule.resourceNames.includes(a.name)
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value))

function resourceMatches(resources: readonly string[] | undefined, a: Attributes): boolean {
  const combined = a.subresource ? `${a.resource}/${a.subresource}` : a.resource
  return (resources ?? []).some(
    r => r === '*' || r === combined || (a.subresource !== '' && r === `*/${a.subresource}`),
  )
}
