import { formatTime } from '../../base/clock.ts'
import { ownOf } from '../../base/json.ts'
import type { NodeCondition, Taint } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import { compact } from '../shared/equal.ts'
import type { Node } from '../shared/types.ts'

type N = Frozen<Node>

/** A node that has never said anything gets this long. */
const STARTUP_GRACE_MS = 60_000

const NOT_READY = 'node.kubernetes.io/not-ready'
const UNREACHABLE = 'node.kubernetes.io/unreachable'
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'

/** Condition → status → the NoSchedule taint that it brings. */
const CONDITION_TAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
}
const OWN_KEYS = new Set([...Object.values(CONDITION_TAINTS).flatMap(m => Object.values(m)), UNSCHEDULABLE])

const HEALTH_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

export const readyStatus = (node: N): string | undefined =>
  node.status?.conditions?.find(c => c.type === 'Ready')?.status

/** Region and zone of a node, as one name. */
export const zoneOf = (node: N): string =>
  `${node.metadata.labels?.['topology.kubernetes.io/region'] ?? ''}:${node.metadata.labels?.['topology.kubernetes.io/zone'] ?? ''}`

/** Remembers when each node was last heard of, by this machine's clock: those of nodes may differ. */
export class HealthObserver {
  readonly #seen = new Map<string, { at: number; heartbeat: string | undefined; renewal: string | undefined }>()

  observeNode(node: N, now: number): void {
    const name = node.metadata.name ?? ''
    const ready = node.status?.conditions?.find(c => c.type === 'Ready')
    const heartbeat = ready && `${ready.lastHeartbeatTime} ${ready.status}`
    const known = this.#seen.get(name)
    // What this controller itself writes about a silent node is no word of the node's.
    if (known?.heartbeat === heartbeat || ready?.status === 'Unknown') return
    this.#seen.set(name, { at: now, heartbeat, renewal: known?.renewal })
  }

  observeLease(name: string, renewal: string | undefined, now: number): void {
    const known = this.#seen.get(name)
    if (known?.renewal === renewal) return
    this.#seen.set(name, { at: now, heartbeat: known?.heartbeat, renewal })
  }

  /**
   * Milliseconds since the epoch. A node that has not said anything counts from its creation; one that was silent
   * already when this process began, from the first time that it is asked for.
   */
  seen(node: N, now: number): { at: number; everHeard: boolean } {
    const name = node.metadata.name ?? ''
    const known = this.#seen.get(name)
    if (readyStatus(node) === undefined && !known?.renewal)
      return { at: Date.parse(node.metadata.creationTimestamp ?? '') || now, everHeard: false }
    if (!known) this.#seen.set(name, { at: now, heartbeat: undefined, renewal: undefined })
    return { at: known?.at ?? now, everHeard: true }
  }

  forget(name: string): void {
    this.#seen.delete(name)
  }
}

/** What to write into the status of a silent node, and when to look again. */
export function planHealth(
  node: N,
  seen: { readonly at: number; readonly everHeard: boolean },
  graceMs: number,
  now: number,
): { status?: NonNullable<Node['status']>; checkInMs?: number } {
  const deadline = seen.at + (seen.everHeard ? graceMs : STARTUP_GRACE_MS)
  if (now <= deadline) return { checkInMs: deadline - now + 1 }
  const time = formatTime(now)
  let changed = false
  const conditions = (node.status?.conditions ?? []).map((c): NodeCondition => {
    if (!HEALTH_CONDITIONS.includes(c.type) || c.status === 'Unknown') return { ...c }
    changed = true
    const text = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }
    return { ...c, status: 'Unknown', ...text, lastTransitionTime: time }
  })
  for (const type of HEALTH_CONDITIONS) {
    if (conditions.some(c => c.type === type)) continue
    changed = true
    conditions.push({
      type,
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: node.metadata.creationTimestamp,
      lastTransitionTime: time,
    })
  }
  // A node found silent is looked at again when it says something: its status changes then.
  return changed ? { status: { ...(node.status as Node['status']), conditions } } : {}
}

/** The node's taints with the NoSchedule taints that its conditions call for. */
export function planNoSchedule(node: N, taints: readonly Frozen<Taint>[], now: string): Taint[] {
  const wanted: string[] = []
  for (const c of node.status?.conditions ?? []) {
    const key = ownOf(ownOf(CONDITION_TAINTS, c.type) ?? {}, c.status)
    if (key) wanted.push(key)
  }
  if (node.spec?.unschedulable) wanted.push(UNSCHEDULABLE)
  const kept = taints.filter(t => t.effect !== 'NoSchedule' || !OWN_KEYS.has(t.key) || wanted.includes(t.key))
  const missing = wanted.filter(key => !kept.some(t => t.key === key && t.effect === 'NoSchedule'))
  return [...kept.map(t => ({ ...t })), ...missing.map(key => ({ key, effect: 'NoSchedule', timeAdded: now }))]
}

/**
 * The taints with the NoExecute taint of a node that is not ready or silent. Without `now` none is added:
 * only those that no longer fit go, or all when every zone is down.
 */
export function planNoExecute(node: N, taints: readonly Frozen<Taint>[], now: string | undefined): Taint[] {
  const ready = readyStatus(node)
  const key = ready === 'False' ? NOT_READY : ready === 'Unknown' ? UNREACHABLE : undefined
  const own = (t: Frozen<Taint>): boolean => t.effect === 'NoExecute' && (t.key === NOT_READY || t.key === UNREACHABLE)
  const kept = taints.filter(t => !own(t) || (now !== undefined && t.key === key))
  const add = now !== undefined && key !== undefined && !kept.some(own)
  return compact([...kept.map(t => ({ ...t })), ...(add ? [{ key, effect: 'NoExecute', timeAdded: now }] : [])])
}
