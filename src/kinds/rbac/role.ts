import type { Role } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { nameIsWholePathSegment } from '../validation/names.ts'
import { RBAC_GROUP, validatePolicyRules } from './rules.ts'

export const role = defineKind<ObjectOf<Role>>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  schema: 'io.k8s.api.rbac.v1.Role',
  createOnUpdate: true,
  validateName: nameIsWholePathSegment,
  validate: r => validatePolicyRules(r.rules, true),
  validateUpdate: r => validatePolicyRules(r.rules, true),
})
