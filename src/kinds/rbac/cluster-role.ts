import { type FieldError, invalid, required } from '../../base/field-error.ts'
import type { ClusterRole } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateLabelSelector } from '../validation/labels.ts'
import { nameIsWholePathSegment } from '../validation/names.ts'
import { RBAC_GROUP, validatePolicyRules } from './rules.ts'

export const clusterRole = defineKind<ObjectOf<ClusterRole>>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  createOnUpdate: true,
  validateName: nameIsWholePathSegment,
  validate,
  validateUpdate: validate,
})

function validate({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const faults = validatePolicyRules(rules, false)
  if (!aggregationRule) return faults
  const path = 'aggregationRule.clusterRoleSelectors'
  const selectors = aggregationRule.clusterRoleSelectors ?? []
  if (selectors.length === 0)
    faults.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'))
  selectors.forEach((s, i) => {
    const found = validateLabelSelector(s, `${path}[${i}]`)
    faults.push(...found)
    if (found.length) faults.push(invalid(`${path}[${i}]`, null, 'invalid label selector.'))
  })
  return faults
}
