import type { Frozen } from '../../kinds/object.ts'
import type { Node } from '../shared/types.ts'
import { readyStatus, zoneOf } from './plan.ts'

export type ZoneState = 'normal' | 'partial' | 'full'

/** From this share of nodes that are not ready on, a zone has trouble of its own rather than its nodes. */
const UNHEALTHY_SHARE = 0.55
/** Up to this size nothing is evicted in a zone with trouble. */
const SMALL_CLUSTER = 50

/** How each zone is: of a single node that is down, of most of them, or of all. */
export function zoneStates(nodes: readonly Frozen<Node>[]): Map<string, ZoneState> {
  const counts = new Map<string, { ready: number; other: number }>()
  for (const node of nodes) {
    const count = counts.get(zoneOf(node)) ?? { ready: 0, other: 0 }
    if (readyStatus(node) === 'True') count.ready++
    else count.other++
    counts.set(zoneOf(node), count)
  }
  return new Map([...counts].map(([zone, c]) => [zone, stateOf(c.ready, c.other)]))
}

function stateOf(ready: number, other: number): ZoneState {
  if (ready === 0 && other > 0) return 'full'
  return other > 2 && other / (ready + other) >= UNHEALTHY_SHARE ? 'partial' : 'normal'
}

/** Every node everywhere is down: rather the control plane is cut off, and nobody may be evicted. */
export const allZonesDown = (states: ReadonlyMap<string, ZoneState>): boolean =>
  states.size > 0 && [...states.values()].every(s => s === 'full')

/** Most of the zone is down in a small cluster: its pods stay where they are. */
export const isPartlyDown = (states: ReadonlyMap<string, ZoneState>, zone: string, nodes: number): boolean =>
  states.get(zone) === 'partial' && nodes <= SMALL_CLUSTER
