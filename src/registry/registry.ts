import { notFound } from '../base/errors.ts'
import type { Part } from '../base/part.ts'
import { AdmissionChain } from './admission/chain.ts'
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts'
import type {
  Body,
  DeleteOptions,
  DeleteResult,
  GetOptions,
  KindTable,
  ListOptions,
  ListResult,
  ObjectTarget,
  PatchOptions,
  PatchType,
  Registry,
  RequestContext,
  Stored,
  Target,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from './api.ts'
import { Cache } from './cache.ts'
import { Deletes } from './deletes.ts'
import type { RegistryDeps } from './deps.ts'
import { Hooks } from './hooks.ts'
import { patchChange } from './patching.ts'
import { Reads } from './reads.ts'
import { Watchers } from './watchers.ts'
import { cacheWorld } from './world.ts'
import { rulesOf, Writes } from './writes.ts'

export type { RegistryConfig, RegistryDeps, IssuedToken, TokenOrder } from './deps.ts'

/** The registry on a store that has been started. Call `start` before the first request. */
export function createRegistry(deps: RegistryDeps): Registry & Part & { readonly cache: Cache } {
  return new StoreRegistry(deps)
}

class StoreRegistry implements Registry, Part {
  readonly kinds: KindTable
  readonly cache: Cache
  readonly #watchers: Watchers
  readonly #reads: Reads
  readonly #writes: Writes
  readonly #deletes: Deletes

  constructor(deps: RegistryDeps) {
    const { store, clock, log } = deps
    this.kinds = deps.kinds
    this.cache = new Cache(store, log)
    this.#watchers = new Watchers({ cache: this.cache, store, clock })
    this.#reads = new Reads({ cache: this.cache, store, watchers: this.#watchers })
    const world = cacheWorld(this.cache, () => clock.now())
    const admission = new AdmissionChain([namespaceLifecycle], world)
    const hooks = new Hooks(new Map())
    const writeDeps = { cache: this.cache, store, clock, admission, hooks, tracker: { trackUpdate: () => {} } }
    this.#writes = new Writes(writeDeps)
    this.#deletes = new Deletes(writeDeps, this.#writes, this.#reads)
  }

  start(): Promise<void> {
    return this.cache.start()
  }

  async stop(): Promise<void> {
    this.#watchers.stop()
    this.cache.stop()
  }

  async get(_context: RequestContext, target: ObjectTarget, options?: GetOptions): Promise<Stored> {
    const stored = this.#reads.get(target, options)
    if (target.subresource) rulesOf(target.kind, target.subresource)
    return stored
  }

  list(_context: RequestContext, target: Target, options: ListOptions): Promise<ListResult> {
    return this.#reads.list(target, options)
  }

  async watch(_context: RequestContext, target: Target, options: WatchOptions): Promise<Disposable> {
    return this.#reads.watch(target, options)
  }

  async create(
    context: RequestContext,
    target: Target & { readonly name?: string; readonly subresource?: string },
    body: Body,
    options: WriteOptions,
  ): Promise<WriteResult> {
    if (target.subresource)
      throw notFound({ group: target.kind.group, resource: target.kind.plural }, target.name ?? '')
    return this.#writes.create(context, target, body, options)
  }

  async update(context: RequestContext, target: ObjectTarget, body: Body, options: WriteOptions): Promise<WriteResult> {
    return this.#writes.update(context, target, body, options)
  }

  async patch(
    context: RequestContext,
    target: ObjectTarget,
    type: PatchType,
    body: Body,
    options: PatchOptions,
  ): Promise<WriteResult> {
    return this.#writes.change({ context, target, options }, patchChange({ context, target, type, body, options }))
  }

  async delete(context: RequestContext, target: ObjectTarget, options: DeleteOptions): Promise<DeleteResult> {
    return this.#deletes.delete(context, target, options)
  }

  async deleteCollection(
    context: RequestContext,
    target: Target,
    list: ListOptions,
    options: DeleteOptions,
  ): Promise<ListResult> {
    return this.#deletes.deleteCollection(context, target, list, options)
  }
}
