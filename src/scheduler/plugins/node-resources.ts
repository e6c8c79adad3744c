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
        const [cpu, memory] = [has(info, 'cpu'), has(info, 'memory')]
        const sum = (cpu ? free(info, load, 'cpu') : 0) + (memory ? free(info, load, 'memory') : 0)
        return cpu && memory ? Math.floor(sum / 2) : sum
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
        if (!has(info, 'cpu') || !has(info, 'memory')) return MAX_SCORE
        const spread = Math.abs(fraction(info, requests, 'cpu') - fraction(info, requests, 'memory')) / 2
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

// Scores are asked for with every pod and node: what follows makes no lists.

/** What a node does not have at all says nothing about how full it is. */
const has = (info: NodeInfo, name: string): boolean => (info.allocatable.get(name) ?? 0) > 0

function fraction(info: NodeInfo, requests: ReadonlyMap<string, number>, name: string): number {
  const used = (info.requested.get(name) ?? 0) + (requests.get(name) ?? 0)
  return Math.min(used / (info.allocatable.get(name) ?? 1), 1)
}

function free(info: NodeInfo, load: ReadonlyMap<string, number>, name: string): number {
  const capacity = info.allocatable.get(name) ?? 0
  const used = (info.load.get(name) ?? 0) + (load.get(name) ?? 0)
  return used > capacity ? 0 : Math.floor(((capacity - used) * MAX_SCORE) / capacity)
}
