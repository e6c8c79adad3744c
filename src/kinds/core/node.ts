import { duplicate, type FieldError, forbidden, invalid } from '../../base/field-error.ts'
import { parseQuantity } from '../../base/quantity.ts'
import { age, name, orNone, text, wide } from '../columns.ts'
import type { Node } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { validateLegacyCidr } from '../validation/ip.ts'
import { ipFamily } from '../validation/names.ts'
import { validateTaints } from '../validation/taints.ts'
import { checkResourceAmount } from './pod/resource-names.ts'

type Whole = ObjectOf<Node>

const ROLE_PREFIX = 'node-role.kubernetes.io/'
const ROLE_LABEL = 'kubernetes.io/role'

export const node = defineKind<Whole>({
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',
  ownFieldLabels: true,
  defaults: draft => {
    joinPodCidrs(draft)
    const status = draft.status
    if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity }
  },
  prepareForCreate: dropDynamicConfig,
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    dropDynamicConfig(draft)
  },
  validate,
  validateUpdate: (now, old) => [...validate(now), ...validateChange(now, old)],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
      dropDynamicConfig(draft)
    },
    validateUpdate: (now, old) => [...validate(now), ...validateChange(now, old)],
  },
  warnings: n => (n.spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
  columns: [
    name(),
    text('Status', statusText),
    text('Roles', rolesText),
    age(),
    text('Version', n => n.status?.nodeInfo?.kubeletVersion ?? ''),
    wide('Internal-IP', n => addressText(n, 'InternalIP')),
    wide('External-IP', n => addressText(n, 'ExternalIP')),
    wide('OS-Image', n => n.status?.nodeInfo?.osImage || '<unknown>'),
    wide('Kernel-Version', kernelText),
    wide('Container-Runtime', n => n.status?.nodeInfo?.containerRuntimeVersion || '<unknown>'),
  ],
  selectableFields: { 'spec.unschedulable': n => String(n.spec?.unschedulable ?? false) },
})

/** The kubelet's configuration no longer comes through the API. */
function dropDynamicConfig({ spec, status }: Node): void {
  if (spec?.configSource) delete spec.configSource
  if (status?.config) delete status.config
}

/** The single range and the list say the same; the single one wins where they differ. */
function joinPodCidrs({ spec }: Node): void {
  if (!spec) return
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR]
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0]
}

function validate(n: Node): FieldError[] {
  const faults = validateTaints(n.spec?.taints, 'metadata.taints')
  for (const list of ['capacity', 'allocatable'] as const)
    for (const [resource, amount] of Object.entries(n.status?.[list] ?? {}))
      checkResourceAmount(resource, parseQuantity(amount), amount, `status.${list}.${resource}`, faults)
  return [
    ...faults,
    ...validatePodCidrs(n.spec?.podCIDRs ?? []),
    ...validateSwap(n.status?.nodeInfo?.swap?.capacity),
    ...validateFeatures(n.status?.declaredFeatures ?? [], 'status.declaredFeatures'),
  ]
}

function validateSwap(capacity: number | undefined): FieldError[] {
  return capacity !== undefined && capacity <= 0
    ? [invalid('metadata.nodeSwapStatus.capacity', capacity, 'must be greater than zero')]
    : []
}

/** Words in upper camel case, joined by slashes. */
const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/

/** What a node says it can do: names in order, each once. */
function validateFeatures(features: readonly string[], path: string): FieldError[] {
  return features.flatMap((feature, i) => {
    const faults: FieldError[] = []
    const before = features[i - 1]
    if (before === feature) faults.push(duplicate(`${path}[${i}]`, feature))
    else if (before !== undefined && before > feature)
      faults.push(invalid(`${path}[${i}]`, feature, 'list must be sorted alphabetically'))
    const text = `invalid feature name ${JSON.stringify(feature)}: must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes`
    if (!FEATURE.test(feature)) faults.push(invalid(`${path}[${i}]`, feature, text))
    return faults
  })
}

function validatePodCidrs(cidrs: readonly string[]): FieldError[] {
  const faults = cidrs.flatMap((c, i) => validateLegacyCidr(`spec.podCIDRs[${i}]`, c))
  const families = new Set(cidrs.map(c => ipFamily(c.split('/')[0] ?? '')))
  if (cidrs.length > 1 && (cidrs.length > 2 || families.size < 2))
    faults.push(invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'))
  return faults
}

function validateChange(now: Node, old: Node): FieldError[] {
  // Kubernetes looks at the taints of a changed node twice.
  const faults = validateTaints(now.spec?.taints, 'metadata.taints')
  const seen = new Set<string>()
  now.status?.addresses?.forEach((a, i) => {
    const key = `${a.type}/${a.address}`
    if (seen.has(key))
      faults.push({
        reason: 'FieldValueDuplicate',
        field: `status.addresses[${i}]`,
        message: `Duplicate value: ${JSON.stringify(a)}`,
      })
    seen.add(key)
  })
  if (old.spec?.podCIDRs?.length && !semanticEqual(now.spec?.podCIDRs, old.spec.podCIDRs))
    faults.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  if (now.spec?.externalID !== old.spec?.externalID) faults.push(forbidden('spec.externalID', 'may not be updated'))
  if (old.spec?.providerID && now.spec?.providerID !== old.spec.providerID)
    faults.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  return faults
}

function statusText(n: Node): string {
  const ready = n.status?.conditions?.find(c => c.type === 'Ready')
  const parts = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown']
  if (n.spec?.unschedulable) parts.push('SchedulingDisabled')
  return parts.join(',')
}

function rolesText(n: Whole): string {
  const roles = new Set<string>()
  for (const [key, value] of Object.entries(n.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length))
    else if (key === ROLE_LABEL && value) roles.add(value)
  }
  return orNone([...roles].sort().join(','))
}

function kernelText(n: Node): string {
  const { kernelVersion, architecture } = n.status?.nodeInfo ?? {}
  if (!kernelVersion) return '<unknown>'
  return architecture ? `${kernelVersion} (${architecture})` : kernelVersion
}

const addressText = (n: Node, type: string): string => orNone(n.status?.addresses?.find(a => a.type === type)?.address)
