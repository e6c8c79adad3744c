import { formatTime } from '../../base/clock.ts'
import { badRequest, conflict, failure, forbiddenError, notFound, type StatusError } from '../../base/errors.ts'
import { selectorFromObject } from '../../base/selector.ts'
import type { Eviction, Pod, PodCondition, PodDisruptionBudget } from '../../kinds/generated/types.ts'
import type { AnyObject, Frozen, KubeObject, ObjectOf } from '../../kinds/object.ts'
import { anyObject, objectAs } from '../../kinds/object.ts'
import type { Body, DeleteOptions, KindTable, ObjectTarget, RequestContext, WriteOptions, WriteResult } from '../api.ts'
import { readBody } from '../bodies.ts'
import type { Deletes } from '../deletes.ts'
import { takeNamespace } from '../metadata.ts'
import type { World } from '../world.ts'
import type { Writes } from '../writes.ts'
import { createdStatus } from './answers.ts'
import { EVICTION } from './body-kinds.ts'

type PodObject = ObjectOf<Pod>
type Budget = ObjectOf<PodDisruptionBudget>

const BUDGETS = 'policy/poddisruptionbudgets'
/** Pods that a budget may have on their way out before it says stop. */
const MAX_DISRUPTED = 2000

interface Deps {
  readonly writes: Writes
  readonly deletes: Deletes
  readonly world: World
  readonly kinds: KindTable
}

interface Request {
  readonly context: RequestContext
  readonly target: ObjectTarget
  readonly options: WriteOptions
}

/** Deletes a pod if its disruption budget allows it. */
export async function evictPod(deps: Deps, request: Request, body: Body): Promise<WriteResult> {
  const { context, target, options } = request
  const fieldValidation = options.fieldValidation ?? 'Warn'
  const sent = readBody(EVICTION, body, { fieldValidation, warnings: context.warnings })
  const eviction = objectAs<ObjectOf<Eviction>>(sent)
  takeNamespace(target.kind, eviction.metadata, target.namespace)
  if (eviction.metadata.name !== target.name) throw badRequest('name in URL does not match name in Eviction object')
  const pod = podOf(deps.world, target)
  deps.writes.admitCreate(request, sent)
  const wanted = eviction.deleteOptions
  const dryRun = options.dryRun === true || wanted?.dryRun?.includes('All') === true
  checkPreconditions(pod, wanted?.preconditions)
  if (!ignoresBudgets(pod)) await useBudget(deps, request, pod, dryRun)
  if (!dryRun) await markDisrupted(deps, request)
  await deps.deletes.delete(
    context,
    { kind: target.kind, namespace: target.namespace, name: target.name },
    deleteOptions(wanted, dryRun),
  )
  return createdStatus()
}

function podOf(world: World, target: ObjectTarget): Frozen<PodObject> {
  const pod = world.get<PodObject>('core/pods', target.namespace, target.name)
  if (!pod) throw notFound({ group: '', resource: 'pods' }, target.name)
  return pod
}

/** The revision is not checked here: marking the pod raises it. */
function deleteOptions(wanted: Eviction['deleteOptions'], dryRun: boolean): DeleteOptions {
  return {
    dryRun,
    ...(wanted?.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: wanted.gracePeriodSeconds }),
    ...(wanted?.propagationPolicy === undefined ? {} : { propagationPolicy: wanted.propagationPolicy }),
    ...(wanted?.orphanDependents === undefined ? {} : { orphanDependents: wanted.orphanDependents }),
    ...(wanted?.preconditions?.uid === undefined ? {} : { preconditions: { uid: wanted.preconditions.uid } }),
  }
}

function checkPreconditions(
  pod: Frozen<PodObject>,
  wanted: { uid?: string | undefined; resourceVersion?: string | undefined } | undefined,
): void {
  const about = { group: '', resource: 'Pod' }
  const { name = '', uid, resourceVersion } = pod.metadata
  if (wanted?.uid && wanted.uid !== uid)
    throw conflict(
      about,
      name,
      `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    )
  if (wanted?.resourceVersion && wanted.resourceVersion !== resourceVersion)
    throw conflict(
      about,
      name,
      `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    )
}

/** Pods that have ended, never started or are going do not disturb anybody. */
function ignoresBudgets(pod: Frozen<PodObject>): boolean {
  return (
    ['Succeeded', 'Failed', 'Pending'].includes(pod.status?.phase ?? '') || pod.metadata.deletionTimestamp !== undefined
  )
}

