import { type FilterPlugin, MAX_SCORE, type PodObject, type Rejection, type ScorePlugin } from '../framework.ts'
import { type NodeInfo, podInfo } from '../node-info.ts'

const TOO_MANY_PODS = 'Too many pods'

/** The pod's requests must fit beside those of the pods that are there. */
export const nodeResourcesFit: FilterPlugin & ScorePlugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  wakesOn: ['node-added', 'node-allocatable', 'pod-removed', 'pod-changed'],
  prepare: (pod: PodObject) => {
    const { requests, load } = podInfo(pod)
    const wanted = [...requests].filter(([, amount]) => amount > 0)
    return {
      filter: info => shortage(wanted, info),
      normalize: 'none' as const,
      // LeastAllocated: the emptier, the better; cpu and memory count the same.
      score: info => {
        const shares = counted(info).map(name => free(info, load, name))
        return shares.length === 0 ? 0 : Math.floor(shares.reduce((sum, n) => sum + n, 0) / shares.length)
      },
    }
  },
}

/** The node whose cpu and memory are used more evenly is the better one. */
export const nodeResourcesBalanced: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  prepare: pod => {
    const { requests } = podInfo(pod)
    if (!requests.get('cpu') && !requests.get('memory')) return undefined
    return {
      normalize: 'none',
      score: info => {
        const fraction = (name: string): number =>
          Math.min(((info.requested.get(name) ?? 0) + (requests.get(name) ?? 0)) / (info.allocatable.get(name) ?? 1), 1)
        const [a, b] = counted(info).map(fraction)
        const spread = a === undefined || b === undefined ? 0 : Math.abs(a - b) / 2
        return Math.floor((1 - spread) * MAX_SCORE)
      },
    }
  },
}

function shortage(wanted: readonly (readonly [string, number])[], info: NodeInfo): Rejection | undefined {
  if (hasRoom(wanted, info)) return undefined
  const reasons: string[] = []
  let resolvable = true
  if (info.pods.size + 1 > (info.allocatable.get('pods') ?? 0)) reasons.push(TOO_MANY_PODS)
  for (const [name, amount] of wanted) {
    const capacity = info.allocatable.get(name) ?? 0
    if (amount <= capacity - (info.requested.get(name) ?? 0)) continue
    reasons.push(`Insufficient ${name}`)
    // More than the whole node has: no other pod is to blame.
    if (amount > capacity) resolvable = false
  }
  return { reasons, resolvable }
}

/** The common case, without building anything: it is asked for each pod and node. */
function hasRoom(wanted: readonly (readonly [string, number])[], info: NodeInfo): boolean {
  if (info.pods.size + 1 > (info.allocatable.get('pods') ?? 0)) return false
  for (const want of wanted) {
    const name = want[0]
    if (want[1] > (info.allocatable.get(name) ?? 0) - (info.requested.get(name) ?? 0)) return false
  }
  return true
}

const COUNTED = ['cpu', 'memory'] as const

/** What of the two a node has at all: the other says nothing about how full it is. */
function counted(info: NodeInfo): readonly string[] {
  return COUNTED.filter(name => (info.allocatable.get(name) ?? 0) > 0)
}

function free(info: NodeInfo, load: ReadonlyMap<string, number>, name: string): number {
  const capacity = info.allocatable.get(name) ?? 0
  const used = (info.load.get(name) ?? 0) + (load.get(name) ?? 0)
  return used > capacity ? 0 : Math.floor(((capacity - used) * MAX_SCORE) / capacity)
}
