import { type Failure, fits } from './cycle.ts'
import type { ClusterView, FilterPlugin, PodObject } from './framework.ts'
import { noVictims, type PreemptionVerdict } from './messages.ts'
import type { NodeInfo, PodInfo } from './node-info.ts'

/** A node and the pods that must go from it. */
export interface Eviction {
  readonly node: string
  readonly victims: readonly PodInfo[]
}

export interface PreemptionOptions {
  readonly filters: readonly FilterPlugin[]
  readonly node: (name: string) => NodeInfo | undefined
  readonly seen: (info: NodeInfo) => NodeInfo
}

/**
 * Looks for the node where taking away pods of lower priority lets the pod in, at the least harm: the lowest highest
 * victim, then the smallest sum of priorities, then the fewest victims, then the youngest. Pure.
 */
export function planPreemption(
  pod: PodObject,
  failure: Failure,
  cluster: ClusterView,
  o: PreemptionOptions,
): Eviction | PreemptionVerdict {
  if (pod.spec?.preemptionPolicy === 'Never') return { text: 'not eligible due to preemptionPolicy=Never.' }
  const nominated = pod.status?.nominatedNodeName
  const priority = pod.spec?.priority ?? 0
  const leaving = nominated
    ? [...(o.node(nominated)?.pods.values() ?? [])].some(p => p.priority < priority && p.pod.metadata.deletionTimestamp)
    : false
  if (leaving) return { text: 'not eligible due to a terminating pod on the nominated node.' }
  const candidates: Eviction[] = []
  for (const [name, rejection] of failure.rejections) {
    const info = rejection.resolvable ? o.node(name) : undefined
    const victims = info && victimsOn(o.seen(info), pod, cluster, o.filters)
    if (victims) candidates.push({ node: name, victims })
  }
  const best = candidates.sort(compareHarm)[0]
  return best ?? noVictims(failure.rejections)
}

/** The fewest pods of lower priority whose absence lets the pod in; undefined where even all are not enough. */
function victimsOn(
  info: NodeInfo,
  pod: PodObject,
  cluster: ClusterView,
  filters: readonly FilterPlugin[],
): PodInfo[] | undefined {
  const priority = pod.spec?.priority ?? 0
  const lower = [...info.pods.values()].filter(p => p.priority < priority)
  if (lower.length === 0) return undefined
  const emptied = info.without(lower.map(p => p.key))
  if (!fits(pod, emptied, cluster, filters)) return undefined
  // Spared in order of importance: whoever may stay beside the newcomer stays.
  const victims: PodInfo[] = []
  for (const p of [...lower].sort((a, b) => b.priority - a.priority || startOf(a) - startOf(b))) {
    emptied.add(p)
    if (fits(pod, emptied, cluster, filters)) continue
    emptied.remove(p.key)
    victims.push(p)
  }
  return victims.length > 0 ? victims : undefined
}

function compareHarm(a: Eviction, b: Eviction): number {
  const highest = (e: Eviction): number => Math.max(...e.victims.map(v => v.priority))
  const sum = (e: Eviction): number => e.victims.reduce((n, v) => n + v.priority + 2 ** 31, 0)
  const earliest = (e: Eviction): number => Math.min(...e.victims.filter(v => v.priority === highest(e)).map(startOf))
  return highest(a) - highest(b) || sum(a) - sum(b) || a.victims.length - b.victims.length || earliest(b) - earliest(a)
}

const startOf = (p: PodInfo): number =>
  Date.parse(p.pod.status?.startTime ?? p.pod.metadata.creationTimestamp ?? '') || 0
