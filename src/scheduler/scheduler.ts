import { formatTime, type Clock } from '../base/clock.ts'
import { isConflict, isNotFound } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Client } from '../client/client.ts'
import type { Change } from '../client/informer.ts'
import type { Informers } from '../client/informers.ts'
import { node } from '../kinds/core/node.ts'
import { pod } from '../kinds/core/pod.ts'
import type { Node, Pod, PodCondition } from '../kinds/generated/types.ts'
import { type KubeObject, objectKey } from '../kinds/object.ts'
import { Cluster } from './cluster.ts'
import { type Failure, placePod } from './cycle.ts'
import { SCHEDULER_NAME, SchedulerEvents } from './events.ts'
import type { FilterPlugin, PodObject, ScorePlugin } from './framework.ts'
import { failureMessage } from './messages.ts'
import { type Eviction, planPreemption } from './preemption.ts'
import { filterPlugins, scorePlugins } from './plugins/index.ts'
import { SchedulingQueue } from './queue.ts'

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
  }

  /** Begins; pods are placed once all nodes and pods are known. */
  async start(): Promise<void> {
    const { informers } = this.#o
    const nodes = informers.of(node)
    const pods = informers.of(pod)
    this.#attached = [nodes.onChange(c => this.#onNode(c)), pods.onChange(c => this.#onPod(c))]
    void Promise.all([nodes.whenSynced(), pods.whenSynced()]).then(() => {
      this.#synced = true
      this.#kick()
    })
  }

  /** Ends; bindings under way are waited for. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const attached of this.#attached.splice(0)) attached[Symbol.dispose]()
    this.#queue.close()
    await Promise.all(this.#pending)
    await this.#events.stop()
  }

  #onNode(change: Change<Node & KubeObject>): void {
    if (change.type === 'deleted') this.#cluster.removeNode(change.object.metadata.name ?? '')
    else for (const event of this.#cluster.putNode(change.object)) this.#queue.wake(event)
  }

  #onPod(change: Change<Pod & KubeObject>): void {
    const { object } = change
    const key = objectKey(object)
    const phase = object.status?.phase
    if (change.type === 'deleted' || phase === 'Succeeded' || phase === 'Failed') {
      this.#queue.remove(key)
      this.#cluster.denominate(key)
      if (this.#cluster.unplace(key)) this.#queue.wake('pod-removed')
      return
    }
    const nodeName = object.spec?.nodeName
    if (nodeName) {
      this.#queue.remove(key)
      this.#cluster.denominate(key)
      this.#cluster.place(object, nodeName)
      if (change.type === 'updated' && needsChanged(change.previous, object)) this.#queue.wake('pod-changed')
      return
    }
    if (
      object.spec?.schedulerName !== SCHEDULER_NAME ||
      object.spec.schedulingGates?.length ||
      object.metadata.deletionTimestamp
    ) {
      this.#queue.remove(key)
      return
    }
    const nominated = object.status?.nominatedNodeName
    if (nominated) this.#cluster.nominate(object, nominated)
    // The scheduler's own word about the pod (its status) is no reason to look again.
    this.#queue.put(object, change.type === 'updated' && specChanged(change.previous, object))
  }

  #kick(): void {
    if (this.#running || !this.#synced || this.#stopped) return
    this.#running = true
    void this.#run()
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
    const seen = this.#cluster.seenBy(object)
    const placement = placePod(object, this.#cluster, {
      filters: this.#filters,
      scores: this.#scores,
      start: this.#start,
      random,
      seen,
    })
    this.#start = this.#cluster.nodes.length === 0 ? 0 : (this.#start + 1) % this.#cluster.nodes.length
    if ('failure' in placement) this.#track(this.#reject(object, placement.failure))
    else {
      this.#cluster.place(object, placement.node)
      this.#track(this.#bind(object, placement.node))
    }
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

  async #bind(object: PodObject, nodeName: string): Promise<void> {
    const key = objectKey(object)
    const { name = '', namespace = '', uid } = object.metadata
    try {
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
      this.#cluster.unplace(key)
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
    const message = failureMessage(failure, found && !('victims' in found) ? found : undefined)
    this.#queue.rest(key, failure.plugins)
    try {
      this.#events.event(object, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: message })
      await this.#tell(object, message, eviction?.node)
      if (eviction) await this.#evict(object, eviction)
    } catch (error) {
      if (this.#stopped || isNotFound(error) || isConflict(error)) return
      this.#o.log.warn('Cannot tell that a pod fits nowhere', { pod: key, error: error as Error })
    }
  }

  #preempt(object: PodObject, failure: Failure): ReturnType<typeof planPreemption> {
    const seen = this.#cluster.seenBy(object)
    const found = planPreemption(object, failure, this.#cluster, {
      filters: this.#filters,
      node: name => this.#cluster.node(name),
      seen,
    })
    if ('victims' in found) this.#cluster.nominate(object, found.node)
    return found
  }

  /** Writes the condition PodScheduled=False, and the node that room is being made on. */
  async #tell(object: PodObject, message: string, nominated: string | undefined): Promise<void> {
    const before = object.status?.conditions?.find(c => c.type === 'PodScheduled')
    const same = before?.status === 'False' && before.reason === 'Unschedulable' && before.message === message
    if (same && (nominated === undefined || nominated === object.status?.nominatedNodeName)) return
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
    const status = { conditions: [condition], ...(nominated ? { nominatedNodeName: nominated } : {}) }
    await this.#o.client.patch(pod, namespace, name, 'strategic', { status }, { subresource: 'status' })
  }

  async #evict(object: PodObject, eviction: Eviction): Promise<void> {
    const key = objectKey(object)
    for (const victim of eviction.victims) {
      const { name = '', namespace = '', uid } = victim.pod.metadata
      if (victim.pod.metadata.deletionTimestamp) continue
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: `${SCHEDULER_NAME}: preempting to accommodate a higher priority pod`,
        ...(victim.pod.metadata.generation ? { observedGeneration: victim.pod.metadata.generation } : {}),
        lastTransitionTime: formatTime(this.#o.clock.now()),
      }
      try {
        await this.#o.client.patch(
          pod,
          namespace,
          name,
          'strategic',
          { status: { conditions: [condition] } },
          { subresource: 'status' },
        )
        await this.#o.client.delete(pod, namespace, name, uid ? { preconditions: { uid } } : {})
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error
      }
      this.#events.event(victim.pod, {
        type: 'Normal',
        reason: 'Preempted',
        action: 'Preempting',
        note: `Preempted by pod ${object.metadata.uid} on node ${eviction.node}`,
        related: object,
      })
      this.#o.log.info('Pod preempted', { pod: victim.key, for: key, node: eviction.node })
    }
  }
}

/** True where what a pod asks for, or how others see it, is different now. */
function needsChanged(before: PodObject, after: PodObject): boolean {
  return specChanged(before, after) || before.metadata.labels !== after.metadata.labels
}

function specChanged(before: PodObject, after: PodObject): boolean {
  return (
    before.spec !== after.spec &&
    JSON.stringify([before.spec, before.metadata.labels]) !== JSON.stringify([after.spec, after.metadata.labels])
  )
}
