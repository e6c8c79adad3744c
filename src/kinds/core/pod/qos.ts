import { addQuantities, compareQuantities, parseQuantity, type Quantity, signOf } from '../../../base/quantity.ts'
import type { PodSpec, ResourceRequirements } from '../../generated/types.ts'
import type { ResourceList } from './resources.ts'

export type QosClass = 'BestEffort' | 'Burstable' | 'Guaranteed'

const COUNTED = ['cpu', 'memory']

/** The quality of service that a pod's cpu and memory amounts give it. Zero amounts count as none. */
export function computeQosClass(spec: PodSpec): QosClass {
  const holders: (ResourceRequirements | undefined)[] = spec.resources
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(c => c.resources)
  const requests = new Map<string, Quantity>()
  const limits = new Map<string, Quantity>()
  let allLimited = true
  for (const holder of holders) {
    addPositive(requests, holder?.requests)
    const limited = addPositive(limits, holder?.limits)
    // A pod-level list without limits says nothing: only a list that names some of them is incomplete.
    const silent = spec.resources !== undefined && Object.keys(holder?.limits ?? {}).length === 0
    if (limited < COUNTED.length && !silent) allLimited = false
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort'
  const equal = [...requests].every(([name, amount]) => {
    const limit = limits.get(name)
    return limit !== undefined && compareQuantities(limit, amount) === 0
  })
  return allLimited && equal && requests.size === limits.size ? 'Guaranteed' : 'Burstable'
}

/** Adds the positive cpu and memory amounts; returns how many there were. */
function addPositive(to: Map<string, Quantity>, list: ResourceList | undefined): number {
  let count = 0
  for (const name of COUNTED) {
    const text = list?.[name]
    if (text === undefined) continue
    const amount = parseQuantity(text)
    if (signOf(amount) <= 0) continue
    count++
    const before = to.get(name)
    to.set(name, before ? addQuantities(before, amount) : amount)
  }
  return count
}
