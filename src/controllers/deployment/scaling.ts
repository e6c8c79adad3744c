import type { Frozen } from '../../kinds/object.ts'
import type { Deployment } from '../shared/types.ts'
import { desiredOf, maxOf, sizeAnnotations } from './annotations.ts'
import type { PlannedSet } from './sizes.ts'
import {
  active,
  availableReplicas,
  isRolling,
  maxSurge,
  maxUnavailable,
  sum,
  totalReplicas,
  wantedReplicas,
} from './sizes.ts'
import { byCreation } from './template.ts'

type D = Frozen<Deployment>

/** Sizes a set and notes for which wish. Tells whether its size changed. */
function resize(d: D, planned: PlannedSet, replicas: number): boolean {
  const changed = planned.replicas !== replicas
  planned.replicas = replicas
  Object.assign(planned.annotations, sizeAnnotations(d))
  return changed
}

/** As {@link resize}, but leaves a set that has the size already as it is. */
const resizeIfOther = (d: D, planned: PlannedSet, replicas: number): boolean =>
  planned.replicas !== replicas && resize(d, planned, replicas)

/** True where a set was sized for another number than is wanted now: a change of size, not of template. */
export function wasScaled(d: D, sets: readonly PlannedSet[]): boolean {
  return active(sets).some(s => {
    const desired = desiredOf(s.annotations)
    return desired !== undefined && desired !== wantedReplicas(d)
  })
}

/** The size of the current set, as far as the surge lets it grow. */
export function newSetReplicas(d: D, all: readonly PlannedSet[], current: number): number {
  const wanted = wantedReplicas(d)
  if (!isRolling(d)) return wanted
  const room = wanted + maxSurge(d) - totalReplicas(all)
  return room <= 0 ? current : current + Math.min(room, wanted - current)
}

/** Spreads a changed number of replicas over the sets. */
export function planScale(d: D, current: PlannedSet | undefined, olds: readonly PlannedSet[]): void {
  const wanted = wantedReplicas(d)
  const only = activeOrLatest(current, olds)
  if (only) {
    resizeIfOther(d, only, wanted)
    return
  }
  if (isSaturated(d, current)) {
    for (const old of active(olds)) resizeIfOther(d, old, 0)
    return
  }
  if (isRolling(d)) spread(d, active([...olds, ...(current ? [current] : [])]))
}

/** The only set with pods, or the newest where none has any; undefined where several have pods. */
function activeOrLatest(current: PlannedSet | undefined, olds: readonly PlannedSet[]): PlannedSet | undefined {
  const running = active([...olds, ...(current ? [current] : [])])
  if (running.length > 1) return undefined
  return running[0] ?? current ?? [...olds].sort((a, b) => byCreation(b.set, a.set))[0]
}

function isSaturated(d: D, current: PlannedSet | undefined): boolean {
  const wanted = wantedReplicas(d)
  return (
    current !== undefined &&
    desiredOf(current.annotations) === wanted &&
    current.replicas === wanted &&
    (current.set.status?.availableReplicas ?? 0) === wanted
  )
}

/** Grows or shrinks all sets in proportion to their sizes; what rounding leaves goes to the largest. */
function spread(d: D, sets: PlannedSet[]): void {
  const wanted = wantedReplicas(d)
  const toAdd = (wanted > 0 ? wanted + maxSurge(d) : 0) - totalReplicas(sets)
  const newerFirst = toAdd > 0 ? -1 : 1
  const ordered =
    toAdd === 0 ? sets : [...sets].sort((a, b) => b.replicas - a.replicas || newerFirst * byCreation(a.set, b.set))
  let added = 0
  const sizes = ordered.map(s => {
    const share = toAdd === 0 ? 0 : proportion(d, s, toAdd, added)
    added += share
    return s.replicas + share
  })
  ordered.forEach((s, i) => {
    const rest = i === 0 && toAdd !== 0 ? toAdd - added : 0
    resize(d, s, Math.max((sizes[i] ?? 0) + rest, 0))
  })
}

function proportion(d: D, s: PlannedSet, toAdd: number, added: number): number {
  if (s.replicas === 0 || toAdd === added) return 0
  const share = fraction(d, s)
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added)
}

/** How much the set changes where all change by the same factor. */
function fraction(d: D, s: PlannedSet): number {
  const wanted = wantedReplicas(d)
  if (wanted === 0) return -s.replicas
  const before = maxOf(s.annotations) || (d.status?.replicas ?? 0)
  if (before === 0) return 0
  return Math.round((s.replicas * (wanted + maxSurge(d))) / before) - s.replicas
}

/** One step of a rolling update: first the current set, then the old ones. True where something was sized. */
export function planRolling(d: D, current: PlannedSet, olds: readonly PlannedSet[]): boolean {
  const wanted = wantedReplicas(d)
  if (current.replicas !== wanted) {
    const size = current.replicas > wanted ? wanted : newSetReplicas(d, [...olds, current], current.replicas)
    if (resizeIfOther(d, current, size)) return true
  }
  return planOldSets(d, current, olds)
}

function planOldSets(d: D, current: PlannedSet, olds: readonly PlannedSet[]): boolean {
  const running = active(olds)
  if (running.length === 0) return false
  const minAvailable = wantedReplicas(d) - maxUnavailable(d)
  const newUnavailable = current.replicas - (current.set.status?.availableReplicas ?? 0)
  const spare = totalReplicas([...running, current]) - minAvailable - newUnavailable
  if (spare <= 0) return false
  const cleaned = removeUnhealthy(d, running, spare)
  const scaled = removeHealthy(d, running, availableReplicas([...running, current]) - minAvailable)
  return cleaned + scaled > 0
}

/** Takes pods that are not available from old sets first: nobody misses them. */
function removeUnhealthy(d: D, olds: readonly PlannedSet[], most: number): number {
  let removed = 0
  for (const old of [...olds].sort((a, b) => byCreation(a.set, b.set))) {
    const count = Math.min(most - removed, old.replicas - (old.set.status?.availableReplicas ?? 0))
    if (count <= 0) continue
    resizeIfOther(d, old, old.replicas - count)
    removed += count
  }
  return removed
}

function removeHealthy(d: D, olds: readonly PlannedSet[], most: number): number {
  let removed = 0
  for (const old of [...olds].sort((a, b) => byCreation(a.set, b.set))) {
    const count = Math.min(most - removed, old.replicas)
    if (count <= 0) continue
    resizeIfOther(d, old, old.replicas - count)
    removed += count
  }
  return removed
}

/** Recreate, first half: no old set keeps a pod. True where something was sized. */
export function planRecreateDown(d: D, olds: readonly PlannedSet[]): boolean {
  const running = active(olds)
  for (const old of running) resizeIfOther(d, old, 0)
  return sum(running, () => 1) > 0
}

/** Recreate, second half: the current set gets all pods. */
export const planRecreateUp = (d: D, current: PlannedSet): boolean => resizeIfOther(d, current, wantedReplicas(d))
