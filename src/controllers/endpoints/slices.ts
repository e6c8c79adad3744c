import type { Endpoint, EndpointPort } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import { compact, sameObject } from '../shared/equal.ts'
import type { EndpointSlice } from '../shared/types.ts'
import type { Port } from './ports.ts'
import { inSliceOrder } from './ports.ts'

export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
export const SERVICE_NAME = 'kubernetes.io/service-name'

/** Endpoints that share their ports, to be spread over slices. */
export interface PortGroup {
  readonly ports: readonly Port[]
  readonly endpoints: readonly Endpoint[]
}

/** What the slices of one service and address family must become. */
export interface SlicesPlan {
  readonly create: SliceContent[]
  readonly update: { readonly slice: Frozen<EndpointSlice>; readonly content: SliceContent }[]
  readonly remove: Frozen<EndpointSlice>[]
}

export interface SliceContent {
  readonly endpoints: readonly Endpoint[]
  readonly ports: readonly EndpointPort[]
}

/** Groups endpoints by their ports. Ports come in slice order. */
export function groupByPorts(entries: readonly { endpoint: Endpoint; ports: readonly Port[] }[]): PortGroup[] {
  const groups = new Map<string, { ports: readonly Port[]; endpoints: Endpoint[] }>()
  for (const { endpoint, ports } of entries) {
    const ordered = inSliceOrder(ports)
    const key = JSON.stringify(ordered)
    const group = groups.get(key)
    if (group) group.endpoints.push(endpoint)
    else groups.set(key, { ports: ordered, endpoints: [endpoint] })
  }
  return [...groups.values()]
}

const slicePort = (p: Port): EndpointPort => compact({ ...p }) as EndpointPort

/**
 * Brings slices to the wanted endpoints with few writes: endpoints stay in their slice, changed slices are filled up
 * first, then the fullest of the others that have room, and only then new ones are made. One slice always stays.
 */
export function planSlices(
  existing: readonly Frozen<EndpointSlice>[],
  groups: readonly PortGroup[],
  maxPerSlice: number,
): SlicesPlan {
  const plan: SlicesPlan = { create: [], update: [], remove: [] }
  const left = new Set(existing)
  for (const group of groups) {
    const ports = group.ports.map(slicePort)
    const own = existing.filter(s => sameObject(s.ports ?? [], ports))
    for (const slice of own) left.delete(slice)
    planGroup(plan, own, ports, group.endpoints, maxPerSlice)
  }
  plan.remove.push(...left)
  if (existing.length === plan.remove.length && plan.create.length === 0) plan.create.push({ endpoints: [], ports: [] })
  reuseRemoved(plan)
  return plan
}

function planGroup(
  plan: SlicesPlan,
  own: readonly Frozen<EndpointSlice>[],
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
  max: number,
): void {
  const wanted = new Map(endpoints.map(e => [identity(e), e]))
  const kept = own.map(slice => {
    const found = (slice.endpoints ?? []).flatMap(e => take(wanted, identity(e)))
    return { slice, endpoints: found, changed: !sameObject(found, slice.endpoints ?? []) }
  })
  const rest = [...wanted.values()]
  for (const k of kept)
    if (k.changed && k.endpoints.length) k.endpoints.push(...rest.splice(0, max - k.endpoints.length))
  const roomy = kept
    .filter(k => !k.changed && k.endpoints.length + rest.length <= max)
    .sort((a, b) => b.endpoints.length - a.endpoints.length)[0]
  if (rest.length && roomy) {
    roomy.endpoints.push(...rest.splice(0))
    roomy.changed = true
  }
  while (rest.length) plan.create.push({ endpoints: rest.splice(0, max), ports })
  for (const k of kept) {
    if (k.endpoints.length === 0) plan.remove.push(k.slice)
    else if (k.changed) plan.update.push({ slice: k.slice, content: { endpoints: k.endpoints, ports } })
  }
}

function take(wanted: Map<string, Endpoint>, key: string): Endpoint[] {
  const endpoint = wanted.get(key)
  wanted.delete(key)
  return endpoint ? [endpoint] : []
}

const identity = (e: Frozen<Endpoint>): string => `${e.addresses.join()} ${e.hostname ?? ''} ${e.targetRef?.uid ?? ''}`

/** A slice that would go and one that would come are one that changes. An empty one that is there may just stay. */
function reuseRemoved(plan: SlicesPlan): void {
  while (plan.create.length && plan.remove.length) {
    const slice = plan.remove.shift() as Frozen<EndpointSlice>
    const content = plan.create.pop() as SliceContent
    if (!sameObject(slice.endpoints ?? [], content.endpoints) || !sameObject(slice.ports ?? [], content.ports))
      plan.update.push({ slice, content })
  }
}
