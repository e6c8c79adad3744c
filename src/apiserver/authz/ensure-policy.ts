import { isAlreadyExists } from '../../base/errors.ts'
import type { Registry } from '../../registry/api.ts'
import { SYSTEM_CONTEXT } from '../system.ts'
import { BOOTSTRAP_BINDINGS, BOOTSTRAP_ROLES } from './bootstrap-policy.ts'
import type { Binding, Role } from './rbac.ts'

/** Marks of what the server itself brings. */
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
const ANNOTATIONS = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' }

/** Creates the default cluster roles and bindings that are not there. What somebody changed stays as it is. */
export async function ensureBootstrapPolicy(registry: Registry): Promise<void> {
  await Promise.all([
    ensureAll(registry, 'clusterroles', [...BOOTSTRAP_ROLES.values()]),
    ensureAll(registry, 'clusterrolebindings', BOOTSTRAP_BINDINGS),
  ])
}

async function ensureAll(registry: Registry, plural: string, wanted: readonly (Role | Binding)[]): Promise<void> {
  const kind = registry.kinds.byResource('rbac.authorization.k8s.io', 'v1', plural)
  if (!kind) return
  const target = { kind, namespace: '' }
  const present = new Set((await registry.list(SYSTEM_CONTEXT, target, {})).items.map(s => s.key))
  const missing = wanted.filter(o => !present.has(o.metadata.name))
  await Promise.all(missing.map(o => create(registry, target, o)))
}

async function create(
  registry: Registry,
  target: Parameters<Registry['create']>[1],
  wanted: Role | Binding,
): Promise<void> {
  const metadata = { ...wanted.metadata, labels: LABELS, annotations: ANNOTATIONS }
  const subjects =
    'subjects' in wanted
      ? {
          subjects: wanted.subjects?.map(s =>
            s.kind === 'ServiceAccount' ? s : { apiGroup: 'rbac.authorization.k8s.io', ...s },
          ),
        }
      : {}
  const roleRef = 'roleRef' in wanted ? { roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...wanted.roleRef } } : {}
  const object = { ...wanted, ...subjects, ...roleRef, metadata }
  try {
    await registry.create(SYSTEM_CONTEXT, target, { type: 'object', object }, {})
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}
