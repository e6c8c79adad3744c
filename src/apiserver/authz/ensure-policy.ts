import { isAlreadyExists } from '../../base/errors.ts'
import { anyKind, type AnyKind } from '../../kinds/kind.ts'
import { clusterRoleBinding } from '../../kinds/rbac/cluster-role-binding.ts'
import { clusterRole } from '../../kinds/rbac/cluster-role.ts'
import type { Registry, Target } from '../../registry/api.ts'
import { SYSTEM_CONTEXT } from '../system.ts'
import { BOOTSTRAP_BINDINGS, BOOTSTRAP_ROLES } from './bootstrap-policy.ts'
import type { Binding, Role } from './rbac.ts'

/** Marks of what the server itself brings. */
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
const ANNOTATIONS = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' }

/** Creates the default cluster roles and bindings that are not there. What somebody changed stays as it is. */
export async function ensureBootstrapPolicy(registry: Registry): Promise<void> {
  await Promise.all([
    ensureAll(registry, clusterRole, [...BOOTSTRAP_ROLES.values()]),
    ensureAll(registry, clusterRoleBinding, BOOTSTRAP_BINDINGS),
  ])
}

async function ensureAll(registry: Registry, kind: AnyKind, wanted: readonly (Role | Binding)[]): Promise<void> {
  const target = { kind: anyKind(kind), namespace: '' }
  const present = new Set((await registry.list(SYSTEM_CONTEXT, target, {})).items.map(s => s.key))
  const missing = wanted.filter(o => !present.has(o.metadata.name ?? ''))
  await Promise.all(missing.map(o => create(registry, target, o)))
}

async function create(registry: Registry, target: Target, wanted: Role | Binding): Promise<void> {
  const object = { ...wanted, metadata: { ...wanted.metadata, labels: LABELS, annotations: ANNOTATIONS } }
  try {
    await registry.create(SYSTEM_CONTEXT, target, { type: 'object', object }, {})
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}
