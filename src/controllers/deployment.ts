import { isAlreadyExists, isNotFound } from '../base/errors.ts'
import { errorText } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import { selectorFromObject } from '../base/selector.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, requeueAfter, source } from '../client/controller.ts'
import type { EventRecorder } from '../client/events.ts'
import type { Change, Informer } from '../client/informer.ts'
import { deployment } from '../kinds/apps/deployment.ts'
import { replicaSet } from '../kinds/apps/replica-set.ts'
import { pod } from '../kinds/core/pod.ts'
import type { Frozen } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import { REVISION } from './deployment/annotations.ts'
import type { DeploymentPlan, SetUpdate } from './deployment/plan.ts'
import { currentSet, planDeployment } from './deployment/plan.ts'
import { hasProgressDeadline } from './deployment/sizes.ts'
import type { Status } from './deployment/status.ts'
import { newCondition, planCounts, planRolloutStatus, timeoutInMs, withCondition } from './deployment/status.ts'
import { sameTemplate } from './deployment/template.ts'
import { applyClaim, planClaim } from './shared/claim.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { compact, sameObject } from './shared/equal.ts'
import { claimable, controlledBy, controllerOf, controllerRef, indexByController, refersTo } from './shared/owners.ts'
import { isNamespaceTerminating } from './shared/pod-control.ts'
import { hasEnded } from './shared/pods.ts'
import { ownersOfDependent } from './shared/dependents.ts'
import type { Deployment, Pod, ReplicaSet } from './shared/types.ts'

type D = Frozen<Deployment>
type Set = Frozen<ReplicaSet>

class DeploymentReconciler implements Reconciler {
  readonly #ctx: ControllerContext
  readonly #deployments: Informer<Deployment>
  readonly #sets: Informer<ReplicaSet>
  readonly #pods: Informer<Pod>
  readonly #recorder: EventRecorder

  constructor(ctx: ControllerContext) {
    this.#ctx = ctx
    this.#deployments = ctx.informers.of(deployment)
    this.#sets = ctx.informers.of(replicaSet)
    this.#pods = ctx.informers.of(pod)
    this.#recorder = ctx.recorder('deployment-controller')
  }

  async reconcile(key: string): Promise<Outcome> {
    const d = this.#deployments.lister.get(key)
    if (!d) return DONE
    if (selectorFromObject(d.spec?.selector).empty) return this.#selectsAll(d)
    const sets = await this.#claim(d)
    const plan = planDeployment(d, {
      sets,
      hasRunningPods: set => controlledBy(this.#pods, set).some(p => !hasEnded(p)),
      now: this.#ctx.clock.now(),
    })
    return this.#apply(d, plan)
  }

  async #selectsAll(d: D): Promise<Outcome> {
    const text = 'This deployment is selecting all pods. A non-empty selector is required.'
    this.#recorder.event(d, 'Warning', 'SelectingAll', text)
    if ((d.status?.observedGeneration ?? 0) < (d.metadata.generation ?? 0))
      await this.#write(d, undefined, { ...d.status, observedGeneration: d.metadata.generation })
    return DONE
  }

