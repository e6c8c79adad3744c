import { formatTime } from '../../base/clock.ts'
import { errorText } from '../../base/log.ts'
import type { Part } from '../../base/part.ts'
import type { Labels, LabelSelector } from '../../base/selector.ts'
import { selectorFromLabels } from '../../base/selector.ts'
import type { Outcome, Reconciler } from '../../client/controller.ts'
import { DONE, requeueAfter, source } from '../../client/controller.ts'
import type { EventRecorder } from '../../client/events.ts'
import type { Informer } from '../../client/informer.ts'
import { pod as podKind } from '../../kinds/core/pod.ts'
import type { ReplicaSetCondition } from '../../kinds/generated/types.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { applyClaim, planClaim } from './claim.ts'
import type { ControllerContext } from './context.ts'
import { controller } from './context.ts'
import { ownersOfDependent } from './dependents.ts'
import { compact, positive, sameObject } from './equal.ts'
import { claimable, controlledBy, controllerOf, controllerRef, indexByController } from './owners.ts'
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate } from './pod-control.ts'
import type { FrozenPod } from './pods.ts'
import { availableInMs, byDeletionRank, isActive, isReady, isTerminating } from './pods.ts'
import { slowStart } from './slow-start.ts'
import type { Pod, PodTemplate } from './types.ts'

/** Pods made or deleted in one reconcile at most. */
const BURST = 500

/** What a ReplicaSet and a ReplicationController have in common. */
export interface ReplicaOwner {
  readonly object: Frozen<KubeObject>
  readonly replicas: number
  readonly minReadySeconds: number
  readonly selector: LabelSelector
  readonly template: PodTemplate
  readonly status: Frozen<ReplicaStatus> | undefined
}

export interface ReplicaStatus {
  replicas: number
  fullyLabeledReplicas?: number | undefined
  readyReplicas?: number | undefined
  availableReplicas?: number | undefined
  terminatingReplicas?: number | undefined
  observedGeneration?: number | undefined
  conditions?: ReplicaSetCondition[] | undefined
}

export interface ReplicaPlan {
  readonly create: number
  readonly delete: FrozenPod[]
}

/** How many pods to make, or which to delete. `related` are pods of owners with the same controller. */
export function planReplicas(
  owner: ReplicaOwner,
  active: readonly FrozenPod[],
  related: readonly FrozenPod[],
  now: number,
): ReplicaPlan {
  if (owner.object.metadata.deletionTimestamp) return { create: 0, delete: [] }
  const missing = owner.replicas - active.length
  if (missing >= 0) return { create: Math.min(missing, BURST), delete: [] }
  const surplus = Math.min(-missing, BURST)
  const ranked = surplus < active.length ? byDeletionRank(active, related, now) : [...active]
  return { create: 0, delete: ranked.slice(0, surplus) }
}

interface StatusFacts {
  readonly active: readonly FrozenPod[]
  /** Missing for owners that do not count them. */
  readonly terminating: readonly FrozenPod[] | undefined
  /** What kept the plan from being carried out. */
  readonly failure: { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string } | undefined
  readonly now: number
}

/** The status that tells of the pods as they are. */
export function planReplicaStatus(owner: ReplicaOwner, facts: StatusFacts): ReplicaStatus {
  const { active, terminating, failure, now } = facts
  const labels = selectorFromLabels(owner.template.metadata?.labels)
  const count = (test: (pod: FrozenPod) => boolean): number | undefined => positive(active.filter(test).length)
  const others = (owner.status?.conditions ?? []).filter(c => c.type !== 'ReplicaFailure')
  const known = owner.status?.conditions?.find(c => c.type === 'ReplicaFailure')
  const conditions: ReplicaSetCondition[] = others.map(c => ({ ...c }))
  if (failure && known) conditions.push({ ...known })
  else if (failure)
    conditions.push({ type: 'ReplicaFailure', status: 'True', lastTransitionTime: formatTime(now), ...failure })
  return compact({
    replicas: active.length,
    fullyLabeledReplicas: count(p => labels.matches(p.metadata.labels)),
    readyReplicas: count(isReady),
    availableReplicas: count(p => availableInMs(p, owner.minReadySeconds, now) === 0),
    terminatingReplicas: terminating?.length,
    observedGeneration: owner.object.metadata.generation,
    conditions: conditions.length ? conditions : undefined,
  })
}

/** Milliseconds until the next ready pod becomes available, if one waits for that. */
export function nextAvailableMs(owner: ReplicaOwner, active: readonly FrozenPod[], now: number): number | undefined {
  const waits = active.map(p => availableInMs(p, owner.minReadySeconds, now)).filter(ms => ms !== undefined && ms > 0)
  return waits.length ? Math.min(...(waits as number[])) : undefined
}

/** What is special about an owner's kind. */
export interface ReplicasOptions<T extends ReplicaObject> {
  /** Of the controller: `replicaset`. */
  readonly name: string
  /** As which its events speak. */
  readonly component: string
  readonly kind: Kind<T>
  readonly selector: (object: Frozen<T>) => LabelSelector
  /** Whether the status tells of pods that end. */
  readonly countTerminating: boolean
}

/** The parts of a ReplicaSet or ReplicationController that mean the same in both. */
interface ReplicaObject extends KubeObject {
  spec?:
    | {
        replicas?: number | undefined
        minReadySeconds?: number | undefined
        template?: PodTemplate | undefined
      }
    | undefined
  status?: ReplicaStatus | undefined
}

