import { formatTime } from '../base/clock.ts'
import { isNotFound } from '../base/errors.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, soonest, source } from '../client/controller.ts'
import type { EventRecorder } from '../client/events.ts'
import type { Informer } from '../client/informer.ts'
import { lease as leaseKind } from '../kinds/coordination/lease.ts'
import { node as nodeKind } from '../kinds/core/node.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import type { Frozen } from '../kinds/object.ts'
import {
  HealthObserver,
  planHealth,
  planNoExecute,
  planNoSchedule,
  readyStatus,
  zoneOf,
} from './node-lifecycle/plan.ts'
import { allZonesDown, isPartlyDown, zoneStates } from './node-lifecycle/zones.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { sameObject } from './shared/equal.ts'
import type { FrozenPod } from './shared/pods.ts'
import { podCondition } from './shared/pods.ts'
import type { Node, Pod } from './shared/types.ts'

/** In one zone, one node in this time is tainted so that its pods go. */
const EVICTION_INTERVAL_MS = 10_000
const LEASES = 'kube-node-lease'

class NodeLifecycleReconciler implements Reconciler {
  readonly #ctx: ControllerContext
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>
  readonly #recorder: EventRecorder
  readonly #health: HealthObserver
  /** Nodes that have been told of, by name, with their uid. */
  readonly #known = new Map<string, string>()
  /** When a node of a zone was last tainted for eviction. */
  readonly #evicted = new Map<string, number>()

  constructor(ctx: ControllerContext, health: HealthObserver) {
    this.#ctx = ctx
    this.#nodes = ctx.informers.of(nodeKind)
    this.#pods = ctx.informers.of(podKind)
    this.#recorder = ctx.recorder('node-controller')
    this.#health = health
  }

  async reconcile(name: string): Promise<Outcome> {
    const node = this.#nodes.lister.get(name)
    this.#tellMembership(name, node)
    if (!node) return DONE
    const now = this.#ctx.clock.now()
    const health = planHealth(node, this.#health.seen(node, now), this.#ctx.config.nodeMonitorGracePeriodMs, now)
    const told = health.status ? await this.#writeStatus(node, health.status) : node
    await this.#markPods(told)
    const wait = await this.#taint(told)
    return soonest(health.checkInMs, wait)
  }

  #tellMembership(name: string, node: Frozen<Node> | undefined): void {
    const uid = this.#known.get(name)
    const now = node?.metadata.uid
    if (uid === now) return
    const ref = { kind: 'Node', name, uid: now ?? uid ?? name, apiVersion: 'v1' }
    if (uid !== undefined) this.#tell({ ...ref, uid }, 'RemovingNode', `Removing Node ${name} from Controller`)
    if (now === undefined) this.#known.delete(name)
    else {
      this.#known.set(name, now)
      this.#tell(ref, 'RegisteredNode', `Registered Node ${name} in Controller`)
    }
  }

