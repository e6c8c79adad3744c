import { formatTime } from '../../base/clock.ts'
import type { DeploymentCondition, DeploymentStatus } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import { compact, positive } from '../shared/equal.ts'
import type { Deployment, ReplicaSet } from '../shared/types.ts'
import { hasProgressDeadline, maxUnavailable, sum, wantedReplicas } from './sizes.ts'

type D = Frozen<Deployment>
type Set = Frozen<ReplicaSet>
export type Status = Frozen<DeploymentStatus>
type Condition = Frozen<DeploymentCondition>

export const conditionOf = (status: Status | undefined, type: string): Condition | undefined =>
  status?.conditions?.find(c => c.type === type)

export function newCondition(type: string, status: string, reason: string, message: string, now: number): Condition {
  const time = formatTime(now)
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message }
}

/** Puts the condition last, unless one with the same status and reason is there; keeps the time of the last change. */
export function withCondition(conditions: readonly Condition[], condition: Condition): readonly Condition[] {
  const known = conditions.find(c => c.type === condition.type)
  if (known?.status === condition.status && known.reason === condition.reason) return conditions
  const kept =
    known?.status === condition.status ? { ...condition, lastTransitionTime: known.lastTransitionTime } : condition
  return [...conditions.filter(c => c.type !== condition.type), kept]
}

const without = (conditions: readonly Condition[], type: string): readonly Condition[] =>
  conditions.filter(c => c.type !== type)

/** Counts and the Available condition. `status` is what is known so far. */
export function planCounts(
  d: D,
  status: Status | undefined,
  current: Set | undefined,
  all: readonly Set[],
  now: number,
): Status {
  const available = sum(all, s => s.status?.availableReplicas)
  const enough = available >= wantedReplicas(d) - maxUnavailable(d)
  const condition = enough
    ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : newCondition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        now,
      )
  const knowTerminating = all.every(s => s.status?.terminatingReplicas !== undefined)
  return compact({
    observedGeneration: d.metadata.generation,
    replicas: positive(sum(all, s => s.status?.replicas)),
    updatedReplicas: positive(current?.status?.replicas ?? 0),
    readyReplicas: positive(sum(all, s => s.status?.readyReplicas)),
    availableReplicas: positive(available),
    unavailableReplicas: positive(Math.max(sum(all, s => s.spec?.replicas ?? 1) - available, 0)),
    terminatingReplicas: knowTerminating ? sum(all, s => s.status?.terminatingReplicas) : undefined,
    collisionCount: status?.collisionCount,
    conditions: withCondition(status?.conditions ?? [], condition),
  })
}

/** The status during and after a rollout: counts, progress and failures of the sets. */
export function planRolloutStatus(
  d: D,
  before: Status,
  current: Set | undefined,
  all: readonly Set[],
  now: number,
): Status {
  const status = planCounts(d, before, current, all, now)
  const known = conditionOf(before, 'Progressing')
  let conditions = status.conditions ?? []
  if (!hasProgressDeadline(d)) conditions = without(conditions, 'Progressing')
  const settled = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && known?.reason === 'NewReplicaSetAvailable'
  if (hasProgressDeadline(d) && !settled) conditions = withProgress(d, before, { ...status, conditions }, current, now)
  const failure = replicaFailure(current, all)
  conditions = failure ? withCondition(conditions, failure) : without(conditions, 'ReplicaFailure')
  return compact({ ...status, conditions: conditions.length ? conditions : undefined })
}

function withProgress(
  d: D,
  before: Status,
  status: Status,
  current: Set | undefined,
  now: number,
): readonly Condition[] {
  const conditions = status.conditions ?? []
  const known = conditionOf(before, 'Progressing')
  const what = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${d.metadata.name}"`
  const condition = (value: string, reason: string, end: string): Condition =>
    newCondition('Progressing', value, reason, `${what} ${end}`, now)
  if (isComplete(d, status))
    return withCondition(conditions, condition('True', 'NewReplicaSetAvailable', 'has successfully progressed.'))
  if (isProgressing(before, status)) {
    const progress = condition('True', 'ReplicaSetUpdated', 'is progressing.')
    const kept = known?.status === 'True' ? { ...progress, lastTransitionTime: known.lastTransitionTime } : progress
    return [...without(conditions, 'Progressing'), kept]
  }
  if (isTimedOut(d, status, now))
    return withCondition(conditions, condition('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'))
  return conditions
}

/** All pods are of the current template and available. */
export function isComplete(d: D, status: Status | undefined): boolean {
  const wanted = wantedReplicas(d)
  return (
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    (status?.observedGeneration ?? 0) >= (d.metadata.generation ?? 0)
  )
}

function isProgressing(before: Status, after: Status): boolean {
  const old = (s: Status): number => (s.replicas ?? 0) - (s.updatedReplicas ?? 0)
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

const deadlineOf = (d: D, condition: Condition): number =>
  Date.parse(condition.lastUpdateTime ?? '') + (d.spec?.progressDeadlineSeconds ?? 0) * 1000

function isTimedOut(d: D, status: Status, now: number): boolean {
  const known = conditionOf(status, 'Progressing')
  if (!known || known.reason === 'NewReplicaSetAvailable') return false
  return known.reason === 'ProgressDeadlineExceeded' || deadlineOf(d, known) < now
}

/** Milliseconds until the rollout would time out, where one is under way. */
export function timeoutInMs(d: D, status: Status, now: number): number | undefined {
  const known = conditionOf(status, 'Progressing')
  if (!hasProgressDeadline(d) || !known || isComplete(d, status) || d.spec?.paused) return undefined
  if (known.reason === 'ProgressDeadlineExceeded' || known.reason === 'NewReplicaSetAvailable') return undefined
  return Math.max(deadlineOf(d, known) - now, 0) + 1000
}

/** What the sets say of pods that could not be made, the current set first. */
function replicaFailure(current: Set | undefined, all: readonly Set[]): Condition | undefined {
  for (const set of [...(current ? [current] : []), ...all]) {
    const c = set.status?.conditions?.find(x => x.type === 'ReplicaFailure')
    if (c) return compact({ ...c, lastUpdateTime: c.lastTransitionTime })
  }
  return undefined
}
