import { formatTime } from '../base/clock.ts'
import { isNotFound } from '../base/errors.ts'
import { errorText } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler, Source } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import type { Informer } from '../client/informer.ts'
import { namespace as namespaceKind } from '../kinds/core/namespace.ts'
import type { NamespaceCondition } from '../kinds/generated/types.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { sameObject } from './shared/equal.ts'
import type { Namespace } from './shared/types.ts'

/** What is left of one kind in a namespace that ends. */
export interface Remains {
  readonly kind: Pick<Kind, 'plural' | 'group'>
  readonly count: number
  /** Finalizer → objects that carry it. */
  readonly finalizers: ReadonlyMap<string, number>
}

/** What keeps a namespace from ending. */
export interface NamespaceContent {
  readonly remains: readonly Remains[]
  readonly failures: readonly string[]
}

const NONE: NamespaceContent = { remains: [], failures: [] }

/** The five conditions of a namespace that ends; those that did not change keep their times. */
export function planConditions(
  known: readonly Frozen<NamespaceCondition>[],
  content: NamespaceContent,
  now: number,
): { conditions: NamespaceCondition[]; changed: boolean } {
  const conditions: NamespaceCondition[] = known.map(c => ({ ...c }))
  let changed = false
  for (const fresh of wantedConditions(content)) {
    const old = conditions.find(c => c.type === fresh.type)
    if (old && old.status === fresh.status && old.reason === fresh.reason && old.message === fresh.message) continue
    changed = true
    if (!old) conditions.push({ ...fresh, lastTransitionTime: formatTime(now) })
    else {
      if (old.status !== fresh.status) old.lastTransitionTime = formatTime(now)
      Object.assign(old, fresh)
    }
  }
  return { conditions, changed }
}

