import { type LabelSelector, labelSelector, selectorFromObject } from '../../base/selector.ts'
import type { TopologySpreadConstraint } from '../../kinds/generated/types.ts'
import { matchesNode } from '../../kinds/node-selector.ts'
import type { Frozen } from '../../kinds/object.ts'
import {
  busy,
  type ClusterView,
  type FilterPlugin,
  MAX_SCORE,
  type NodeObject,
  type PodObject,
  type PreparedFilter,
  type PreparedScore,
  type ScorePlugin,
  unfit,
} from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import { untoleratedTaint } from './taint-toleration.ts'

const REASON = "node(s) didn't match pod topology spread constraints"
const NO_LABEL = `${REASON} (missing required label)`
const HOSTNAME = 'kubernetes.io/hostname'

interface Constraint {
  readonly key: string
  readonly maxSkew: number
  readonly minDomains: number
  readonly selector: LabelSelector
  /** True where pods of this node count. */
  readonly counts: (node: NodeObject) => boolean
}

/** How pods of workloads are spread that say nothing about it: kube-scheduler's system defaults, both soft. */
const DEFAULTS = [
  { key: HOSTNAME, maxSkew: 3 },
  { key: 'topology.kubernetes.io/zone', maxSkew: 5 },
] as const

/** Hard constraints of a pod: the places may not differ by more than maxSkew. */
export const podTopologySpread: FilterPlugin = {
  name: 'PodTopologySpread',
  wakesOn: ['node-added', 'node-removed', 'node-labels', 'node-taints', 'pod-added', 'pod-removed', 'pod-changed'],
  prepare: (pod, cluster) => {
    const constraints = constraintsOf(pod, 'DoNotSchedule')
    return constraints.length === 0 ? undefined : prepareFilter(pod, cluster, constraints)
  },
}

/** Soft constraints of a pod, and the system's for pods of workloads that have none of their own. */
export const podTopologySpreadScore: ScorePlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare: (pod, cluster, fitting) => {
    const own = (pod.spec?.topologySpreadConstraints?.length ?? 0) > 0
    const constraints = own ? constraintsOf(pod, 'ScheduleAnyway') : defaultConstraints(pod, cluster)
    return constraints.length === 0 ? undefined : prepareScore({ pod, cluster, fitting, constraints, strict: own })
  },
}

function prepareFilter(pod: PodObject, cluster: ClusterView, constraints: readonly Constraint[]): PreparedFilter {
  const counts = constraints.map(() => new Map<string, number>())
  for (const info of cluster.nodes) {
    const labels = info.node.metadata.labels ?? {}
    if (constraints.some(c => labels[c.key] === undefined)) continue
    constraints.forEach((c, i) => {
      if (c.counts(info.node)) count(counts[i], labels[c.key], matching(info, c.selector, pod.metadata.namespace))
    })
  }
  const least = constraints.map((c, i) => {
    const domains = [...(counts[i]?.values() ?? [])]
    // With fewer places than there must be, one that is still missing counts as empty.
    return domains.length < c.minDomains ? 0 : Math.min(...domains)
  })
  const self = constraints.map(c => (c.selector.matches(pod.metadata.labels) ? 1 : 0))
  return {
    filter: info => {
      for (const [i, c] of constraints.entries()) {
        const value = info.node.metadata.labels?.[c.key]
        if (value === undefined) return unfit(NO_LABEL)
        const skew = (counts[i]?.get(value) ?? 0) + (self[i] ?? 0) - (least[i] ?? 0)
        if (skew > c.maxSkew) return busy(REASON)
      }
      return undefined
    },
  }
}

interface ScoreInput {
  readonly pod: PodObject
  readonly cluster: ClusterView
  readonly fitting: readonly NodeInfo[]
  readonly constraints: readonly Constraint[]
  /** Nodes that lack one of the keys are left out, and come last. */
  readonly strict: boolean
}

