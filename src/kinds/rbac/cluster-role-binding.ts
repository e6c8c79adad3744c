import type { ClusterRoleBinding } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { nameIsWholePathSegment } from '../validation/names.ts'
import { bindingColumns, defaultBinding, RBAC_GROUP, validateBinding, validateBindingUpdate } from './rules.ts'

const ROLE_KINDS = ['ClusterRole']

export const clusterRoleBinding = defineKind<ObjectOf<ClusterRoleBinding>>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  createOnUpdate: true,
  validateName: nameIsWholePathSegment,
  defaults: defaultBinding,
  validate: b => validateBinding(b, ROLE_KINDS, false),
  validateUpdate: (now, old) => [...validateBinding(now, ROLE_KINDS, false), ...validateBindingUpdate(now, old)],
  columns: bindingColumns(),
})
