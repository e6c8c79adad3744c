import { type FieldError, invalid, notSupported, required } from '../../base/field-error.ts'
import { age, name, text, wide } from '../columns.ts'
import type { PolicyRule, RbacV1Subject, RoleRef } from '../generated/types.ts'
import type { Column } from '../kind.ts'
import type { KubeObject } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { isDnsSubdomain, isPathSegment } from '../validation/names.ts'

/** Rules that the four kinds of RBAC share. */

export const RBAC_GROUP = 'rbac.authorization.k8s.io'

export function validatePolicyRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => validatePolicyRule(rule, namespaced, `rules[${i}]`))
}

function validatePolicyRule(rule: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  const faults: FieldError[] = []
  if (!rule.verbs?.length) faults.push(required(`${path}.verbs`, 'verbs must contain at least one value'))
  if (nonResourceURLs.length) {
    const url = (detail: string): FieldError => invalid(`${path}.nonResourceURLs`, nonResourceURLs, detail)
    if (namespaced) faults.push(url('namespaced rules cannot apply to non-resource URLs'))
    if (apiGroups.length || resources.length || resourceNames.length)
      faults.push(url('rules cannot apply to both regular resources and non-resource URLs'))
    return faults
  }
  if (!apiGroups.length) faults.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'))
  if (!resources.length) faults.push(required(`${path}.resources`, 'resource rules must supply at least one resource'))
  return faults
}

export interface Binding extends KubeObject {
  roleRef: RoleRef
  subjects?: RbacV1Subject[] | undefined
}

/** The API group of the role and of users and groups is always RBAC's. */
export function defaultBinding(draft: Binding): void {
  draft.roleRef.apiGroup ||= RBAC_GROUP
  for (const s of draft.subjects ?? []) if (s.kind === 'User' || s.kind === 'Group') s.apiGroup ||= RBAC_GROUP
}

export function validateBinding(b: Binding, kinds: readonly string[], namespaced: boolean): FieldError[] {
  const { apiGroup = '', kind = '', name: role = '' } = b.roleRef ?? {}
  const faults: FieldError[] = []
  if (apiGroup !== RBAC_GROUP) faults.push(notSupported('roleRef.apiGroup', apiGroup, [RBAC_GROUP]))
  if (!kinds.includes(kind)) faults.push(notSupported('roleRef.kind', kind, kinds))
  if (!role) faults.push(required('roleRef.name'))
  for (const t of isPathSegment(role)) faults.push(invalid('roleRef.name', role, t))
  return [...faults, ...(b.subjects ?? []).flatMap((s, i) => validateSubject(s, namespaced, `subjects[${i}]`))]
}

function validateSubject(s: RbacV1Subject, namespaced: boolean, path: string): FieldError[] {
  const { apiGroup = '', kind = '' } = s
  const faults = s.name ? [] : [required(`${path}.name`)]
  const group = (wanted: string): void => {
    if (apiGroup !== wanted) faults.push(notSupported(`${path}.apiGroup`, apiGroup, [wanted]))
  }
  switch (kind) {
    case 'ServiceAccount':
      if (s.name) for (const t of isDnsSubdomain(s.name)) faults.push(invalid(`${path}.name`, s.name, t))
      group('')
      if (!namespaced && !s.namespace) faults.push(required(`${path}.namespace`))
      break
    case 'User':
    case 'Group':
      group(RBAC_GROUP)
      break
    default:
      faults.push(notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group']))
  }
  return faults
}

export function validateBindingUpdate(now: Binding, old: Binding): FieldError[] {
  return semanticEqual(now.roleRef, old.roleRef) ? [] : [invalid('roleRef', now.roleRef, 'cannot change roleRef')]
}

export function bindingColumns<T extends Binding>(): Column<T>[] {
  const names = (b: T, kind: string, show: (s: RbacV1Subject) => string): string =>
    (b.subjects ?? [])
      .filter(s => s.kind === kind)
      .map(show)
      .join(', ')
  return [
    name(),
    text('Role', b => `${b.roleRef.kind}/${b.roleRef.name}`),
    age(),
    wide('Users', b => names(b, 'User', s => s.name)),
    wide('Groups', b => names(b, 'Group', s => s.name)),
    wide('ServiceAccounts', b => names(b, 'ServiceAccount', s => `${s.namespace ?? ''}/${s.name}`)),
  ]
}
