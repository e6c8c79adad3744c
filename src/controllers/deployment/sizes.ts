import type { Frozen } from '../../kinds/object.ts'
import { scaledValue } from '../shared/int-or-string.ts'
import type { Deployment, ReplicaSet } from '../shared/types.ts'

type D = Frozen<Deployment>

export const wantedReplicas = (d: D): number => d.spec?.replicas ?? 1

export const isRolling = (d: D): boolean => (d.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'

/** How many pods a rolling update may have above, and how many may be missing below the wanted number. */
function fenceposts(d: D): { surge: number; unavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = d.spec?.strategy?.rollingUpdate ?? {}
  const replicas = wantedReplicas(d)
  const surge = scaledValue(maxSurge, replicas, 'up')
  const unavailable = scaledValue(maxUnavailable, replicas, 'down')
  // Both may have been rounded to zero: then nothing could ever move.
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable }
}

export const maxSurge = (d: D): number => (isRolling(d) ? fenceposts(d).surge : 0)

export function maxUnavailable(d: D): number {
  if (!isRolling(d) || wantedReplicas(d) === 0) return 0
  return Math.min(fenceposts(d).unavailable, wantedReplicas(d))
}

export const hasProgressDeadline = (d: D): boolean =>
  d.spec?.progressDeadlineSeconds !== undefined && d.spec.progressDeadlineSeconds !== 2 ** 31 - 1

/** A ReplicaSet and what a plan makes of it. */
export interface PlannedSet {
  readonly set: Frozen<ReplicaSet>
  replicas: number
  annotations: Record<string, string>
}

export const plannedSet = (set: Frozen<ReplicaSet>): PlannedSet => ({
  set,
  replicas: set.spec?.replicas ?? 1,
  annotations: { ...set.metadata.annotations },
})

export const active = (sets: readonly PlannedSet[]): PlannedSet[] => sets.filter(s => s.replicas > 0)

export const sum = <T>(items: readonly T[], value: (item: T) => number | undefined): number =>
  items.reduce((total, item) => total + (value(item) ?? 0), 0)

export const totalReplicas = (sets: readonly PlannedSet[]): number => sum(sets, s => s.replicas)

export const availableReplicas = (sets: readonly PlannedSet[]): number =>
  sum(sets, s => s.set.status?.availableReplicas)
