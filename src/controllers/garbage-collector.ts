import { isNotFound } from '../base/errors.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler, Source } from '../client/controller.ts'
import { DONE } from '../client/controller.ts'
import type { EventRecorder } from '../client/events.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { Item } from './garbage-collector/graph.ts'
import { itemKey, OwnerGraph, referenceText } from './garbage-collector/graph.ts'
import type { GarbagePlan } from './garbage-collector/plan.ts'
import { ORPHAN, planGarbage } from './garbage-collector/plan.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import type { OwnerReference } from './shared/types.ts'

class GarbageReconciler implements Reconciler {
  readonly #ctx: ControllerContext
  readonly #graph: OwnerGraph
  readonly #recorder: EventRecorder
  /** Adds keys to the queue, once the controller runs. */
  add: (key: string) => void = () => {}

  constructor(ctx: ControllerContext, graph: OwnerGraph) {
    this.#ctx = ctx
    this.#graph = graph
    this.#recorder = ctx.recorder('garbage-collector-controller')
  }

  async reconcile(key: string): Promise<Outcome> {
    const item = this.#graph.item(key)
    if (!item) return DONE
    const plan = planGarbage(item.object, {
      ownerState: ref => this.#graph.ownerState(ref, item),
      dependents: this.#graph.dependents(item.object.metadata.uid).map(d => d.object),
    })
    this.#tellMisplaced(item)
    try {
      await this.#apply(item, plan)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    return DONE
  }

  async #apply(item: Item, plan: GarbagePlan): Promise<void> {
    switch (plan.action) {
      case 'none':
        return
      case 'removeFinalizer':
        return this.#removeFinalizer(item, plan.finalizer)
      case 'orphanDependents':
        return this.#orphan(item)
      case 'visitDependents':
        return this.#visit(plan.dependents)
      case 'setOwners':
        return this.#patch(item, { ownerReferences: plan.references.length ? plan.references : null })
      case 'delete':
        if (plan.unblock) await this.#unblock(item)
        return this.#delete(item, plan.policy)
    }
  }

  #visit(dependents: readonly Frozen<KubeObject>[]): void {
    const uids = new Set(dependents.map(d => d.metadata.uid))
    for (const owner of dependents.flatMap(d => d.metadata.ownerReferences ?? []))
      for (const d of this.#graph.dependents(owner.uid))
        if (uids.has(d.object.metadata.uid)) this.add(itemKey(d.kind, d.object))
  }

  /** Dependents forget the object; then it may go. */
  async #orphan(item: Item): Promise<void> {
    const { uid } = item.object.metadata
    const dependents = this.#graph.dependents(uid)
    await Promise.all(
      dependents.map(d => {
        const references = d.object.metadata.ownerReferences?.filter(r => r.uid !== uid) ?? []
        return this.#patch(d, { ownerReferences: references.length ? references : null }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
      }),
    )
    await this.#removeFinalizer(item, ORPHAN)
  }

  #removeFinalizer(item: Item, finalizer: string): Promise<void> {
    const finalizers = item.object.metadata.finalizers?.filter(f => f !== finalizer) ?? []
    return this.#patch(item, { finalizers: finalizers.length ? finalizers : null })
  }

  #unblock(item: Item): Promise<void> {
    const references = item.object.metadata.ownerReferences?.map(r => ({ ...r, blockOwnerDeletion: false }))
    return this.#patch(item, { ownerReferences: references })
  }

  async #patch({ kind, object }: Item, metadata: Record<string, unknown>): Promise<void> {
    const { namespace = '', name = '', uid, resourceVersion } = object.metadata
    await this.#ctx.client.patch(kind, namespace, name, 'merge', { metadata: { uid, resourceVersion, ...metadata } })
  }

  /** The object goes only if it is still the one that was judged: its references may just have changed. */
  async #delete(item: Item, policy: 'Background' | 'Foreground' | 'Orphan'): Promise<void> {
    const { kind } = item
    const { namespace = '', name = '', uid } = item.object.metadata
    const now = this.#graph.item(itemKey(kind, item.object))?.object.metadata
    if (!uid || now?.uid !== uid) return
    const preconditions = { uid, ...(now.resourceVersion ? { resourceVersion: now.resourceVersion } : {}) }
    await this.#ctx.client.delete(kind, namespace, name, { propagationPolicy: policy, preconditions })
  }

  /** A reference to an object of another namespace is a mistake worth telling. */
  #tellMisplaced(item: Item): void {
    const namespace = item.object.metadata.namespace ?? ''
    for (const ref of item.object.metadata.ownerReferences ?? [])
      if (!this.#isPlain(ref, item) && this.#graph.misplacedOwner(ref, item)) {
        const message = `ownerRef ${referenceText(ref, namespace)} does not exist in namespace ${JSON.stringify(namespace)}`
        this.#recorder.event(item.object, 'Warning', 'OwnerRefInvalidNamespace', message)
      }
  }

  #isPlain(ref: Frozen<OwnerReference>, item: Item): boolean {
    return this.#graph.owner(ref, item.object)?.object.metadata.uid === ref.uid
  }
}

/** Removes what has lost its owners, and lets owners wait for or forget their dependents. */
export function garbageCollector(ctx: ControllerContext): Part {
  const graph = new OwnerGraph(ctx.allKinds)
  const reconciler = new GarbageReconciler(ctx, graph)
  const objects: Source = {
    informer: ctx.allKinds,
    attach: add => {
      reconciler.add = add
      const changes = ctx.allKinds.onChange(change => {
        for (const key of graph.apply(change)) add(key)
      })
      const kinds = ctx.allKinds.onKinds(() => {
        for (const key of graph.takeUnknown()) add(key)
      })
      return {
        [Symbol.dispose]: () => {
          changes[Symbol.dispose]()
          kinds[Symbol.dispose]()
        },
      }
    },
  }
  return controller(ctx, { name: 'garbage-collector', reconciler, sources: [objects], workers: 20 })
}
