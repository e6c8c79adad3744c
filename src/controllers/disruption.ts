import { formatTime } from '../base/clock.ts'
import type { Part } from '../base/part.ts'
import { labelSelectorText, selectorFromObject } from '../base/selector.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, soonest, source } from '../client/controller.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import type { Condition, PodDisruptionBudgetStatus } from '../kinds/generated/types.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import { podDisruptionBudget } from '../kinds/policy/pod-disruption-budget.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { compact, sameObject } from './shared/equal.ts'
import { scaledValue } from './shared/int-or-string.ts'
import { controllerOf } from './shared/owners.ts'
import type { FrozenPod } from './shared/pods.ts'
import { isReady } from './shared/pods.ts'
import type { PodDisruptionBudget } from './shared/types.ts'

type Budget = Frozen<PodDisruptionBudget>

/** An evicted pod that is still not being deleted after this long was not evicted. */
const DELETION_TIMEOUT_MS = 120_000
const CONDITION = 'DisruptionAllowed'

/** The scale of the controllers of some pods together. */
export interface ExpectedScale {
  readonly pods: number
  /** Names of pods without a controller, which cannot be counted. */
  readonly unmanaged: readonly string[]
  /** Why the scale cannot be known. */
  readonly error?: string
}

export interface BudgetPlan {
  readonly status: PodDisruptionBudgetStatus
  /** Milliseconds until an eviction under way counts as failed. */
  readonly recheckMs?: number
  /** Pods whose eviction was promised and did not come. */
  readonly notDeleted: readonly FrozenPod[]
  readonly unmanaged: readonly string[]
}

/** The status of a budget from its pods and the scale of their controllers. */
export function planBudget(
  budget: Budget,
  pods: readonly FrozenPod[],
  scale: () => ExpectedScale,
  now: number,
): BudgetPlan {
  const { minAvailable, maxUnavailable } = budget.spec ?? {}
  const byScale = maxUnavailable !== undefined || typeof minAvailable === 'string'
  const known = byScale ? scale() : undefined
  if (known?.error !== undefined)
    return { status: failedStatus(budget, known.error, now), notDeleted: [], unmanaged: [] }
  const { expected, desired } = wanted(minAvailable, maxUnavailable, known?.pods ?? pods.length)
  const disrupted = planDisrupted(budget, pods, now)
  const healthy = pods.filter(
    p => !p.metadata.deletionTimestamp && !disrupted.pods.has(p.metadata.name ?? '') && isReady(p),
  )
  const allowed = expected > 0 ? Math.max(healthy.length - desired, 0) : 0
  const observedGeneration = budget.metadata.generation
  const status: PodDisruptionBudgetStatus = {
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(disrupted.pods.size ? { disruptedPods: Object.fromEntries(disrupted.pods) } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy.length,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: withCondition(
      budget,
      {
        status: allowed > 0 ? 'True' : 'False',
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
      },
      { observedGeneration, now },
    ),
  }
  return {
    status,
    notDeleted: disrupted.notDeleted,
    unmanaged: known?.unmanaged ?? [],
    ...(disrupted.recheckMs === undefined ? {} : { recheckMs: disrupted.recheckMs }),
  }
}

function wanted(
  minAvailable: number | string | undefined,
  maxUnavailable: number | string | undefined,
  expected: number,
): { expected: number; desired: number } {
  if (maxUnavailable !== undefined)
    return { expected, desired: Math.max(expected - scaledValue(maxUnavailable, expected, 'up'), 0) }
  if (minAvailable === undefined) return { expected: 0, desired: 0 }
  return { expected, desired: scaledValue(minAvailable, expected, 'up') }
}

/** Evicted pods that are not being deleted yet, and those for which that takes too long. */
function planDisrupted(
  budget: Budget,
  pods: readonly FrozenPod[],
  now: number,
): { pods: ReadonlyMap<string, string>; notDeleted: FrozenPod[]; recheckMs?: number } {
  const before = new Map(Object.entries(budget.status?.disruptedPods ?? {}))
  const still = new Map<string, string>()
  const notDeleted: FrozenPod[] = []
  let recheckMs: number | undefined
  for (const pod of pods) {
    const since = before.get(pod.metadata.name ?? '')
    if (since === undefined || pod.metadata.deletionTimestamp) continue
    const left = Date.parse(since) + DELETION_TIMEOUT_MS - now
    if (left <= 0) notDeleted.push(pod)
    else {
      still.set(pod.metadata.name ?? '', since)
      recheckMs = Math.min(left, recheckMs ?? left)
    }
  }
  return { pods: still, notDeleted, ...(recheckMs === undefined ? {} : { recheckMs }) }
}

/** Nothing may be evicted while the scale is not known; what was counted before stays. */
function failedStatus(budget: Budget, message: string, now: number): PodDisruptionBudgetStatus {
  const observedGeneration = budget.status?.observedGeneration
  return {
    ...(budget.status as PodDisruptionBudgetStatus),
    disruptionsAllowed: 0,
    conditions: withCondition(budget, { status: 'False', reason: 'SyncFailed', message }, { observedGeneration, now }),
  }
}

function withCondition(
  budget: Budget,
  next: { status: string; reason: string; message: string },
  at: { observedGeneration: number | undefined; now: number },
): Condition[] {
  const conditions = (budget.status?.conditions ?? []) as Condition[]
  const old = conditions.find(c => c.type === CONDITION)
  const condition: Condition = {
    type: CONDITION,
    ...next,
    ...(at.observedGeneration ? { observedGeneration: at.observedGeneration } : {}),
    lastTransitionTime: old?.status === next.status ? old.lastTransitionTime : formatTime(at.now),
  }
  return old ? conditions.map(c => (c === old ? condition : c)) : [...conditions, condition]
}

/** Finds an object by what an owner reference says of it. */
export type FindOwner = (
  apiVersion: string,
  kind: string,
  name: string,
) => { readonly kind: Kind; readonly object: Frozen<KubeObject> } | undefined

/** The scale of the controllers of the pods: a ReplicaSet's is that of its Deployment. */
export function planScale(pods: readonly FrozenPod[], find: FindOwner): ExpectedScale {
  const scales = new Map<string, number>()
  const unmanaged: string[] = []
  for (const pod of pods) {
    const ref = controllerOf(pod)
    if (!ref) {
      unmanaged.push(pod.metadata.name ?? '')
      continue
    }
    const owner = topOwner(ref, find)
    if (!owner)
      return { pods: 0, unmanaged, error: `found no controllers for pod ${JSON.stringify(pod.metadata.name)}` }
    scales.set(owner.uid, owner.replicas)
  }
  return { pods: [...scales.values()].reduce((a, b) => a + b, 0), unmanaged }
}

function topOwner(
  ref: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string },
  find: FindOwner,
): { uid: string; replicas: number } | undefined {
  const found = find(ref.apiVersion, ref.kind, ref.name)
  if (!found?.kind.scale || found.object.metadata.uid !== ref.uid) return undefined
  const above = ref.kind === 'ReplicaSet' ? controllerOf(found.object) : undefined
  if (above?.kind === 'Deployment') return topOwner(above, find)
  return { uid: ref.uid, replicas: numberAt(found.object, found.kind.scale.specReplicas) }
}

