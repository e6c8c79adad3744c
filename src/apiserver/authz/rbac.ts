import type { Registry, UserInfo } from '../../registry/api.ts'
import { Mirror } from '../mirror.ts'
import type { Attributes, Authorizer, Decision, NonResourceRule, ResourceRule, Rules } from './authorizer.ts'
import { BOOTSTRAP_BINDINGS, BOOTSTRAP_ROLES } from './bootstrap-policy.ts'
import { ensureBootstrapPolicy } from './ensure-policy.ts'

export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

export interface Subject {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

interface Meta {
  name: string
  namespace?: string
}

export interface Role {
  apiVersion: string
  kind: string
  metadata: Meta
  readonly rules?: readonly PolicyRule[] | null
}

export interface Binding {
  apiVersion: string
  kind: string
  metadata: Meta
  readonly subjects?: readonly Subject[]
  readonly roleRef: { readonly kind: string; readonly name: string }
}

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' }

/**
 * Role-based access control as Kubernetes has it. Reads the roles and bindings of the registry; where it does not
 * serve them, the default ones hold.
 */
export class RbacAuthorizer implements Authorizer {
  readonly #registry: Registry
  readonly #roles: Mirror<Role>
  readonly #clusterRoles: Mirror<Role>
  readonly #roleBindings: Mirror<Binding>
  readonly #clusterRoleBindings: Mirror<Binding>
  /** Role bindings by namespace, made when first needed after a change. */
  #byNamespace: Map<string, Binding[]> | undefined

  constructor(registry: Registry) {
    this.#registry = registry
    const mirror = <T extends Role | Binding>(plural: string): Mirror<T & { metadata: never }> =>
      new Mirror({ registry, ...RBAC, plural, onChange: () => (this.#byNamespace = undefined) })
    this.#roles = mirror<Role>('roles')
    this.#clusterRoles = mirror<Role>('clusterroles')
    this.#roleBindings = mirror<Binding>('rolebindings')
    this.#clusterRoleBindings = mirror<Binding>('clusterrolebindings')
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
    const roleRef = { kind, name }
    return this.#rulesOf({ roleRef } as Binding, namespace, [])
  }

  *#grants(user: UserInfo, namespace: string, errors: string[]): Iterable<Grant> {
    const clusterBindings = this.#clusterRoleBindings.served ? this.#clusterRoleBindings.values() : BOOTSTRAP_BINDINGS
    for (const binding of clusterBindings) {
      const subject = appliesTo(binding, user, '')
      if (!subject) continue
      const rules = this.#rulesOf(binding, '', errors)
      if (rules) yield { rules, description: describe(binding, subject) }
    }
    if (namespace === '') return
    for (const binding of this.#bindingsIn(namespace)) {
      const subject = appliesTo(binding, user, namespace)
      if (!subject) continue
      const rules = this.#rulesOf(binding, namespace, errors)
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

  #rulesOf(binding: Binding, namespace: string, errors: string[]): readonly PolicyRule[] | undefined {
    const { kind, name } = binding.roleRef
    if (kind === 'Role') {
      const role = this.#roles.get(`${namespace}/${name}`)
      if (role) return role.rules ?? []
      errors.push(`role.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`)
      return undefined
    }
    const role = this.#clusterRoles.served ? this.#clusterRoles.get(name) : BOOTSTRAP_ROLES.get(name)
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