function prepareScore({ pod, cluster, fitting, constraints, strict }: ScoreInput): PreparedScore | undefined {
  const ignored = (node: NodeObject): boolean =>
    strict && constraints.some(c => node.metadata.labels?.[c.key] === undefined)
  const namespace = pod.metadata.namespace
  const considered = fitting.filter(info => !ignored(info.node))
  const places = constraints.map(
    c => new Map(c.key === HOSTNAME ? [] : considered.map(info => [info.node.metadata.labels?.[c.key] ?? '', 0])),
  )
  // Hosts are counted when they are scored: only those that fit matter.
  const shared = constraints.map((c, i) => c.key !== HOSTNAME && [...(places[i]?.keys() ?? [])].some(v => v !== ''))
  if (shared.includes(true)) {
    for (const info of cluster.nodes) {
      if (ignored(info.node)) continue
      constraints.forEach((c, i) => {
        const value = info.node.metadata.labels?.[c.key] ?? ''
        if (!shared[i] || !places[i]?.has(value) || !c.counts(info.node)) return
        count(places[i], value, matching(info, c.selector, namespace))
      })
    }
  }
  const weights = constraints.map((c, i) =>
    Math.log((c.key === HOSTNAME ? considered.length : (places[i]?.size ?? 0)) + 2),
  )
  return {
    score: info => {
      if (ignored(info.node)) return -1
      let score = 0
      for (const [i, c] of constraints.entries()) {
        const value = info.node.metadata.labels?.[c.key]
        if (value === undefined) continue
        const n = c.key === HOSTNAME ? matching(info, c.selector, namespace) : (places[i]?.get(value) ?? 0)
        score += n * (weights[i] ?? 0) + (c.maxSkew - 1)
      }
      return Math.round(score)
    },
    normalize: fewestFirst,
  }
}

/** The fewest pods become 100; nodes that are left out (-1) become 0. */
function fewestFirst(raw: readonly number[]): number[] {
  const counted = raw.filter(score => score >= 0)
  const max = Math.max(...counted, 0)
  const min = Math.min(...counted)
  return raw.map(score => {
    if (score < 0) return 0
    return max === 0 ? MAX_SCORE : Math.trunc((MAX_SCORE * (max + min - score)) / max)
  })
}

function constraintsOf(pod: PodObject, action: 'DoNotSchedule' | 'ScheduleAnyway'): Constraint[] {
  const all = pod.spec?.topologySpreadConstraints ?? []
  return all.filter(c => c.whenUnsatisfiable === action).map(c => constraint(pod, c))
}

function constraint(pod: PodObject, c: Frozen<TopologySpreadConstraint>): Constraint {
  const keys = (c.matchLabelKeys ?? []).filter(key => pod.metadata.labels?.[key] !== undefined)
  const own = keys.map(key => ({ key, operator: 'in' as const, values: [pod.metadata.labels?.[key] ?? ''] }))
  const base = selectorFromObject(c.labelSelector)
  // A constraint without a selector means no pods, whatever keys it has.
  const selector = own.length > 0 && c.labelSelector ? labelSelector([...base.requirements, ...own]) : base
  const honorsAffinity = c.nodeAffinityPolicy !== 'Ignore'
  const honorsTaints = c.nodeTaintsPolicy === 'Honor'
  return {
    key: c.topologyKey,
    maxSkew: c.maxSkew,
    minDomains: c.minDomains ?? 1,
    selector,
    counts: node =>
      (!honorsAffinity || matchesNode(pod.spec, node)) &&
      (!honorsTaints || !untoleratedTaint(pod.spec?.tolerations, node)),
  }
}

function defaultConstraints(pod: PodObject, cluster: ClusterView): Constraint[] {
  const selector = cluster.objects.groupOf(pod)
  if (!selector) return []
  return DEFAULTS.map(c => ({ ...c, minDomains: 1, selector, counts: node => matchesNode(pod.spec, node) }))
}

/** Pods of the namespace that the selector means and that stay. */
function matching(info: NodeInfo, selector: LabelSelector, namespace: string | undefined): number {
  let n = 0
  for (const { pod } of info.pods.values())
    if (
      pod.metadata.namespace === namespace &&
      !pod.metadata.deletionTimestamp &&
      selector.matches(pod.metadata.labels)
    )
      n++
  return n
}

function count(counts: Map<string, number> | undefined, value: string | undefined, n: number): void {
  if (value !== undefined) counts?.set(value, (counts.get(value) ?? 0) + n)
}
