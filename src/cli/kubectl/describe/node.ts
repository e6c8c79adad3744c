import type { Lease, Node, Pod } from '../../../kinds/generated/types.ts'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  MILLI,
  parseQuantity,
  type Quantity,
  scaledValue,
  ZERO,
} from '../../../base/quantity.ts'
import { longTime, timeSince } from '../print/times.ts'
import {
  annotationLines,
  type DescribeContext,
  type Described,
  type Describer,
  eventLines,
  labelLines,
  taintLines,
} from './shared.ts'
import type { Writer } from './writer.ts'

/** `kubectl describe node`. */
export const describeNode: Describer<Described<Node>> = async (w, node, context) => {
  const { metadata: m, spec, status } = node
  w.line(0, `Name:\t${m.name ?? ''}`)
  w.line(0, `Roles:\t${roles(m.labels).join(',') || '<none>'}`)
  labelLines(w, 'Labels', m.labels)
  annotationLines(w, 'Annotations', m.annotations)
  w.line(0, `CreationTimestamp:\t${longTime(m.creationTimestamp)}`)
  taintLines(w, 'Taints', spec?.taints)
  w.line(0, `Unschedulable:\t${spec?.unschedulable === true}`)
  await leaseLines(w, m.name ?? '', context)
  if (status?.conditions?.length) {
    w.raw('Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n')
    w.line(1, '----\t------\t-----------------\t------------------\t------\t-------')
    for (const c of status.conditions)
      w.line(
        1,
        `${c.type} \t${c.status} \t${longTime(c.lastHeartbeatTime)} \t${longTime(c.lastTransitionTime)} \t${c.reason ?? ''} \t${c.message ?? ''}`,
      )
  }
  w.line(0, 'Addresses:')
  for (const a of status?.addresses ?? []) w.line(1, `${a.type}:\t${a.address}`)
  amountLines(w, 'Capacity', status?.capacity)
  amountLines(w, 'Allocatable', status?.allocatable)
  infoLines(w, node)
  const pods = await context.list<Described<Pod>>('/api/v1/pods', {
    fieldSelector: `spec.nodeName=${m.name ?? ''},status.phase!=Succeeded,status.phase!=Failed`,
  })
  podLines(w, node, pods, context.now)
  const events = await context.events()
  const byName = await context.events({ uid: m.name ?? '' })
  eventLines(w, events && [...events, ...(byName ?? [])], context.now)
}

const ROLE_PREFIX = 'node-role.kubernetes.io/'

function roles(labels: Readonly<Record<string, string>> | undefined): string[] {
  const found = Object.entries(labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.length > ROLE_PREFIX.length ? [key.slice(ROLE_PREFIX.length)] : []
    return key === 'kubernetes.io/role' && value ? [value] : []
  })
  return [...new Set(found)].sort()
}

