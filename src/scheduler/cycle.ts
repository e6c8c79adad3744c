import type { ClusterView, FilterPlugin, PodObject, PreparedFilter, Rejection, ScorePlugin } from './framework.ts'
import { MAX_SCORE, unfit } from './framework.ts'
import type { NodeInfo } from './node-info.ts'

/** What came of looking for a node. */
export type Placement = { readonly node: string } | { readonly failure: Failure }

export interface Failure {
  /** Why, for each node that was looked at. */
  readonly rejections: ReadonlyMap<string, Rejection>
  /** Text that stands for all nodes where a plugin rejected the pod wholly. */
  readonly wholly: string
  readonly nodes: number
  /** Names of the plugins that rejected. */
  readonly plugins: ReadonlySet<string>
}

export interface CycleOptions {
  readonly filters: readonly FilterPlugin[]
  readonly scores: readonly ScorePlugin[]
  /** Where to begin among the nodes: the caller moves it on, so that all get their turn. */
  readonly start: number
  /** The node as this pod must see it: with the pods that have been promised room there. Defaults to the node itself. */
  readonly seen?: (info: NodeInfo) => NodeInfo
  /** A number from 0 to 1 that decides between equals. */
  readonly random: () => number
}

/** Looks at all of up to this many nodes; of more only a part, as kube-scheduler does. */
const LEAST_NODES = 100
const LEAST_PERCENT = 5

/** How many fitting nodes are enough to choose from. */
export function enoughNodes(total: number): number {
  if (total <= LEAST_NODES) return total
  const percent = Math.max(50 - Math.floor(total / 125), LEAST_PERCENT)
  return Math.max(Math.floor((total * percent) / 100), LEAST_NODES)
}

/** True where the pod would fit on a node as given. */
export function fits(pod: PodObject, info: NodeInfo, cluster: ClusterView, filters: readonly FilterPlugin[]): boolean {
  const prepared = filters.flatMap(plugin => {
    const filter = plugin.prepare(pod, cluster)
    return filter ? [{ plugin, filter }] : []
  })
  return prepared.every(p => p.filter.reject === undefined) && firstRejection(prepared, info) === undefined
}

/** Finds the best node for a pod. Pure: it changes nothing. */
export function placePod(pod: PodObject, cluster: ClusterView, o: CycleOptions): Placement {
  const prepared = o.filters.flatMap(plugin => {
    const filter = plugin.prepare(pod, cluster)
    return filter ? [{ plugin, filter }] : []
  })
  const rejecting = prepared.find(p => p.filter.reject !== undefined)
  if (rejecting) {
    return {
      failure: {
        rejections: new Map(),
        wholly: rejecting.filter.reject ?? '',
        nodes: cluster.nodes.length,
        plugins: new Set([rejecting.plugin.name]),
      },
    }
  }
  const fitting: NodeInfo[] = []
  const rejections = new Map<string, Rejection>()
  const plugins = new Set<string>()
  const wanted = enoughNodes(cluster.nodes.length)
  for (let i = 0; i < cluster.nodes.length && fitting.length < wanted; i++) {
    const info = cluster.nodes[(o.start + i) % cluster.nodes.length]
    if (!info) continue
    const rejected = firstRejection(prepared, o.seen ? o.seen(info) : info)
    if (!rejected) fitting.push(info)
    else {
      rejections.set(info.name, rejected.rejection)
      plugins.add(rejected.plugin)
    }
  }
  if (fitting.length === 0) return { failure: { rejections, wholly: '', nodes: cluster.nodes.length, plugins } }
  return { node: best(pod, fitting, cluster, o).name }
}

interface NamedFilter {
  readonly plugin: FilterPlugin
  readonly filter: PreparedFilter
}

function firstRejection(
  prepared: readonly NamedFilter[],
  info: NodeInfo,
): { plugin: string; rejection: Rejection } | undefined {
  const outside = prepared.find(p => p.filter.only && !p.filter.only.has(info.name))
  if (outside)
    return {
      plugin: outside.plugin.name,
      rejection: unfit(`node(s) didn't satisfy plugin(s) [${outside.plugin.name}]`),
    }
  for (const { plugin, filter } of prepared) {
    const rejection = filter.filter(info)
    if (rejection) return { plugin: plugin.name, rejection }
  }
  return undefined
}

function best(pod: PodObject, fitting: readonly NodeInfo[], cluster: ClusterView, o: CycleOptions): NodeInfo {
  const [only] = fitting
  if (fitting.length === 1 && only) return only
  const totals = new Float64Array(fitting.length)
  for (const plugin of o.scores) {
    const prepared = plugin.prepare(pod, cluster)
    if (!prepared) continue
    const raw = fitting.map(info => prepared.score(info))
    const max = prepared.normalize === 'none' ? 0 : Math.max(...raw, 0)
    for (let i = 0; i < raw.length; i++) {
      const score = raw[i] ?? 0
      const share = max > 0 ? Math.floor((score * MAX_SCORE) / max) : 0
      const normal = prepared.normalize === 'none' ? score : prepared.normalize === 'by-max' ? share : MAX_SCORE - share
      totals[i] = (totals[i] ?? 0) + normal * plugin.weight
    }
  }
  let top = -1
  let ties = 0
  let chosen = fitting[0] as NodeInfo
  for (let i = 0; i < fitting.length; i++) {
    const score = totals[i] ?? 0
    if (score < top) continue
    ties = score > top ? 1 : ties + 1
    // Each of n equals is chosen with chance 1/n without collecting them.
    if (score > top || o.random() < 1 / ties) chosen = fitting[i] as NodeInfo
    top = score
  }
  return chosen
}
