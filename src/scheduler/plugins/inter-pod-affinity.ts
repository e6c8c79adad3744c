import type { Labels } from '../../base/selector.ts'
import type { AffinityTerms, Term } from '../affinity-terms.ts'
import {
  busy,
  type ClusterView,
  type FilterPlugin,
  MAX_SCORE,
  type NodeObject,
  type PodObject,
  type Rejection,
  type ScorePlugin,
  unfit,
} from '../framework.ts'
import { podInfo } from '../node-info.ts'

const NO_COMPANY = "node(s) didn't match pod affinity rules"
const UNWANTED_COMPANY = "node(s) didn't match pod anti-affinity rules"
const UNWANTED_BY_OTHERS = "node(s) didn't satisfy existing pods anti-affinity rules"
/** What a required affinity of a pod that runs counts, in the other direction, for one that comes. */
const HARD_WEIGHT = 1

/** Counts by topology key and value. */
class Topology {
  readonly #counts = new Map<string, Map<string, number>>()

  get empty(): boolean {
    return this.#counts.size === 0
  }

  add(key: string, node: NodeObject, n: number): void {
    const value = node.metadata.labels?.[key]
    if (value === undefined) return
    let byValue = this.#counts.get(key)
    if (!byValue) this.#counts.set(key, (byValue = new Map()))
    byValue.set(value, (byValue.get(value) ?? 0) + n)
  }

  at(key: string, node: NodeObject): number {
    const value = node.metadata.labels?.[key]
    return value === undefined ? 0 : (this.#counts.get(key)?.get(value) ?? 0)
  }

  /** The keys that are counted. */
  keys(): Iterable<string> {
    return this.#counts.keys()
  }
}

/** Pods that must be, or must not be, near others; and those that others do not want near them. */
export const interPodAffinity: FilterPlugin = {
  name: 'InterPodAffinity',
  wakesOn: ['node-added', 'node-labels', 'pod-added', 'pod-removed', 'pod-changed', 'namespace'],
  prepare: (pod, cluster) => {
    const filter = prepareFilter(pod, cluster)
    return filter && { filter: info => filter(info.node) }
  },
}

/** Pods that would like to be, or not to be, near others; and the likes of those. */
export const interPodAffinityScore: ScorePlugin = {
  name: 'InterPodAffinity',
  weight: 2,
  prepare: (pod, cluster) => {
    const terms = podInfo(pod).affinity
    const asks = terms && terms.preferred.length + terms.preferredAnti.length > 0
    if (!asks && !cluster.nodes.some(info => info.affine.size > 0)) return undefined
    const weights = countPreferred(pod, cluster)
    if (weights.empty) return undefined
    const keys = [...weights.keys()]
    return {
      normalize: spreadOut,
      score: info => keys.reduce((sum, key) => sum + weights.at(key, info.node), 0),
    }
  },
}

type NodeFilter = (node: NodeObject) => Rejection | undefined

function prepareFilter(pod: PodObject, cluster: ClusterView): NodeFilter | undefined {
  const labelsOf = (namespace: string): Labels => cluster.objects.namespaceLabels(namespace)
  const terms = podInfo(pod).affinity
  const keptAway = countKeptAway(pod, cluster, labelsOf)
  const wanted = terms?.required ?? []
  const unwanted = terms?.requiredAnti ?? []
  if (keptAway.empty && wanted.length === 0 && unwanted.length === 0) return undefined
  const near = new Topology()
  const far = new Topology()
  if (wanted.length + unwanted.length > 0) {
    for (const info of cluster.nodes) {
      for (const other of info.pods.values()) {
        if (wanted.length > 0 && wanted.every(t => t.means(other.pod, labelsOf)))
          for (const t of wanted) near.add(t.topologyKey, info.node, 1)
        for (const t of unwanted) if (t.means(other.pod, labelsOf)) far.add(t.topologyKey, info.node, 1)
      }
    }
  }
  // The first of a group that wants to be near itself would else wait for ever.
  const mayStart = near.empty && wanted.every(t => t.means(pod, labelsOf))
  return node => {
    if (!hasCompany(wanted, near, node, mayStart)) return unfit(NO_COMPANY)
    if (unwanted.some(t => far.at(t.topologyKey, node) > 0)) return busy(UNWANTED_COMPANY)
    for (const key of keptAway.keys()) if (keptAway.at(key, node) > 0) return busy(UNWANTED_BY_OTHERS)
    return undefined
  }
}

function hasCompany(wanted: readonly Term[], near: Topology, node: NodeObject, mayStart: boolean): boolean {
  if (wanted.some(t => node.metadata.labels?.[t.topologyKey] === undefined)) return false
  return mayStart || wanted.every(t => near.at(t.topologyKey, node) > 0)
}

/** Where pods run that do not want this one near. */
function countKeptAway(pod: PodObject, cluster: ClusterView, labelsOf: (namespace: string) => Labels): Topology {
  const out = new Topology()
  for (const info of cluster.nodes) {
    if (info.affine.size === 0) continue
    for (const other of info.affine.values())
      for (const t of other.affinity?.requiredAnti ?? [])
        if (t.means(pod, labelsOf)) out.add(t.topologyKey, info.node, 1)
  }
  return out
}

/** Weights of what this pod and the others would like, by place. */
function countPreferred(pod: PodObject, cluster: ClusterView): Topology {
  const out = new Topology()
  const labelsOf = (namespace: string): Labels => cluster.objects.namespaceLabels(namespace)
  const own = podInfo(pod).affinity
  const asks = own && own.preferred.length + own.preferredAnti.length > 0
  for (const info of cluster.nodes) {
    const count = (terms: readonly Term[], of: PodObject, sign: number): void => {
      for (const t of terms) if (t.means(of, labelsOf)) out.add(t.topologyKey, info.node, sign * t.weight)
    }
    for (const other of (asks ? info.pods : info.affine).values()) {
      if (asks) {
        count(own.preferred, other.pod, 1)
        count(own.preferredAnti, other.pod, -1)
      }
      const theirs: AffinityTerms | undefined = other.affinity
      if (!theirs) continue
      for (const t of theirs.required) if (t.means(pod, labelsOf)) out.add(t.topologyKey, info.node, HARD_WEIGHT)
      count(theirs.preferred, pod, 1)
      count(theirs.preferredAnti, pod, -1)
    }
  }
  return out
}

/** The least becomes 0, the most 100. */
function spreadOut(raw: readonly number[]): number[] {
  const min = Math.min(...raw)
  const range = Math.max(...raw) - min
  return raw.map(score => (range > 0 ? Math.trunc((MAX_SCORE * (score - min)) / range) : 0))
}