function wantedConditions({ remains, failures }: NamespaceContent): NamespaceCondition[] {
  const left = remains
    .filter(r => r.count > 0)
    .map(r => `${r.kind.plural}.${r.kind.group} has ${r.count} resource instances`)
  const held = new Map<string, number>()
  for (const r of remains) for (const [f, n] of r.finalizers) held.set(f, (held.get(f) ?? 0) + n)
  const holders = [...held].map(([f, n]) => `${f} in ${n} resource instances`)
  return [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      false,
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    failures.length
      ? condition(
          'NamespaceDeletionContentFailure',
          true,
          'ContentDeletionFailed',
          `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`,
        )
      : condition(
          'NamespaceDeletionContentFailure',
          false,
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ),
    left.length
      ? condition(
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${left.sort().join(', ')}`,
        )
      : condition('NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'),
    holders.length
      ? condition(
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${holders.sort().join(', ')}`,
        )
      : condition(
          'NamespaceFinalizersRemaining',
          false,
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ]
}

const condition = (type: string, holds: boolean, reason: string, message: string): NamespaceCondition => ({
  type,
  status: holds ? 'True' : 'False',
  reason,
  message,
})

class NamespaceReconciler implements Reconciler {
  readonly #ctx: ControllerContext
  readonly #namespaces: Informer<Namespace>

  constructor(ctx: ControllerContext) {
    this.#ctx = ctx
    this.#namespaces = ctx.informers.of(namespaceKind)
  }

  async reconcile(key: string): Promise<Outcome> {
    const ns = this.#namespaces.lister.get(key)
    if (!ns?.metadata.deletionTimestamp) return DONE
    if (!ns.spec?.finalizers?.length) return this.#remove(ns)
    if (!ns.spec.finalizers.includes('kubernetes')) return DONE
    const kinds = await this.#contentKinds()
    const pods = kinds.filter(k => k.storage === 'core/pods')
    const podsLeft = await this.#empty(key, pods)
    if (podsLeft.remains.length || podsLeft.failures.length) {
      // Until the pods are gone nothing else is touched, and as in Kubernetes they are not told of as remains.
      await this.#tell(ns, { ...NONE, failures: podsLeft.failures })
      return this.#wait(podsLeft)
    }
    const left = await this.#empty(
      key,
      kinds.filter(k => k.storage !== 'core/pods'),
    )
    const told = await this.#tell(ns, left)
    if (left.remains.length || left.failures.length) return this.#wait(left)
    await this.#finalize(told)
    return DONE
  }

  /** What is left goes by its own events; a failure is tried again with back-off. */
  #wait(content: NamespaceContent): Outcome {
    if (content.failures.length) throw new Error(content.failures.join(', '))
    return DONE
  }

  /** Namespaced kinds, each once whatever its versions. */
  async #contentKinds(): Promise<Kind[]> {
    const seen = new Set<string>()
    return (await this.#ctx.client.kinds()).filter(k => {
      if (!k.namespaced || !k.verbs.includes('delete') || !k.verbs.includes('list') || seen.has(k.storage)) return false
      seen.add(k.storage)
      return true
    })
  }

  async #empty(namespace: string, kinds: readonly Kind[]): Promise<NamespaceContent> {
    const results = await Promise.all(kinds.map(k => this.#emptyKind(namespace, k)))
    return {
      remains: results.map(r => r.remains).filter(r => r !== undefined),
      failures: results.map(r => r.failure).filter(f => f !== undefined),
    }
  }

  async #emptyKind(namespace: string, kind: Kind): Promise<{ remains?: Remains; failure?: string }> {
    const { client } = this.#ctx
    try {
      // What is being deleted already need not be asked again: it goes when its finalizers and its time are done.
      const here = (await client.list(kind, { namespace })).items
      if (here.every(o => o.metadata.deletionTimestamp)) return here.length ? { remains: remainsOf(kind, here) } : {}
      if (kind.verbs.includes('deletecollection'))
        await client.deleteCollection(kind, { namespace }, { propagationPolicy: 'Background' })
      else await this.#deleteEach(namespace, kind)
      const { items } = await client.list(kind, { namespace })
      if (items.length === 0) return {}
      return { remains: remainsOf(kind, items) }
    } catch (error) {
      return { failure: errorText(error) }
    }
  }

  async #deleteEach(namespace: string, kind: Kind): Promise<void> {
    const { client } = this.#ctx
    for (const item of (await client.list(kind, { namespace })).items)
      await client
        .delete(kind, namespace, item.metadata.name ?? '', { propagationPolicy: 'Background' })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
  }

  async #tell(ns: Frozen<Namespace>, content: NamespaceContent): Promise<Frozen<Namespace>> {
    const { conditions, changed } = planConditions(ns.status?.conditions ?? [], content, this.#ctx.clock.now())
    if (!changed) return ns
    const status = { ...ns.status, conditions }
    return this.#ctx.client.update(namespaceKind, { ...ns, status }, { subresource: 'status' })
  }

  /** Everybody is through with it. */
  async #remove(ns: Frozen<Namespace>): Promise<Outcome> {
    const { name = '', uid = '', finalizers } = ns.metadata
    if (finalizers?.length) return DONE
    await this.#ctx.client.delete(namespaceKind, '', name, { preconditions: { uid } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
    return DONE
  }

  async #finalize(ns: Frozen<Namespace>): Promise<void> {
    const finalizers = ns.spec?.finalizers?.filter(f => f !== 'kubernetes')
    try {
      await this.#ctx.client.update(namespaceKind, { ...ns, spec: { ...ns.spec, finalizers } } as Namespace, {
        subresource: 'finalize',
      })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

function remainsOf(kind: Kind, items: readonly Frozen<KubeObject>[]): Remains {
  const finalizers = new Map<string, number>()
  for (const item of items)
    for (const f of item.metadata.finalizers ?? []) finalizers.set(f, (finalizers.get(f) ?? 0) + 1)
  return { kind, count: items.length, finalizers }
}

/** Empties namespaces that end, and lets them go. */
export function namespaceController(ctx: ControllerContext): Part {
  const namespaces = ctx.informers.of(namespaceKind)
  /** Content that leaves, or whose finalizers change, may let its namespace go on. */
  const content: Source = {
    informer: ctx.allKinds,
    attach: add =>
      ctx.allKinds.onChange(({ kind, change }) => {
        const { namespace, finalizers } = change.object.metadata
        if (!kind.namespaced || !namespace || !namespaces.lister.get(namespace)?.metadata.deletionTimestamp) return
        if (change.type === 'deleted' || !sameObject(change.previous?.metadata.finalizers, finalizers)) add(namespace)
      }),
  }
  return controller(ctx, {
    name: 'namespace',
    reconciler: new NamespaceReconciler(ctx),
    sources: [
      source(namespaces, c => (c.object.metadata.deletionTimestamp ? [c.object.metadata.name ?? ''] : [])),
      content,
    ],
    workers: 10,
  })
}
