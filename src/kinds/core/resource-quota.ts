import { type FieldError, invalid, required } from '../../base/field-error.ts'
import { ownOf } from '../../base/json.ts'
import { canonicalQuantity, parseQuantity } from '../../base/quantity.ts'
import { age, name, text } from '../columns.ts'
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { IMMUTABLE } from '../validation/metadata.ts'
import { checkResourceAmount, checkResourceName, COUNTED_RESOURCES } from './pod/resource-names.ts'

const COMPUTE = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']
const QUOTA_RESOURCES = new Set([
  ...COMPUTE,
  'ephemeral-storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
  'requests.storage',
  ...COUNTED_RESOURCES,
])
/** Which resources a scope can narrow down. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  Terminating: ['pods', ...COMPUTE],
  NotTerminating: ['pods', ...COMPUTE],
  NotBestEffort: ['pods', ...COMPUTE],
  BestEffort: ['pods'],
  PriorityClass: ['pods', ...COMPUTE],
  CrossNamespacePodAffinity: ['pods', ...COMPUTE],
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
}
const EXISTENCE_ONLY = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity']
const CONFLICTS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

export const resourceQuota = defineKind<ObjectOf<ResourceQuota>>({
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  deleteReturnsObject: true,
  prepareForCreate: draft => {
    draft.status = {}
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
  },
  validate: q => validateSpec(q.spec ?? {}),
  validateUpdate: (now, old) => {
    const scopes = now.spec?.scopes ?? []
    const same = new Set(scopes).symmetricDifference(new Set(old.spec?.scopes ?? [])).size === 0
    return [...validateSpec(now.spec ?? {}), ...(same ? [] : [invalid('spec.scopes', now.spec?.scopes, IMMUTABLE)])]
  },
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: q => [
      ...validateAmounts(q.status?.hard, 'status.hard'),
      ...validateAmounts(q.status?.used, 'status.used'),
    ],
  },
  columns: [
    name(),
    text('Request', q => usage(q, r => !r.startsWith('limits'))),
    text('Limit', q => usage(q, r => r.startsWith('limits'))),
    age(),
  ],
})

const isQuotaResource = (resource: string): boolean =>
  QUOTA_RESOURCES.has(resource) || resource.startsWith('hugepages-') || resource.startsWith('requests.hugepages-')

function validateSpec(spec: ResourceQuotaSpec): FieldError[] {
  return [...validateAmounts(spec.hard, 'spec.hard'), ...validateScopes(spec), ...validateSelector(spec)]
}

function validateAmounts(list: Record<string, string> | undefined, path: string): FieldError[] {
  const faults: FieldError[] = []
  for (const [resource, amount] of Object.entries(list ?? {})) {
    const at = `${path}[${resource}]`
    checkResourceName(resource, at, faults)
    if (!resource.includes('/') && !isQuotaResource(resource))
      faults.push(invalid(at, resource, 'must be a standard resource for quota'))
    checkResourceAmount(resource, parseQuantity(amount), canonicalQuantity(amount), at, faults)
  }
  return faults
}

/** True where a resource of the quota cannot be narrowed by the scope. */
function misapplied(scope: string, spec: ResourceQuotaSpec): boolean {
  const fits = ownOf(SCOPES, scope)
  return !!fits && Object.keys(spec.hard ?? {}).some(r => isQuotaResource(r) && !fits.includes(r))
}

function validateScopes(spec: ResourceQuotaSpec): FieldError[] {
  const scopes = spec.scopes ?? []
  const fault = (detail: string): FieldError => invalid('spec.scopes', scopes, detail)
  const faults = scopes.flatMap(s => [
    ...(ownOf(SCOPES, s) ? [] : [fault('unsupported scope')]),
    ...(misapplied(s, spec) ? [fault('unsupported scope applied to resource')] : []),
  ])
  for (const [a, b] of CONFLICTS) if (scopes.includes(a) && scopes.includes(b)) faults.push(fault('conflicting scopes'))
  return faults
}

function validateSelector(spec: ResourceQuotaSpec): FieldError[] {
  const path = 'spec.scopeSelector.matchExpressions'
  const list = spec.scopeSelector?.matchExpressions ?? []
  const faults = list.flatMap(e => validateExpression(e, spec, path))
  const names = list.map(e => e.scopeName)
  for (const [a, b] of CONFLICTS)
    if (names.includes(a) && names.includes(b)) faults.push(invalid(path, list, 'conflicting scopes'))
  return faults
}

function validateExpression(e: ScopedResourceSelectorRequirement, spec: ResourceQuotaSpec, path: string): FieldError[] {
  const faults: FieldError[] = []
  const values = e.values ?? []
  if (!ownOf(SCOPES, e.scopeName)) faults.push(invalid(`${path}.scopeName`, e.scopeName, 'unsupported scope'))
  if (misapplied(e.scopeName, spec))
    faults.push(invalid(path, spec.scopeSelector, 'unsupported scope applied to resource'))
  if (EXISTENCE_ONLY.includes(e.scopeName) && e.operator !== 'Exists')
    faults.push(
      invalid(
        `${path}.operator`,
        e.operator,
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ),
    )
  if (e.operator === 'In' || e.operator === 'NotIn') {
    if (values.length === 0)
      faults.push(
        required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"),
      )
  } else if (e.operator === 'Exists' || e.operator === 'DoesNotExist') {
    if (values.length)
      faults.push(
        invalid(
          `${path}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      )
  } else faults.push(invalid(`${path}.operator`, e.operator, 'not a valid selector operator'))
  return faults
}

/** `pods: 1/2, services: 0/5` for the resources that belong into the column. */
function usage(q: ResourceQuota, belongs: (resource: string) => boolean): string {
  const { hard = {}, used = {} } = q.status ?? {}
  return Object.keys(hard)
    .sort()
    .filter(belongs)
    .map(r => `${r}: ${used[r] ?? '0'}/${hard[r]}`)
    .join(', ')
}