  async #claim(d: D): Promise<Set[]> {
    const plan = planClaim<ReplicaSet>(d, selectorFromObject(d.spec?.selector), claimable(this.#sets, d))
    return applyClaim<ReplicaSet>(this.#ctx.client, replicaSet, deployment, d, plan)
  }

  async #apply(d: D, plan: DeploymentPlan): Promise<Outcome> {
    if (plan.create && !(await this.#create(d, plan.create, plan.status))) return DONE
    for (const update of plan.updates) await this.#update(d, update)
    for (const set of plan.remove) await this.#remove(set)
    const now = this.#ctx.clock.now()
    const selector = selectorFromObject(d.spec?.selector)
    const sets = controlledBy(this.#sets, d).filter(s => selector.matches(s.metadata.labels))
    const current = currentSet(d, sets)
    const status = plan.rollout
      ? planRolloutStatus(d, plan.status, current, sets, now)
      : planCounts(d, plan.status, current, sets, now)
    await this.#write(d, plan.revision, status)
    const wait = plan.rollout ? timeoutInMs(d, status, now) : undefined
    return wait === undefined ? DONE : requeueAfter(wait)
  }

  /** False where the rest must wait for another reconcile. */
  async #create(d: D, set: ReplicaSet, status: Status): Promise<boolean> {
    const owned = { ...set, metadata: { ...set.metadata, ownerReferences: [controllerRef(deployment, d)] } }
    const { name } = set.metadata
    try {
      await this.#ctx.client.create(replicaSet, owned)
      const replicas = set.spec?.replicas ?? 0
      if (replicas > 0) this.#tellScaling(d, name, 'up', 0, replicas)
      return true
    } catch (error) {
      if (isAlreadyExists(error)) return this.#collided(d, set, status)
      if (isNamespaceTerminating(error)) return false
      await this.#cannotCreate(d, set, error)
      throw error
    }
  }

  /** The name is taken: fine where it is by this very set, else the next hash is another one. */
  async #collided(d: D, set: ReplicaSet, status: Status): Promise<boolean> {
    const { namespace = '', name = '' } = set.metadata
    const other = (await this.#ctx.client.get(replicaSet, namespace, name)) as Set
    const own = controllerOf(other)?.uid === d.metadata.uid
    if (own && sameTemplate(other.spec?.template ?? {}, d.spec?.template ?? {})) return true
    await this.#write(d, undefined, { ...status, ...d.status, collisionCount: (d.status?.collisionCount ?? 0) + 1 })
    return false
  }

  async #cannotCreate(d: D, set: ReplicaSet, error: unknown): Promise<void> {
    const message = `Failed to create new replica set "${set.metadata.name}": ${errorText(error)}`
    this.#recorder.event(d, 'Warning', 'ReplicaSetCreateError', message)
    if (!hasProgressDeadline(d)) return
    const condition = newCondition('Progressing', 'False', 'ReplicaSetCreateError', message, this.#ctx.clock.now())
    await this.#write(d, undefined, { ...d.status, conditions: withCondition(d.status?.conditions ?? [], condition) })
  }

  async #update(d: D, { set, replicas, annotations, minReadySeconds }: SetUpdate): Promise<void> {
    const { minReadySeconds: _, ...spec } = set.spec ?? { selector: {} }
    await this.#ctx.client.update(replicaSet, {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...spec, replicas, ...(minReadySeconds ? { minReadySeconds } : {}) },
    } as Set)
    const before = set.spec?.replicas ?? 1
    if (before !== replicas)
      this.#tellScaling(d, set.metadata.name, before < replicas ? 'up' : 'down', before, replicas)
  }

  #tellScaling(d: D, set: string | undefined, way: 'up' | 'down', from: number, to: number): void {
    this.#recorder.event(d, 'Normal', 'ScalingReplicaSet', `Scaled ${way} replica set ${set} from ${from} to ${to}`)
  }

  async #remove(set: Set): Promise<void> {
    const { namespace = '', name = '', uid } = set.metadata
    try {
      await this.#ctx.client.delete(replicaSet, namespace, name, uid ? { preconditions: { uid } } : {})
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  async #write(d: D, revision: string | undefined, status: Status): Promise<void> {
    if (revision === undefined && sameObject(status, d.status ?? {})) return
    const annotations = { ...d.metadata.annotations, ...(revision === undefined ? {} : { [REVISION]: revision }) }
    const metadata = Object.keys(annotations).length ? { ...d.metadata, annotations } : d.metadata
    await this.#ctx.client.update(deployment, { ...d, metadata, status: compact(status) } as D, {
      subresource: 'status',
    })
  }
}

/** Rolls out what Deployments ask for through ReplicaSets. */
export function deploymentController(ctx: ControllerContext): Part {
  const deployments = ctx.informers.of(deployment)
  const sets = ctx.informers.of(replicaSet)
  const pods = ctx.informers.of(pod)
  indexByController(sets)
  indexByController(pods)
  /** Only Recreate waits for pods to end. */
  const ofEndedPod = (change: Change<Pod>): string[] => {
    if (change.type !== 'deleted' && !hasEnded(change.object)) return []
    const ref = controllerOf(change.object)
    const set = ref && refersTo(ref, replicaSet) && sets.lister.get(`${change.object.metadata.namespace}/${ref.name}`)
    const owner = set && controllerOf(set)
    const d = owner && refersTo(owner, deployment) && deployments.lister.get(`${set.metadata.namespace}/${owner.name}`)
    return d && d.spec?.strategy?.type === 'Recreate' ? [objectKey(d)] : []
  }
  return controller(ctx, {
    name: 'deployment',
    reconciler: new DeploymentReconciler(ctx),
    sources: [
      source(deployments),
      source(
        sets,
        ownersOfDependent(deployment, deployments, (d, labels) => selectorFromObject(d.spec?.selector).matches(labels)),
      ),
      source(pods, ofEndedPod),
    ],
  })
}
