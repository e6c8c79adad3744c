import { parseQuantity, type Quantity } from '../../base/quantity.ts'
import type { PersistentVolumeClaim, Pod, PodSpec, ResourceQuotaSpec, Service } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { type Amounts, amountsOf, ONE, podAmounts } from './pod-amounts.ts'

/** Kinds that quotas count under their plural alone. */
const PLAIN = new Set([
  'core/pods',
  'core/services',
  'core/configmaps',
  'core/secrets',
  'core/replicationcontrollers',
  'core/resourcequotas',
  'core/persistentvolumeclaims',
])

const CLASS_SUFFIX = '.storageclass.storage.k8s.io/'

/** What one object uses of all that a quota can bound, by the names of quotas. Ended pods use only their count. */
export function usageOf(storage: string, object: Frozen<KubeObject>): Amounts {
  const slash = storage.indexOf('/')
  const [group, plural] = [storage.slice(0, slash), storage.slice(slash + 1)]
  const out: Record<string, Quantity> = { [`count/${plural}${group === 'core' ? '' : `.${group}`}`]: ONE }
  if (storage === 'core/pods') addPod(out, object as Frozen<KubeObject & Pod>)
  else if (PLAIN.has(storage)) out[plural] = ONE
  if (storage === 'core/services') addService(out, object as Frozen<KubeObject & Service>)
  if (storage === 'core/persistentvolumeclaims') addClaim(out, object as Frozen<KubeObject & PersistentVolumeClaim>)
  return out
}

function addPod(out: Record<string, Quantity>, pod: Frozen<KubeObject & Pod>): void {
  if (hasEnded(pod)) return
  out.pods = ONE
  const spec = pod.spec as Frozen<PodSpec>
  for (const [name, value] of Object.entries(podAmounts(spec, 'requests'))) {
    out[`requests.${name}`] = value
    if (['cpu', 'memory', 'ephemeral-storage'].includes(name)) out[name] = value
  }
  for (const [name, value] of Object.entries(podAmounts(spec, 'limits'))) out[`limits.${name}`] = value
}

const hasEnded = ({ status }: Frozen<KubeObject & Pod>): boolean =>
  status?.phase === 'Failed' || status?.phase === 'Succeeded'

function addService(out: Record<string, Quantity>, { spec }: Frozen<KubeObject & Service>): void {
  const ports = spec?.ports ?? []
  const allocated = (n: number): Quantity => parseQuantity(n)
  if (spec?.type === 'LoadBalancer') {
    out['services.loadbalancers'] = ONE
    const wanted = spec.allocateLoadBalancerNodePorts === false ? ports.filter(p => p.nodePort).length : ports.length
    out['services.nodeports'] = allocated(wanted)
  } else if (spec?.type === 'NodePort') out['services.nodeports'] = allocated(ports.length)
}

function addClaim(out: Record<string, Quantity>, claim: Frozen<KubeObject & PersistentVolumeClaim>): void {
  const storage = amountsOf(claim.spec?.resources?.requests).storage
  const name = claim.spec?.storageClassName ?? claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class']
  if (storage) out['requests.storage'] = storage
  if (!name) return
  out[`${name}${CLASS_SUFFIX}persistentvolumeclaims`] = ONE
  if (storage) out[`${name}${CLASS_SUFFIX}requests.storage`] = storage
}

interface Scope {
  readonly name: string
  readonly operator: string
  readonly values: readonly string[]
}

/** Whether a quota's scopes let it count the object. Only pods match a scope. */
export function inScopes(spec: Frozen<ResourceQuotaSpec>, storage: string, object: Frozen<KubeObject>): boolean {
  const scopes = scopesOf(spec)
  if (scopes.length === 0) return true
  return storage === 'core/pods' && scopes.every(scope => matches(scope, object as Frozen<KubeObject & Pod>))
}

function scopesOf(spec: Frozen<ResourceQuotaSpec>): Scope[] {
  return [
    ...(spec.scopes ?? []).map(name => ({ name: name as string, operator: 'Exists', values: [] })),
    ...(spec.scopeSelector?.matchExpressions ?? []).map(e => ({
      name: e.scopeName ?? '',
      operator: e.operator ?? '',
      values: (e.values ?? []) as readonly string[],
    })),
  ]
}

function matches({ name, operator, values }: Scope, { spec, status }: Frozen<KubeObject & Pod>): boolean {
  const terminating = spec?.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0
  const bestEffort = status?.qosClass === 'BestEffort'
  switch (name) {
    case 'Terminating':
      return terminating
    case 'NotTerminating':
      return !terminating
    case 'BestEffort':
      return bestEffort
    case 'NotBestEffort':
      return !bestEffort
    case 'PriorityClass':
      return holds(operator, values, spec?.priorityClassName ?? '')
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(spec as Frozen<PodSpec>)
    default:
      return false
  }
}

function holds(operator: string, values: readonly string[], name: string): boolean {
  if (operator === 'Exists') return name !== ''
  if (operator === 'DoesNotExist') return name === ''
  return operator === 'In' ? values.includes(name) : !values.includes(name)
}

function usesOtherNamespaces({ affinity }: Frozen<PodSpec>): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some(a => {
    const terms = [
      ...(a?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(a?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(p => p.podAffinityTerm),
    ]
    return terms.some(t => t && ((t.namespaces?.length ?? 0) > 0 || t.namespaceSelector !== undefined))
  })
}

/** Containers that must name an amount because the quota bounds it, as the refusal lists them. */
export function missingAmounts(hard: readonly string[], spec: Frozen<PodSpec>): string | undefined {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const parts = [...hard].sort().flatMap(name => {
    const m = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(name)
    if (!m) return []
    const which = (m[1] ?? 'requests') as 'requests' | 'limits'
    const resource = m[2] as string
    if (spec.resources?.[which]?.[resource] !== undefined) return []
    const without = containers.filter(c => c.resources?.[which]?.[resource] === undefined).map(c => c.name)
    return without.length ? [`${name} for: ${without.sort().join(',')}`] : []
  })
  return parts.length ? parts.join('; ') : undefined
}