async function leaseLines(w: Writer, name: string, context: DescribeContext): Promise<void> {
  try {
    const lease = await context.get<Lease>(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`)
    const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {}
    w.line(0, 'Lease:')
    w.line(1, `HolderIdentity:\t${holderIdentity ?? '<unset>'}`)
    w.line(1, `AcquireTime:\t${acquireTime ? longTime(acquireTime) : '<unset>'}`)
    w.line(1, `RenewTime:\t${renewTime ? longTime(renewTime) : '<unset>'}`)
  } catch (error) {
    w.line(0, `Lease:\tFailed to get lease: ${(error as Error).message}`)
  }
}

function amountLines(w: Writer, title: string, amounts: Readonly<Record<string, string>> | undefined): void {
  const names = Object.keys(amounts ?? {}).sort()
  if (names.length) w.line(0, `${title}:`)
  for (const name of names) w.line(1, `${name}:\t${canonicalQuantity(amounts?.[name] ?? '0')}`)
}

function infoLines(w: Writer, { spec, status }: Described<Node>): void {
  const info = status?.nodeInfo
  w.line(0, 'System Info:')
  w.line(1, `Machine ID:\t${info?.machineID ?? ''}`)
  w.line(1, `System UUID:\t${info?.systemUUID ?? ''}`)
  w.line(1, `Boot ID:\t${info?.bootID ?? ''}`)
  w.line(1, `Kernel Version:\t${info?.kernelVersion ?? ''}`)
  w.line(1, `OS Image:\t${info?.osImage ?? ''}`)
  w.line(1, `Operating System:\t${info?.operatingSystem ?? ''}`)
  w.line(1, `Architecture:\t${info?.architecture ?? ''}`)
  w.line(1, `Container Runtime Version:\t${info?.containerRuntimeVersion ?? ''}`)
  w.line(1, `Kubelet Version:\t${info?.kubeletVersion ?? ''}`)
  if (spec?.podCIDR) w.line(0, `PodCIDR:\t${spec.podCIDR}`)
  if (spec?.podCIDRs?.length) w.line(0, `PodCIDRs:\t${spec.podCIDRs.join(',')}`)
  if (spec?.providerID) w.line(0, `ProviderID:\t${spec.providerID}`)
}

type Amounts = ReadonlyMap<string, Quantity>

function podLines(w: Writer, node: Described<Node>, pods: readonly Described<Pod>[], now: number): void {
  const allocatable = new Map(
    Object.entries(node.status?.allocatable ?? node.status?.capacity ?? {}).map(([k, v]) => [k, parseQuantity(v)]),
  )
  const cell = (name: string, amounts: Amounts): string =>
    `${formatQuantity(amounts.get(name) ?? ZERO)} (${percent(name, amounts, allocatable)}%)`
  w.line(0, `Non-terminated Pods:\t(${pods.length} in total)`)
  w.line(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge')
  w.line(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---')
  const totals = { requests: new Map<string, Quantity>(), limits: new Map<string, Quantity>() }
  for (const pod of pods) {
    const [requests, limits] = [podAmounts(pod, 'requests'), podAmounts(pod, 'limits')]
    addAll(totals.requests, requests)
    addAll(totals.limits, limits)
    const cells = [cell('cpu', requests), cell('cpu', limits), cell('memory', requests), cell('memory', limits)]
    w.line(
      1,
      `${pod.metadata.namespace ?? ''}\t${pod.metadata.name ?? ''}\t\t${cells.join('\t')}\t${timeSince(pod.metadata.creationTimestamp, now)}`,
    )
  }
  w.line(0, 'Allocated resources:')
  w.line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)')
  w.line(1, 'Resource\tRequests\tLimits')
  w.line(1, '--------\t--------\t------')
  const names = [...allocatable.keys()].sort()
  const huge = names.filter(n => n.startsWith('hugepages-'))
  for (const name of ['cpu', 'memory', 'ephemeral-storage', ...huge])
    w.line(1, `${name}\t${cell(name, totals.requests)}\t${cell(name, totals.limits)}`)
  for (const name of names)
    if (!['cpu', 'memory', 'ephemeral-storage', 'pods'].includes(name) && !huge.includes(name))
      w.line(
        1,
        `${name}\t${formatQuantity(totals.requests.get(name) ?? ZERO)}\t${formatQuantity(totals.limits.get(name) ?? ZERO)}`,
      )
}

function percent(name: string, amounts: Amounts, allocatable: Amounts): number {
  const scale = name === 'cpu' ? MILLI : 0
  const whole = scaledValue(allocatable.get(name) ?? ZERO, scale)
  return whole === 0 ? 0 : Math.trunc((scaledValue(amounts.get(name) ?? ZERO, scale) / whole) * 100)
}

function addAll(into: Map<string, Quantity>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, addQuantities(into.get(name) ?? ZERO, amount))
}

function maxAll(into: Map<string, Quantity>, amounts: Amounts): void {
  for (const [name, amount] of amounts) {
    const before = into.get(name)
    if (!before || compareQuantities(amount, before) > 0) into.set(name, amount)
  }
}

/** What a pod asks for: its containers together, or the largest init container; sidecars count for both; overhead. */
export function podAmounts(pod: Pod, field: 'requests' | 'limits'): Map<string, Quantity> {
  const read = (list: Readonly<Record<string, string>> | undefined): Map<string, Quantity> =>
    new Map(Object.entries(list ?? {}).map(([k, v]) => [k, parseQuantity(v)]))
  const total = new Map<string, Quantity>()
  for (const c of pod.spec?.containers ?? []) addAll(total, read(c.resources?.[field]))
  const sidecars = new Map<string, Quantity>()
  const initial = new Map<string, Quantity>()
  for (const c of pod.spec?.initContainers ?? []) {
    const own = read(c.resources?.[field])
    if (c.restartPolicy === 'Always') {
      addAll(total, own)
      addAll(sidecars, own)
      maxAll(initial, sidecars)
    } else {
      const together = new Map(sidecars)
      addAll(together, own)
      maxAll(initial, together)
    }
  }
  maxAll(total, initial)
  for (const [name, amount] of read(pod.spec?.resources?.[field])) total.set(name, amount)
  const overhead = read(pod.spec?.overhead)
  for (const [name, amount] of overhead)
    if (field === 'requests' || total.has(name)) addAll(total, new Map([[name, amount]]))
  return total
}
