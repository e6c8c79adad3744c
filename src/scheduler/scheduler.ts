import { formatTime, type Clock } from '../base/clock.ts'
import { isConflict, isNotFound } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Client } from '../client/client.ts'
import type { Change } from '../client/informer.ts'
import type { Informers } from '../client/informers.ts'
import { node } from '../kinds/core/node.ts'
import { persistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts'
import { persistentVolume } from '../kinds/core/persistent-volume.ts'
import { pod } from '../kinds/core/pod.ts'
import type { Node, Pod, PodCondition } from '../kinds/generated/types.ts'
import { type KubeObject, objectKey } from '../kinds/object.ts'
import { semanticEqual } from '../kinds/validation/equal.ts'
import { Cluster } from './cluster.ts'
import { type Failure, placePod } from './cycle.ts'
import { SCHEDULER_NAME, SchedulerEvents } from './events.ts'
import { applyEviction, conditionPatch } from './evictions.ts'
import type { FilterPlugin, PodObject, ScorePlugin, WakeEvent } from './framework.ts'
import { failureMessage } from './messages.ts'
import { planPreemption } from './preemption.ts'
import { informedObjects } from './objects.ts'
import { filterPlugins, scorePlugins } from './plugins/index.ts'
import { claimsOf, hasClaims, isBound, planVolumes } from './plugins/volumes.ts'
import { SchedulingQueue } from './queue.ts'
import { type PlannedVolumes, VolumeBinder } from './volume-binder.ts'

export interface SchedulerOptions {
  readonly client: Client
  readonly informers: Informers
  readonly clock: Clock
  readonly log: Logger
  /** A number from 0 to 1, to choose between equal nodes. Defaults to Math.random. */
  readonly random?: () => number
  readonly filters?: readonly FilterPlugin[]
  readonly scores?: readonly ScorePlugin[]
}

/** Pods looked at before the event loop gets its turn. */
const TURN = 32
/** Bindings under way at a time: more would only wait in the store. */
const MAX_BINDING = 256

/**
 * Finds a node for each pod that has none. Placing is synchronous on the scheduler's own picture of the cluster, which
 * counts a pod as soon as it is placed; binding goes on beside the next pods.
 */
export class Scheduler implements Part {
  readonly #o: SchedulerOptions
  readonly #filters: readonly FilterPlugin[]
  readonly #scores: readonly ScorePlugin[]
  readonly #cluster = new Cluster()
  readonly #queue: SchedulingQueue
  readonly #events: SchedulerEvents
  readonly #volumes: VolumeBinder
  #attached: Disposable[] = []
  #start = 0
  #running = false
  #synced = false
  /** Pods may be ready that were not taken because too many bindings were under way. */
  #throttled = false
  #stopped = false
  readonly #pending = new Set<Promise<void>>()

  constructor(options: SchedulerOptions) {
    this.#o = options
    this.#filters = options.filters ?? filterPlugins
    this.#scores = options.scores ?? scorePlugins
    this.#queue = new SchedulingQueue({ clock: options.clock, filters: this.#filters, onReady: () => this.#kick() })
    this.#events = new SchedulerEvents(options)
    const { client, clock, informers } = options
    this.#volumes = new VolumeBinder({
      client,
      clock,
      claims: () => informers.of(persistentVolumeClaim),
      volumes: () => informers.of(persistentVolume),
      node: name => this.#cluster.node(name)?.node,
    })
  }

  /** Begins; pods are placed once all nodes and pods are known. */
  async start(): Promise<void> {
    const { client, informers } = this.#o
    const served = await client.kinds()
    if (this.#stopped) return
    const nodes = informers.of(node)
    const pods = informers.of(pod)
    const onWake = (event: WakeEvent): void => this.#queue.wake(event)
    const others = informedObjects({ informers, served, onWake, promises: this.#volumes })
    this.#cluster.objects = others.objects
    this.#attached = [nodes.onChange(c => this.#onNode(c)), pods.onChange(c => this.#onPod(c)), ...others.attached]
    void Promise.all([nodes.whenSynced(), pods.whenSynced(), others.synced]).then(() => {
      this.#synced = true
      this.#kick()
    })
  }

  /** Ends; bindings under way are waited for. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const attached of this.#attached.splice(0)) attached[Symbol.dispose]()
    this.#queue.close()
    this.#volumes.stop()
    await Promise.all(this.#pending)
    await this.#events.stop()
  }

  #onNode(change: Change<Node & KubeObject>): void {
    if (change.type === 'deleted') {
      this.#cluster.removeNode(change.object.metadata.name ?? '')
      this.#queue.wake('node-removed')
    } else for (const event of this.#cluster.putNode(change.object)) this.#queue.wake(event)
  }

  #onPod(change: Change<Pod & KubeObject>): void {
    const { object } = change
    const key = objectKey(object)
    const phase = object.status?.phase
    if (change.type === 'deleted' || phase === 'Succeeded' || phase === 'Failed') {
      this.#forget(key)
      if (this.#cluster.unplace(key)) this.#queue.wake('pod-removed')
      return
    }
    const nodeName = object.spec?.nodeName
    if (nodeName) {
      this.#forget(key)
      if (this.#cluster.place(object, nodeName)) this.#queue.wake('pod-added')
      else if (change.type === 'updated' && needsChanged(change.previous, object)) this.#queue.wake('pod-changed')
      return
    }
    if (
      object.spec?.schedulerName !== SCHEDULER_NAME ||
      object.spec.schedulingGates?.length ||
      object.metadata.deletionTimestamp
    ) {
      this.#forget(key)
      return
    }
    const nominated = object.status?.nominatedNodeName
    const before = change.type === 'updated' ? change.previous.status?.nominatedNodeName : undefined
    if (nominated) this.#cluster.nominate(object, nominated)
    else if (before) this.#cluster.denominate(key)
    // The scheduler's own word about the pod (its status) is no reason to look again.
    this.#queue.put(object, change.type === 'updated' && specChanged(change.previous, object))
  }

  /** The pod needs no node any more. */
  #forget(key: string): void {
    this.#queue.remove(key)
    this.#cluster.denominate(key)
    this.#volumes.forget(key)
  }

  #kick(): void {
    if (this.#running || !this.#synced || this.#stopped) return
    this.#running = true
    // Not at once: a change may wake several pods, and the most important of them goes first.
    queueMicrotask(() => void this.#run())
  }

  async #run(): Promise<void> {
    for (let n = 1; !this.#stopped; n++) {
      if (this.#pending.size >= MAX_BINDING) {
        // The first binding to end calls again.
        this.#throttled = true
        break
      }
      const next = this.#queue.take()
      if (!next) break
      this.#look(next)
      if (n % TURN === 0) await new Promise<void>(resolve => setImmediate(resolve))
    }
    this.#running = false
  }

  #look(object: PodObject): void {
    const { random = Math.random } = this.#o
    const promised = this.#cluster.promisedBeside(object)
    const placement = placePod(object, this.#cluster, {
      filters: this.#filters,
      scores: this.#scores,
      start: this.#start,
      random,
      ...(promised ? { promised } : {}),
    })
    if ('failure' in placement) {
      this.#track(this.#reject(object, placement.failure))
      return
    }
    const total = this.#cluster.nodes.length
    this.#start = total === 0 ? 0 : (this.#start + placement.looked) % total
    const volumes = this.#volumesOn(object, placement.node)
    this.#cluster.place(object, placement.node)
    // It may be what pods wait for that want to be near it.
    this.#queue.wake('pod-added')
    this.#track(this.#bind(object, placement.node, volumes))
  }

  /** What must happen to the pod's claims that wait for a node. */
  #volumesOn(object: PodObject, nodeName: string): PlannedVolumes | undefined {
    if (!hasClaims(object)) return undefined
    const { objects } = this.#cluster
    const claims = claimsOf(object, objects)
    const info = this.#cluster.node(nodeName)
    if (!info || typeof claims === 'string') return undefined
    const waiting = claims.filter(c => !isBound(c))
    const plan = waiting.length > 0 ? planVolumes(waiting, info.node, objects) : undefined
    return plan && { plan, node: nodeName, pod: objectKey(object) }
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work)
    void work.finally(() => {
      this.#pending.delete(work)
      if (!this.#throttled) return
      this.#throttled = false
      this.#kick()
    })
  }

  async #bind(object: PodObject, nodeName: string, volumes: PlannedVolumes | undefined): Promise<void> {
    const key = objectKey(object)
    const { name = '', namespace = '', uid } = object.metadata
    using _ = volumes ? this.#volumes.reserve(volumes) : undefined
    try {
      if (volumes) await this.#volumes.bind(volumes)
      await this.#o.client.createSub(pod, namespace, name, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
      })
      this.#events.event(object, {
        type: 'Normal',
        reason: 'Scheduled',
        action: 'Binding',
        note: `Successfully assigned ${key} to ${nodeName}`,
      })
    } catch (error) {
      // The informer has brought another word meanwhile: someone else bound it, or it is gone; one of its name may be new.
      const now = this.#o.informers.of(pod).lister.get(key)
      if (now?.metadata.uid !== uid || now?.spec?.nodeName) return
      if (this.#cluster.unplace(key) && !this.#stopped) this.#queue.wake('pod-removed')
      if (this.#stopped) return
      if (!isNotFound(error) && !isConflict(error))
        this.#o.log.warn('Cannot bind a pod', { pod: key, node: nodeName, error: error as Error })
      this.#queue.retry(key)
    }
  }

  async #reject(object: PodObject, failure: Failure): Promise<void> {
    const key = objectKey(object)
    const found = failure.nodes > 0 && !failure.wholly ? this.#preempt(object, failure) : undefined
    const eviction = found && 'victims' in found ? found : undefined
    const verdict = found && !('victims' in found) ? found : undefined
    const message = failureMessage(failure, verdict)
    this.#queue.rest(key, failure.plugins)
    // Where no pod is to go for it, what it was promised earlier is void.
    const nominated = eviction ? eviction.node : verdict && 'perNode' in verdict ? '' : undefined
    if (nominated) this.#cluster.nominate(object, nominated)
    else if (nominated === '') this.#cluster.denominate(key)
    try {
      this.#events.event(object, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: message })
      await this.#tell(object, message, nominated)
      if (!eviction) return
      const { client, clock, log } = this.#o
      await applyEviction(object, eviction, { client, clock, log, events: this.#events })
      await this.#takeBackPromises(eviction.node, object.spec?.priority ?? 0)
    } catch (error) {
      if (this.#stopped || isNotFound(error) || isConflict(error)) return
      this.#o.log.warn('Cannot tell that a pod fits nowhere', { pod: key, error: error as Error })
    }
  }

  #preempt(object: PodObject, failure: Failure): ReturnType<typeof planPreemption> {
    const promised = this.#cluster.promisedBeside(object)
    return planPreemption(object, failure, this.#cluster, {
      filters: this.#filters,
      ...(promised ? { promised } : {}),
    })
  }

  /** Pods of lower priority that were promised room on the node look elsewhere. */
  async #takeBackPromises(node: string, priority: number): Promise<void> {
    for (const { key, pod: other } of this.#cluster.nominatedBelow(node, priority)) {
      this.#cluster.denominate(key)
      const { name = '', namespace = '' } = other.metadata
      const status = { nominatedNodeName: null }
      await this.#o.client.patch(pod, namespace, name, 'merge', { status }, { subresource: 'status' })
      this.#queue.wakeOne(key)
    }
  }

  /** Writes the condition PodScheduled=False, and the node that room is being made on ('' takes that back). */
  async #tell(object: PodObject, message: string, nominated: string | undefined): Promise<void> {
    const before = object.status?.conditions?.find(c => c.type === 'PodScheduled')
    const same = before?.status === 'False' && before.reason === 'Unschedulable' && before.message === message
    if (same && (nominated === undefined || nominated === (object.status?.nominatedNodeName ?? ''))) return
    const condition: PodCondition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      ...(object.metadata.generation ? { observedGeneration: object.metadata.generation } : {}),
      lastTransitionTime:
        before?.status === 'False' ? (before.lastTransitionTime ?? '') : formatTime(this.#o.clock.now()),
    }
    const { name = '', namespace = '' } = object.metadata
    const status = {
      ...conditionPatch(object, condition),
      ...(nominated === undefined ? {} : { nominatedNodeName: nominated || null }),
    }
    await this.#o.client.patch(pod, namespace, name, 'strategic', { status }, { subresource: 'status' })
  }
}

/** True where a pod that runs asks for something else, or others see it differently. */
function needsChanged(before: PodObject, after: PodObject): boolean {
  return Boolean(before.spec?.nodeName) && specChanged(before, after)
}

function specChanged(before: PodObject, after: PodObject): boolean {
  return !semanticEqual(before.spec, after.spec) || !semanticEqual(before.metadata.labels, after.metadata.labels)
}
