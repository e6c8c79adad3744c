import type { RoleBinding } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { nameIsWholePathSegment } from '../validation/names.ts'
import { bindingColumns, defaultBinding, RBAC_GROUP, validateBinding, validateBindingUpdate } from './rules.ts'

const ROLE_KINDS = ['Role', 'ClusterRole']

export const roleBinding = defineKind<ObjectOf<RoleBinding>>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  createOnUpdate: true,
  validateName: nameIsWholePathSegment,
  defaults: defaultBinding,
  validate: b => validateBinding(b, ROLE_KINDS, true),
  validateUpdate: (now, old) => [...validateBinding(now, ROLE_KINDS, true), ...validateBindingUpdate(now, old)],
  columns: bindingColumns(),
})
