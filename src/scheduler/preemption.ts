import { selectorFromObject } from '../base/selector.ts'
import { type Failure, rejectionOn } from './cycle.ts'
import type { ClusterView, FilterPlugin, PodObject, Rejection } from './framework.ts'
import { NO_VICTIMS, NOT_HELPFUL, type PreemptionVerdict } from './messages.ts'
import type { NodeInfo, PodInfo } from './node-info.ts'

/** A node and the pods that must go from it. */
export interface Eviction {
  readonly node: string
  readonly victims: readonly PodInfo[]
  /** How many of them go against their disruption budget. */
  readonly violations: number
}

export interface PreemptionOptions {
  readonly filters: readonly FilterPlugin[]
  /** See {@link CycleOptions.promised}. */
  readonly promised?: (info: NodeInfo) => NodeInfo | undefined
}

/** Of many nodes only so many that would do are compared. */
const LEAST_CANDIDATES = 100
const CANDIDATE_PERCENT = 10

/**
 * Looks for the node where taking away pods of lower priority lets the pod in, at the least harm: the fewest broken
 * budgets, the lowest highest victim, the smallest sum of priorities, the fewest victims, the youngest. Pure.
 */
export function planPreemption(
  pod: PodObject,
  failure: Failure,
  cluster: ClusterView,
  o: PreemptionOptions,
): Eviction | PreemptionVerdict {
  const ineligible = whyIneligible(pod, failure, cluster)
  if (ineligible) return { text: ineligible }
  const enough = Math.max(Math.floor((failure.rejections.size * CANDIDATE_PERCENT) / 100), LEAST_CANDIDATES)
  const candidates: Eviction[] = []
  const perNode = new Map<string, readonly string[]>()
  for (const [name, rejection] of failure.rejections) {
    const info = rejection.resolvable ? cluster.node(name) : undefined
    if (!info) {
      perNode.set(name, [NOT_HELPFUL])
      continue
    }
    const found = victimsOn(o.promised?.(info) ?? info, pod, cluster, o.filters)
    if ('reasons' in found) perNode.set(name, found.reasons)
    else if (candidates.push({ ...found, node: name }) >= enough) break
  }
  return candidates.sort(compareHarm)[0] ?? { perNode }
}

function whyIneligible(pod: PodObject, failure: Failure, cluster: ClusterView): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const nominated = pod.status?.nominatedNodeName ?? ''
  // The room that is being made there is of no use any more.
  if (failure.rejections.get(nominated)?.resolvable === false) return undefined
  const priority = pod.spec?.priority ?? 0
  const pods = cluster.node(nominated)?.pods.values() ?? []
  const leaving = [...pods].some(p => p.priority < priority && goesByPreemption(p.pod))
  return leaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined
}

function goesByPreemption(pod: PodObject): boolean {
  if (!pod.metadata.deletionTimestamp) return false
  const target = pod.status?.conditions?.find(c => c.type === 'DisruptionTarget')
  return target?.status === 'True' && target.reason === 'PreemptionByScheduler'
}

/** The fewest pods of lower priority whose absence lets the pod in; or why taking away all of them is not enough. */
function victimsOn(
  info: NodeInfo,
  pod: PodObject,
  cluster: ClusterView,
  filters: readonly FilterPlugin[],
): Pick<Eviction, 'victims' | 'violations'> | Pick<Rejection, 'reasons'> {
  const priority = pod.spec?.priority ?? 0
  const lower = [...info.pods.values()].filter(p => p.priority < priority)
  if (lower.length === 0) return { reasons: [NO_VICTIMS] }
  const emptied = info.without(lower.map(p => p.key))
  const still = rejectionOn(pod, emptied, cluster, filters)
  if (still) return still
  lower.sort((a, b) => b.priority - a.priority || startOf(a) - startOf(b))
  const protectedPods = againstBudget(lower, cluster)
  const victims: PodInfo[] = []
  // Spared first are those whose loss breaks a budget, then in order of importance.
  for (const p of [...lower.filter(x => protectedPods.has(x)), ...lower.filter(x => !protectedPods.has(x))]) {
    emptied.add(p)
    if (!rejectionOn(pod, emptied, cluster, filters)) continue
    emptied.remove(p.key)
    victims.push(p)
  }
  if (victims.length === 0) return { reasons: [NO_VICTIMS] }
  victims.sort((a, b) => b.priority - a.priority || startOf(a) - startOf(b))
  return { victims, violations: victims.filter(v => protectedPods.has(v)).length }
}

/** Those of the pods, which come in order of importance, that a disruption budget cannot spare. */
function againstBudget(pods: readonly PodInfo[], cluster: ClusterView): Set<PodInfo> {
  const left = new Map<object, number>()
  const out = new Set<PodInfo>()
  for (const info of pods) {
    const { name = '', namespace = '', labels } = info.pod.metadata
    if (!labels) continue
    for (const budget of cluster.objects.budgets(namespace)) {
      const selector = selectorFromObject(budget.spec?.selector)
      if (selector.empty || !selector.matches(labels) || budget.status?.disruptedPods?.[name]) continue
      const rest = (left.get(budget) ?? budget.status?.disruptionsAllowed ?? 0) - 1
      left.set(budget, rest)
      if (rest < 0) out.add(info)
    }
  }
  return out
}

function compareHarm(a: Eviction, b: Eviction): number {
  const highest = (e: Eviction): number => Math.max(...e.victims.map(v => v.priority))
  const sum = (e: Eviction): number => e.victims.reduce((n, v) => n + v.priority + 2 ** 31, 0)
  const earliest = (e: Eviction): number => Math.min(...e.victims.filter(v => v.priority === highest(e)).map(startOf))
  return (
    a.violations - b.violations ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    earliest(b) - earliest(a)
  )
}

const startOf = (p: PodInfo): number =>
  Date.parse(p.pod.status?.startTime ?? p.pod.metadata.creationTimestamp ?? '') || 0
