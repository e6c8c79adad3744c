import { failure } from '../base/errors.ts'
import type { Part } from '../base/part.ts'
import type { Service } from '../kinds/generated/types.ts'
import type { KubeObject } from '../kinds/object.ts'
import { AdmissionChain } from './admission/chain.ts'
import { admissionPlugins } from './admission/index.ts'
import { ServiceAllocator } from './allocators/services.ts'
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
import { applyChange } from './applying.ts'
import { Cache } from './cache.ts'
import { Deletes } from './deletes.ts'
import type { RegistryDeps } from './deps.ts'
import { Hooks, type StorageHook } from './hooks.ts'
import { patchChange } from './patching.ts'
import { Reads } from './reads.ts'
import { bindPod } from './subresources/binding.ts'
import { evictPod } from './subresources/eviction.ts'
import { namespaceHook } from './subresources/namespaces.ts'
import { applyToScale, patchScale, scaleOf, updateScale } from './subresources/scale.ts'
import { requestToken } from './subresources/token.ts'
import { FieldTracker } from './tracker.ts'
import { Watchers } from './watchers.ts'
import { cacheWorld, type World } from './world.ts'
import { rulesOf } from './write-rules.ts'
import { Writes } from './writes.ts'

export type { IssuedToken, RegistryConfig, RegistryDeps, TokenOrder } from './deps.ts'

/** The registry on a store that has been started. Call `start` before the first request, `stop` before closing the store. */
export function createRegistry(deps: RegistryDeps): Registry & Part {
  return new StoreRegistry(deps)
}

/**
 * The object of any kind. Here all kinds are served alike; to callers {@link Registry} promises objects of the kind that
 * they ask for, which holds because nothing gets into the store but through that kind's schema and rules.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- see above: the one place where that promise is made
type Served = any

class StoreRegistry implements Registry, Part {
  readonly kinds: KindTable
  readonly world: World
  readonly #deps: RegistryDeps
  readonly #cache: Cache
  readonly #services: ServiceAllocator
  readonly #watchers: Watchers
  readonly #tracker: FieldTracker
  readonly #reads: Reads
  readonly #writes: Writes
  readonly #deletes: Deletes

  constructor(deps: RegistryDeps) {
    const { store, clock, log, kinds, config } = deps
    this.kinds = kinds
    this.#deps = deps
    this.#cache = new Cache(store, log)
    this.world = cacheWorld(this.#cache, () => clock.now())
    this.#watchers = new Watchers({ cache: this.#cache, store, clock, log })
    this.#reads = new Reads({ cache: this.#cache, store, watchers: this.#watchers })
    this.#tracker = new FieldTracker(kinds)
    this.#services = new ServiceAllocator(config)
    const writeDeps = {
      cache: this.#cache,
      store,
      clock,
      admission: new AdmissionChain([...admissionPlugins(), ...(deps.admission ?? [])], this.world),
      hooks: new Hooks(
        new Map<string, StorageHook>([
          ['core/namespaces', namespaceHook],
          ['core/services', this.#services],
        ]),
      ),
      tracker: this.#tracker,
    }
    this.#writes = new Writes(writeDeps)
    this.#deletes = new Deletes(writeDeps, this.#writes, this.#reads)
  }

  async start(): Promise<void> {
    await this.#cache.start()
    this.#services.load(this.world.list<KubeObject & Service>('core/services', ''))
  }

  async stop(): Promise<void> {
    this.#watchers.stop()
    this.#cache.stop()
  }

  async get(_context: RequestContext, target: ObjectTarget<Served>, options?: GetOptions): Promise<Stored<Served>> {
    const stored = this.#reads.get(target, options)
    if (!target.subresource) return stored
    if (target.subresource === 'scale') return scaleOf(target.kind, stored)
    rulesOf(target.kind, target.subresource)
    return stored
  }

  async list(_context: RequestContext, target: Target<Served>, options: ListOptions): Promise<ListResult<Served>> {
    return this.#reads.list(target, options)
  }

  async watch(_context: RequestContext, target: Target<Served>, options: WatchOptions<Served>): Promise<Disposable> {
    return this.#reads.watch(target, options)
  }

  async create(
    context: RequestContext,
    target: Target & { readonly name?: string; readonly subresource?: string },
    body: Body,
    options: WriteOptions,
  ): Promise<WriteResult> {
    if (!target.subresource) return this.#writes.create(context, target, body, options)
    const request = { context, target: { ...target, name: target.name ?? '' }, options }
    const shared = { ...this.#deps, writes: this.#writes, deletes: this.#deletes, world: this.world }
    switch (`${target.kind.storage}/${target.subresource}`) {
      case 'core/pods/binding':
        return bindPod(shared, request, body)
      case 'core/pods/eviction':
        return evictPod(shared, request, body)
      case 'core/serviceaccounts/token':
        return requestToken(shared, request, body)
      default:
        throw methodNotAllowed()
    }
  }

  async update(context: RequestContext, target: ObjectTarget, body: Body, options: WriteOptions): Promise<WriteResult> {
    if (target.subresource === 'scale') return updateScale(this.#writes, { context, target, options }, body)
    return this.#writes.update(context, target, body, options)
  }

  async patch(
    context: RequestContext,
    target: ObjectTarget,
    type: PatchType,
    body: Body,
    options: PatchOptions,
  ): Promise<WriteResult> {
    if (target.subresource === 'scale')
      return type === 'apply'
        ? applyToScale(this.#writes, { context, target, options }, body, this.#deps.clock.now())
        : patchScale(this.#writes, { context, target, options }, type, body)
    const request = { context, target, type, body, options }
    const change =
      type === 'apply' ? applyChange(request, this.#deps.clock.now(), this.#tracker.convert) : patchChange(request)
    return this.#writes.change({ context, target, options }, change)
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

function methodNotAllowed(): Error {
  return failure({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  })
}