/** The controller that keeps the number of pods that each owner of a kind asks for. */
export function replicasController<T extends ReplicaObject>(ctx: ControllerContext, options: ReplicasOptions<T>): Part {
  const { name, kind, selector } = options
  const owners = ctx.informers.of(kind)
  const pods = ctx.informers.of(podKind)
  indexByController(pods)
  const selects = (owner: Frozen<T>, labels: Labels): boolean => selector(owner).matches(labels)
  return controller(ctx, {
    name,
    reconciler: new ReplicasReconciler(ctx, options),
    sources: [source(owners), source(pods, ownersOfDependent(kind, owners, selects))],
  })
}

/** Keeps as many pods as an owner asks for: the engine of ReplicaSet and ReplicationController. */
class ReplicasReconciler<T extends ReplicaObject> implements Reconciler {
  readonly #ctx: ControllerContext
  readonly #options: ReplicasOptions<T>
  readonly #owners: Informer<T>
  readonly #pods: Informer<Pod>
  readonly #recorder: EventRecorder

  constructor(ctx: ControllerContext, options: ReplicasOptions<T>) {
    this.#ctx = ctx
    this.#options = options
    this.#owners = ctx.informers.of(options.kind)
    this.#pods = ctx.informers.of(podKind)
    this.#recorder = ctx.recorder(options.component)
  }

  async reconcile(key: string): Promise<Outcome> {
    const object = this.#owners.lister.get(key)
    if (!object) return DONE
    const owner = this.#view(object)
    const active = await this.#claim(owner)
    const plan = planReplicas(owner, active, this.#related(owner), this.#ctx.clock.now())
    const { error, reason } = await this.#apply(owner, plan)
    await this.#writeStatus(object, owner, error === undefined ? undefined : { reason, message: errorText(error) })
    if (error !== undefined) throw error
    const wait = nextAvailableMs(owner, this.#active(owner), this.#ctx.clock.now())
    return wait === undefined ? DONE : requeueAfter(wait)
  }

  #view(object: Frozen<T>): ReplicaOwner {
    // The compiler does not look through Frozen<T> of a T that it does not know.
    const { spec, status } = object as Frozen<ReplicaObject>
    return {
      object,
      replicas: spec?.replicas ?? 1,
      minReadySeconds: spec?.minReadySeconds ?? 0,
      selector: this.#options.selector(object),
      template: spec?.template ?? {},
      status,
    }
  }

  async #claim(owner: ReplicaOwner): Promise<FrozenPod[]> {
    const { kind } = this.#options
    const candidates = claimable(this.#pods, owner.object).filter(isActive)
    const plan = planClaim<Pod>(owner.object, owner.selector, candidates)
    return applyClaim<Pod>(this.#ctx.client, podKind, kind, owner.object, plan)
  }

  /** The owner's pods as the lister has them now: after writes it holds their outcome. */
  #own(owner: ReplicaOwner): FrozenPod[] {
    return controlledBy(this.#pods, owner.object).filter(p => owner.selector.matches(p.metadata.labels))
  }

  #active(owner: ReplicaOwner): FrozenPod[] {
    return this.#own(owner).filter(isActive)
  }

  /** Pods of all owners that have the same controller, such as a Deployment's old and new ReplicaSet. */
  #related(owner: ReplicaOwner): FrozenPod[] {
    const parent = controllerOf(owner.object)
    if (!parent) return controlledBy(this.#pods, owner.object)
    return [...this.#owners.lister.inNamespace(owner.object.metadata.namespace ?? '')]
      .filter(o => controllerOf(o as Frozen<KubeObject>)?.uid === parent.uid)
      .flatMap(o => controlledBy(this.#pods, o as Frozen<KubeObject>))
  }

  async #apply(
    owner: ReplicaOwner,
    plan: ReplicaPlan,
  ): Promise<{ error?: unknown; reason: 'FailedCreate' | 'FailedDelete' }> {
    const { client } = this.#ctx
    const recorder = this.#recorder
    if (plan.create) {
      const ref = controllerRef(this.#options.kind, owner.object)
      const { error } = await slowStart(plan.create, async () => {
        const pod = podFromTemplate(owner.template, owner.object, ref)
        await createPod(client, recorder, owner.object, pod).catch((error: unknown) => {
          if (!isNamespaceTerminating(error)) throw error
        })
      })
      return { error, reason: 'FailedCreate' }
    }
    const results = await Promise.allSettled(plan.delete.map(p => deletePod(client, recorder, owner.object, p)))
    return { error: results.find(r => r.status === 'rejected')?.reason, reason: 'FailedDelete' }
  }

  async #writeStatus(object: Frozen<T>, owner: ReplicaOwner, failure: StatusFacts['failure']): Promise<void> {
    const { kind, countTerminating } = this.#options
    const own = this.#own(owner)
    const terminating = countTerminating ? own.filter(isTerminating) : undefined
    const status = planReplicaStatus(owner, {
      active: own.filter(isActive),
      terminating,
      failure,
      now: this.#ctx.clock.now(),
    })
    if (sameObject(status, owner.status)) return
    await this.#ctx.client.update(kind, { ...object, status } as Frozen<T>, { subresource: 'status' })
  }
}
