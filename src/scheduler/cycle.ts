import {
  type ClusterView,
  type FilterPlugin,
  MAX_SCORE,
  type Normalize,
  type PodObject,
  type PreparedFilter,
  type Rejection,
  type ScorePlugin,
  unfit,
} from './framework.ts'
import type { NodeInfo } from './node-info.ts'

/** What came of looking for a node: its name and how many nodes were looked at, or why there is none. */
export type Placement = { readonly node: string; readonly looked: number } | { readonly failure: Failure }

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
  /** The node with the pods that have been promised room there; undefined where that is the node as it is. */
  readonly promised?: (info: NodeInfo) => NodeInfo | undefined
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

/** Why a pod would not fit on this form of a node, which stands in for the one in `cluster`. */
export function rejectionOn(
  pod: PodObject,
  info: NodeInfo,
  cluster: ClusterView,
  filters: readonly FilterPlugin[],
): Rejection | undefined {
  const prepared = prepareFilters(pod, withNode(cluster, info), filters)
  const whole = prepared.find(p => p.filter.reject !== undefined)
  return whole ? unfit(whole.filter.reject ?? '') : firstRejection(prepared, info)?.rejection
}

/** The cluster with another form of one of its nodes. */
function withNode(cluster: ClusterView, info: NodeInfo): ClusterView {
  let nodes: NodeInfo[] | undefined
  return {
    // Most plugins never look at other nodes.
    get nodes() {
      nodes ??= cluster.nodes.map(n => (n.name === info.name ? info : n))
      return nodes
    },
    node: name => (name === info.name ? info : cluster.node(name)),
    objects: cluster.objects,
  }
}

function prepareFilters(pod: PodObject, cluster: ClusterView, filters: readonly FilterPlugin[]): NamedFilter[] {
  const out: NamedFilter[] = []
  for (const plugin of filters) {
    const filter = plugin.prepare(pod, cluster)
    if (!filter) continue
    out.push({ plugin, filter })
    // What comes after would only say less about it.
    if (filter.reject !== undefined) break
  }
  return out
}

/** Finds the best node for a pod. Pure: it changes nothing. */
export function placePod(pod: PodObject, cluster: ClusterView, o: CycleOptions): Placement {
  const total = cluster.nodes.length
  const prepared = prepareFilters(pod, cluster, o.filters)
  const rejecting = prepared.find(p => p.filter.reject !== undefined)
  if (rejecting) {
    const plugins = new Set([rejecting.plugin.name])
    return { failure: { rejections: new Map(), wholly: rejecting.filter.reject ?? '', nodes: total, plugins } }
  }
  const check = (info: NodeInfo): NamedRejection | undefined => {
    const promised = o.promised?.(info)
    // It must fit beside those that have been promised room, and also where they never come.
    const beside = promised && firstRejection(prepareFilters(pod, withNode(cluster, promised), o.filters), promised)
    return beside ?? firstRejection(prepared, info)
  }
  const nominated = cluster.node(pod.status?.nominatedNodeName ?? '')
  if (nominated && !check(nominated)) return { node: nominated.name, looked: 1 }
  const fitting: NodeInfo[] = []
  const rejections = new Map<string, Rejection>()
  const plugins = new Set<string>()
  const wanted = enoughNodes(total)
  let looked = 0
  for (; looked < total && fitting.length < wanted; looked++) {
    const info = cluster.nodes[(o.start + looked) % total]
    if (!info) continue
    const rejected = check(info)
    if (!rejected) fitting.push(info)
    else {
      rejections.set(info.name, rejected.rejection)
      plugins.add(rejected.plugin)
    }
  }
  if (fitting.length === 0) return { failure: { rejections, wholly: '', nodes: total, plugins } }
  return { node: best(pod, fitting, cluster, o).name, looked }
}

interface NamedFilter {
  readonly plugin: FilterPlugin
  readonly filter: PreparedFilter
}

interface NamedRejection {
  readonly plugin: string
  readonly rejection: Rejection
}

function firstRejection(prepared: readonly NamedFilter[], info: NodeInfo): NamedRejection | undefined {
  for (const { plugin, filter } of prepared)
    if (filter.only && !filter.only.has(info.name))
      return { plugin: plugin.name, rejection: unfit(`node(s) didn't satisfy plugin(s) [${plugin.name}]`) }
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
    const prepared = plugin.prepare(pod, cluster, fitting)
    if (!prepared) continue
    const raw = fitting.map(info => prepared.score(info))
    const normal = normalized(raw, prepared.normalize)
    for (let i = 0; i < normal.length; i++) totals[i] = (totals[i] ?? 0) + (normal[i] ?? 0) * plugin.weight
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

/** Scores from 0 to 100 out of a plugin's own. */
export function normalized(raw: readonly number[], how: Normalize): readonly number[] {
  if (how === 'none') return raw
  if (typeof how === 'function') return how(raw)
  let max = 0
  for (const score of raw) if (score > max) max = score
  return raw.map(score => {
    const share = max > 0 ? Math.floor((score * MAX_SCORE) / max) : 0
    return how === 'by-max' ? share : MAX_SCORE - share
  })
}