function numberAt(object: unknown, path: string): number {
  let value = object
  for (const part of path.split('.').filter(Boolean)) value = (value as Record<string, unknown> | undefined)?.[part]
  return typeof value === 'number' ? value : 0
}

const selectorOf = (budget: Budget): ReturnType<typeof selectorFromObject> =>
  selectorFromObject(budget.spec?.selector as Parameters<typeof selectorFromObject>[0])

/** Writes into each budget's status how many of its pods are healthy and how many may be evicted. */
export function disruptionController(ctx: ControllerContext): Part {
  const budgets = ctx.informers.of(podDisruptionBudget)
  const pods = ctx.informers.of(podKind)
  const recorder = ctx.recorder('controllermanager')
  const finder =
    (namespace: string): FindOwner =>
    (apiVersion, kind, name) => {
      const named = ctx.allKinds.named(apiVersion, kind)
      const object = named && ctx.allKinds.informer(named)?.lister.get(`${namespace}/${name}`)
      return named && object ? { kind: named, object } : undefined
    }
  const budgetsOf = (pod: FrozenPod): string[] =>
    [...budgets.lister.inNamespace(pod.metadata.namespace ?? '')]
      .filter(b => selectorOf(b).matches(pod.metadata.labels as Record<string, string> | undefined))
      .map(objectKey)
  const tell = (budget: Budget, plan: BudgetPlan, matching: number): void => {
    if (matching === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found')
    if (plan.unmanaged.length)
      recorder.event(
        budget,
        'Warning',
        'UnmanagedPods',
        `Pods selected by this PodDisruptionBudget (selector: ${labelSelectorText(selectorOf(budget))}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`,
      )
    for (const pod of plan.notDeleted)
      recorder.event(
        pod,
        'Warning',
        'NotDeleted',
        `Pod was expected by PDB ${objectKey(budget)} to be deleted but it wasn't`,
      )
  }
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const budget = budgets.lister.get(key) as Budget | undefined
      if (!budget) return DONE
      const { namespace = '' } = budget.metadata
      const selector = selectorOf(budget)
      const own = [...pods.lister.inNamespace(namespace)].filter(p =>
        selector.matches(p.metadata.labels as Record<string, string> | undefined),
      )
      const plan = planBudget(budget, own, () => planScale(own, finder(namespace)), ctx.clock.now())
      if (!sameObject(plan.status, budget.status)) {
        tell(budget, plan, own.length)
        await ctx.client.update(podDisruptionBudget, { ...budget, status: compact(plan.status) } as Budget, {
          subresource: 'status',
        })
      }
      return soonest(plan.recheckMs)
    },
  }
  return controller(ctx, {
    name: 'disruption',
    reconciler,
    sources: [
      source(budgets),
      source(pods, ({ object, previous }) => new Set([...budgetsOf(object), ...(previous ? budgetsOf(previous) : [])])),
      {
        // The scale of an owner, of whatever kind.
        informer: ctx.allKinds,
        attach: add =>
          ctx.allKinds.onChange(({ kind, change }) => {
            if (!kind.scale || kind.storage === 'core/pods') return
            const { namespace = '' } = change.object.metadata
            const path = kind.scale.specReplicas
            const grew = change.type !== 'updated' || numberAt(change.object, path) !== numberAt(change.previous, path)
            if (grew) for (const budget of budgets.lister.inNamespace(namespace)) add(objectKey(budget))
          }),
      },
    ],
  })
}