  #tell(ref: { kind: string; name: string; uid: string; apiVersion: string }, reason: string, text: string): void {
    this.#recorder.event({ ref }, 'Normal', reason, `Node ${ref.name} event: ${text}`)
  }

  async #writeStatus(node: Frozen<Node>, status: Node['status']): Promise<Frozen<Node>> {
    const before = readyStatus(node)
    const written = await this.#ctx.client.update(nodeKind, { ...node, status } as Frozen<Node>, {
      subresource: 'status',
    })
    if (before === 'True')
      this.#recorder.event(node, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`)
    return written
  }

  /** Nobody but the node could say that its pods are ready, and it does not say anything. */
  async #markPods(node: Frozen<Node>): Promise<void> {
    const ready = readyStatus(node)
    if (ready === 'True' || ready === undefined) return
    for (const pod of [...this.#pods.lister.byIndex('node', node.metadata.name ?? '')])
      if (podCondition(pod, 'Ready')?.status === 'True') await this.#markPod(pod)
  }

  async #markPod(pod: FrozenPod): Promise<void> {
    const { namespace = '', name = '', uid } = pod.metadata
    const time = formatTime(this.#ctx.clock.now())
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: time }]
    this.#recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready')
    await this.#ctx.client
      .patch(
        podKind,
        namespace,
        name,
        'strategic',
        { metadata: { uid }, status: { conditions } },
        { subresource: 'status' },
      )
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
  }

  /** Returns the milliseconds until a taint that must wait may be set. */
  async #taint(node: Frozen<Node>): Promise<number | undefined> {
    const now = this.#ctx.clock.now()
    const known = node.spec?.taints ?? []
    const scheduling = planNoSchedule(node, known, formatTime(now))
    const verdict = this.#verdict(node, now)
    const executing = planNoExecute(node, scheduling, verdict === 'none' ? undefined : formatTime(now))
    const evicts = executing.length > scheduling.length
    const wanted = evicts && verdict !== 'now' ? scheduling : executing
    if (!sameObject(wanted, known)) {
      const { name = '', resourceVersion } = node.metadata
      const taints = wanted.length ? wanted : null
      await this.#ctx.client.patch(nodeKind, '', name, 'merge', { metadata: { resourceVersion }, spec: { taints } })
      if (evicts && verdict === 'now') this.#evicted.set(zoneOf(node), now)
    }
    return evicts && typeof verdict === 'number' ? verdict : undefined
  }

  /**
   * Whether a node that is not ready may be tainted for eviction: now, after so many milliseconds, not while its
   * zone has trouble, or none at all because every node is down.
   */
  #verdict(node: Frozen<Node>, now: number): 'now' | 'later' | 'none' | number {
    if (readyStatus(node) === 'True') return 'now'
    const states = zoneStates([...this.#nodes.lister.all()])
    if (allZonesDown(states)) return 'none'
    if (isPartlyDown(states, zoneOf(node), this.#nodes.lister.size)) return 'later'
    const last = this.#evicted.get(zoneOf(node)) ?? Number.NEGATIVE_INFINITY
    return now - last >= EVICTION_INTERVAL_MS ? 'now' : last + EVICTION_INTERVAL_MS - now
  }
}

/** Watches over the nodes: who is silent is not ready, and what the conditions say becomes taints. */
export function nodeLifecycleController(ctx: ControllerContext): Part {
  const nodes = ctx.informers.of(nodeKind)
  const pods = ctx.informers.of(podKind)
  const leases = ctx.informers.of(leaseKind)
  pods.addIndex('node', p => (p.spec?.nodeName ? [p.spec.nodeName] : []))
  const health = new HealthObserver()
  const names = (): string[] => [...nodes.lister.all()].map(n => n.metadata.name ?? '')
  return controller(ctx, {
    name: 'node-lifecycle',
    reconciler: new NodeLifecycleReconciler(ctx, health),
    sources: [
      source(nodes, ({ type, object, previous }) => {
        const name = object.metadata.name ?? ''
        if (type === 'deleted') health.forget(name)
        else health.observeNode(object, ctx.clock.now())
        // Whether a node may be tainted depends on how many others are ready.
        const sameReady = type === 'updated' && readyStatus(object) === readyStatus(previous)
        return sameReady ? [name] : names().concat(type === 'deleted' ? [name] : [])
      }),
      // A renewed lease is only noted: the node's own timer looks at it.
      source(leases, ({ type, object }) => {
        const { name = '', namespace } = object.metadata
        if (namespace !== LEASES) return []
        if (type !== 'deleted') health.observeLease(name, object.spec?.renewTime, ctx.clock.now())
        // An agent may renew for a moment after its node was deleted.
        else if (!nodes.lister.get(name)) health.forget(name)
        return []
      }),
      // A pod that comes to a silent node is not ready either.
      source(pods, ({ type, object }) => {
        const node = type === 'added' ? nodes.lister.get(object.spec?.nodeName ?? '') : undefined
        return node && readyStatus(node) !== 'True' ? [node.metadata.name ?? ''] : []
      }),
    ],
    workers: 1,
  })
}