/** Takes one disruption from the pod's budget. Throws 429 where none is left. */
async function useBudget(deps: Deps, request: Request, pod: Frozen<PodObject>, dryRun: boolean): Promise<void> {
  const budgets = deps.world.list<Budget>(BUDGETS, request.target.namespace).filter(b => selects(b, pod))
  if (budgets.length > 1)
    throw failure({
      code: 500,
      message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    })
  const budget = budgets[0]
  if (!budget || isUnreadyAndFree(budget, pod)) return
  const kind = deps.kinds.byResource('policy', 'v1', 'poddisruptionbudgets')
  if (!kind) return
  await deps.writes.change(
    {
      context: request.context,
      target: { kind, namespace: request.target.namespace, name: budget.metadata.name ?? '' },
      options: { dryRun },
    },
    {
      draft: existing => {
        if (!existing) throw tooMany('The disruption budget is gone')
        return decremented(existing.object as Frozen<Budget>, request.target.name, deps.world.now())
      },
      track: false,
      raw: true,
      checkUid: false,
      createMissing: false,
    },
  )
}

function selects({ spec }: Frozen<Budget>, pod: Frozen<PodObject>): boolean {
  if (!spec?.selector) return false
  return selectorFromObject(spec.selector as never).matches(pod.metadata.labels as Record<string, string> | undefined)
}

/** A pod that is not ready is no healthy one less; budgets may let it go freely. */
function isUnreadyAndFree(budget: Frozen<Budget>, pod: Frozen<PodObject>): boolean {
  if (pod.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True')) return false
  if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {}
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

function decremented(budget: Frozen<Budget>, pod: string, now: number): AnyObject {
  const name = budget.metadata.name ?? ''
  const status = budget.status
  if ((status?.observedGeneration ?? 0) < (budget.metadata.generation ?? 0))
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10)
  const allowed = status?.disruptionsAllowed ?? 0
  const about = { group: 'policy', resource: 'poddisruptionbudgets' }
  if (allowed < 0) throw forbiddenError(about, name, 'pdb disruptions allowed is negative')
  if (Object.keys(status?.disruptedPods ?? {}).length > MAX_DISRUPTED)
    throw forbiddenError(about, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (allowed === 0)
    throw tooMany(
      `The disruption budget ${name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`,
    )
  const left = allowed - 1
  return anyObject({
    ...budget,
    metadata: { ...budget.metadata },
    status: {
      ...status,
      disruptionsAllowed: left,
      conditions: left > 0 ? status?.conditions : withoutRoom(status?.conditions as Condition[] | undefined, now),
      disruptedPods: { ...status?.disruptedPods, [pod]: formatTime(now) },
    },
  } as KubeObject)
}

interface Condition {
  type: string
  status: string
  reason?: string
  lastTransitionTime?: string
}

function withoutRoom(conditions: Condition[] | undefined, now: number): Condition[] | undefined {
  return conditions?.map(c =>
    c.type === 'DisruptionAllowed' && c.status === 'True'
      ? { ...c, status: 'False', reason: 'InsufficientPods', lastTransitionTime: formatTime(now) }
      : c,
  )
}

function tooMany(cause: string, retryAfterSeconds?: number): StatusError {
  return failure({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [{ reason: 'DisruptionBudget', message: cause }],
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  })
}

/** Says on the pod that it was evicted. */
async function markDisrupted(deps: Deps, { context, target }: Request): Promise<void> {
  await deps.writes.change(
    { context, target, options: {} },
    {
      draft: existing => {
        if (!existing) throw notFound({ group: '', resource: 'pods' }, target.name)
        return disrupted(existing.object as Frozen<PodObject>, deps.world.now())
      },
      track: false,
      raw: true,
      checkUid: false,
      createMissing: false,
    },
  )
}

function disrupted(pod: Frozen<PodObject>, now: number): AnyObject {
  const conditions = (pod.status?.conditions ?? []) as readonly Frozen<PodCondition>[]
  const old = conditions.find(c => c.type === 'DisruptionTarget')
  const target = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: old?.status === 'True' ? old.lastTransitionTime : formatTime(now),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  }
  const next = old ? conditions.map(c => (c === old ? target : c)) : [...conditions, target]
  return anyObject({ ...pod, metadata: { ...pod.metadata }, status: { ...pod.status, conditions: next } } as KubeObject)
}
