import {
  addQuantities,
  compareQuantities,
  MILLI,
  parseQuantity,
  type Quantity,
  scaledValue,
  ZERO,
} from '../base/quantity.ts'
import type { Node, Toleration } from '../kinds/generated/types.ts'
import { matchesNode } from '../kinds/node-selector.ts'
import type { Frozen, ObjectOf } from '../kinds/object.ts'
import { containersOf, type PodView, specOf, usesHostNetwork } from './pods.ts'

export interface Refusal {
  readonly reason: string
  readonly message: string
}

export interface AdmissionFacts {
  readonly node: Frozen<ObjectOf<Node>> | undefined
  readonly allocatable: Readonly<Record<string, string>>
  /** The pods that the node runs already. */
  readonly others: readonly PodView[]
}

/** Why this node cannot run a pod, checked in the kubelet's order; undefined where it can. */
export function refusalOf(pod: PodView, facts: AdmissionFacts): Refusal | undefined {
  return (
    sysctlRefusal(pod) ??
    resourceRefusal(pod, facts) ??
    affinityRefusal(pod, facts.node) ??
    portRefusal(pod, facts.others) ??
    taintRefusal(pod, facts.node)
  )
}

const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
])

function sysctlRefusal(pod: PodView): Refusal | undefined {
  const { securityContext, hostIPC } = specOf(pod)
  for (const { name } of securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll('/', '.')
    const refused = (text: string): Refusal => ({
      reason: 'SysctlForbidden',
      message: `forbidden sysctl: "${name}" ${text}`,
    })
    if (!SAFE_SYSCTLS.has(dotted)) return refused('not allowlisted')
    if (dotted.startsWith('net.') && usesHostNetwork(pod)) return refused('not allowed with host net enabled')
    if (dotted.startsWith('kernel.') && hostIPC) return refused('not allowed with host ipc enabled')
  }
  return undefined
}

const noPredicate = (name: string, text: string): Refusal => ({
  reason: name,
  message: `Predicate ${name} failed: ${text}`,
})

function resourceRefusal(pod: PodView, { allocatable, node, others }: AdmissionFacts): Refusal | undefined {
  const room: Record<string, string> = { ...node?.status?.allocatable, ...allocatable }
  const outOf = (name: string, requested: number, used: number, capacity: number): Refusal => ({
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  })
  const pods = scaledValue(parseQuantity(room.pods ?? '110'))
  if (others.length + 1 > pods) return outOf('pods', 1, others.length, pods)
  const used = others.map(requestsOf)
  for (const [name, wanted] of requestsOf(pod)) {
    if (wanted.unscaled === 0n) continue
    const taken = used.reduce((sum, r) => addQuantities(sum, r.get(name) ?? ZERO), ZERO)
    const capacity = parseQuantity(room[name] ?? '0')
    if (compareQuantities(addQuantities(taken, wanted), capacity) <= 0) continue
    const scale = name === 'cpu' ? MILLI : 0
    return outOf(name, scaledValue(wanted, scale), scaledValue(taken, scale), scaledValue(capacity, scale))
  }
  return undefined
}

/** What a pod asks for: its containers together, or an init container with the sidecars before it where that is more. */
export function requestsOf(pod: PodView): Map<string, Quantity> {
  const sum = new Map<string, Quantity>()
  const peaks = new Map<string, Quantity>()
  const sidecars = new Map<string, Quantity>()
  for (const { role, spec } of containersOf(pod)) {
    if (role === 'ephemeral') continue
    for (const [name, text] of Object.entries(spec.resources?.requests ?? {})) {
      const amount = parseQuantity(text)
      if (role === 'init') {
        const peak = addQuantities(sidecars.get(name) ?? ZERO, amount)
        if (compareQuantities(peak, peaks.get(name) ?? ZERO) > 0) peaks.set(name, peak)
      } else sum.set(name, addQuantities(sum.get(name) ?? ZERO, amount))
      if (role === 'sidecar') sidecars.set(name, addQuantities(sidecars.get(name) ?? ZERO, amount))
    }
  }
  for (const [name, peak] of peaks) if (compareQuantities(peak, sum.get(name) ?? ZERO) > 0) sum.set(name, peak)
  for (const [name, text] of Object.entries(specOf(pod).overhead ?? {})) {
    sum.set(name, addQuantities(sum.get(name) ?? ZERO, parseQuantity(text)))
  }
  return sum
}

function affinityRefusal(pod: PodView, node: AdmissionFacts['node']): Refusal | undefined {
  const fits = matchesNode(specOf(pod), node ?? { metadata: {} })
  return fits ? undefined : noPredicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
}

function portRefusal(pod: PodView, others: readonly PodView[]): Refusal | undefined {
  const taken = others.flatMap(portsOf)
  const clash = portsOf(pod).some(p =>
    taken.some(t => p.port === t.port && p.protocol === t.protocol && overlap(p.ip, t.ip)),
  )
  return clash ? noPredicate('NodePorts', "node(s) didn't have free ports for the requested pod ports") : undefined
}

interface PublishedPort {
  readonly port: number
  readonly protocol: string
  readonly ip: string
}

function portsOf(pod: PodView): PublishedPort[] {
  return containersOf(pod)
    .filter(c => c.role !== 'init')
    .flatMap(c => c.spec.ports ?? [])
    .filter(p => p.hostPort)
    .map(p => ({ port: p.hostPort ?? 0, protocol: p.protocol || 'TCP', ip: p.hostIP || '0.0.0.0' }))
}

const overlap = (a: string, b: string): boolean => a === b || a === '0.0.0.0' || b === '0.0.0.0'

function taintRefusal(pod: PodView, node: AdmissionFacts['node']): Refusal | undefined {
  const tolerations = specOf(pod).tolerations ?? []
  const bad = (node?.spec?.taints ?? []).find(t => t.effect === 'NoExecute' && !tolerations.some(o => tolerates(o, t)))
  return bad
    ? noPredicate('TaintToleration', `node(s) had untolerated taint {${bad.key}: ${bad.value ?? ''}}`)
    : undefined
}

function tolerates(
  t: Frozen<Toleration>,
  taint: { readonly key: string; readonly value?: string | undefined; readonly effect: string },
): boolean {
  if (t.effect && t.effect !== taint.effect) return false
  if (t.key && t.key !== taint.key) return false
  return t.operator === 'Exists' || (t.key !== undefined && (t.value ?? '') === (taint.value ?? ''))
}
