import type { AnyKind, Kind } from '../kinds/kind.ts'
import { anyKind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { DeleteOptions, Registry, RequestContext, Stored, UserInfo, WatchEvent } from '../registry/api.ts'
import { StatusError } from '../base/errors.ts'
import type { Client, ClientEvent, ClientWatch, DeleteQuery, ListQuery, PatchKind, WriteQuery } from './client.ts'

export interface LocalClientOptions {
  readonly registry: Registry
  readonly user: UserInfo
  /** `kube-controller-manager/v1.36`: what stands before the slash becomes the field manager. */
  readonly userAgent: string
}

/**
 * The client of parts that live in the server's own process: calls go straight into the registry and what comes
 * back are the stored objects themselves. It is trusted: authorization happens in the HTTP face, not here.
 */
export class LocalClient implements Client {
  readonly #registry: Registry
  readonly #user: UserInfo
  readonly #userAgent: string

  constructor(options: LocalClientOptions) {
    this.#registry = options.registry
    this.#user = options.user
    this.#userAgent = options.userAgent.split('/', 1)[0] ?? ''
  }

  async get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): Promise<Frozen<T>> {
    return (await this.#registry.get(this.#context(), { kind, namespace, name })).object
  }

  async list<T extends KubeObject>(
    kind: Kind<T>,
    query: ListQuery = {},
  ): Promise<{ items: Frozen<T>[]; resourceVersion: string }> {
    const { namespace = '', ...selectors } = query
    const result = await this.#registry.list(this.#context(), { kind, namespace }, selectors)
    return { items: result.items.map(s => s.object), resourceVersion: result.resourceVersion }
  }

  watch<T extends KubeObject>(kind: Kind<T>, options: ClientWatch<T>): Promise<Disposable> {
    const { namespace = '', resourceVersion, onEvent, onEnd, ...selectors } = options
    const from =
      resourceVersion === undefined
        ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
        : { resourceVersion }
    return this.#registry.watch(
      this.#context(),
      { kind, namespace },
      {
        ...selectors,
        ...from,
        allowWatchBookmarks: true,
        onEvent: events => {
          for (const event of events) onEvent(clientEvent<T>(event))
        },
        onEnd: status => onEnd(status && new StatusError(status)),
      },
    )
  }

  async create<T extends KubeObject>(kind: Kind<T>, object: T | Frozen<T>, query: WriteQuery = {}): Promise<Frozen<T>> {
    const { subresource, ...options } = query
    const { namespace = '', name } = object.metadata
    const target = { kind: anyKind(kind), namespace, ...(subresource && name ? { name, subresource } : {}) }
    const result = await this.#registry.create(this.#context(), target, { type: 'object', object }, options)
    return objectOf<T>(result.stored)
  }

  async update<T extends KubeObject>(kind: Kind<T>, object: T | Frozen<T>, query: WriteQuery = {}): Promise<Frozen<T>> {
    const { subresource, ...options } = query
    const { namespace = '', name = '' } = object.metadata
    const target = { kind: anyKind(kind), namespace, name, ...(subresource ? { subresource } : {}) }
    const result = await this.#registry.update(this.#context(), target, { type: 'object', object }, options)
    return objectOf<T>(result.stored)
  }

  async patch<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    name: string,
    type: PatchKind,
    body: unknown,
    query: WriteQuery & { readonly force?: boolean } = {},
  ): Promise<Frozen<T>> {
    const { subresource, ...options } = query
    const target = { kind: anyKind(kind), namespace, name, ...(subresource ? { subresource } : {}) }
    const patch = { type: 'object', object: body as object } as const
    return objectOf<T>((await this.#registry.patch(this.#context(), target, type, patch, options)).stored)
  }

  async delete(kind: AnyKind, namespace: string, name: string, query: DeleteQuery = {}): Promise<void> {
    await this.#registry.delete(
      this.#context(),
      { kind: anyKind(kind), namespace, name },
      query satisfies DeleteOptions,
    )
  }

  async deleteCollection(kind: AnyKind, query: ListQuery, options: DeleteQuery = {}): Promise<void> {
    const { namespace = '', ...selectors } = query
    await this.#registry.deleteCollection(this.#context(), { kind: anyKind(kind), namespace }, selectors, options)
  }

  async createSub<R>(kind: AnyKind, namespace: string, name: string, subresource: string, body: object): Promise<R> {
    const target = { kind: anyKind(kind), namespace, name, subresource }
    const result = await this.#registry.create(this.#context(), target, { type: 'object', object: body }, {})
    return result.stored.object as R
  }

  async kinds(): Promise<readonly Kind[]> {
    return this.#registry.kinds.all()
  }

  #context(): RequestContext {
    return { user: this.#user, userAgent: this.#userAgent, warnings: [] }
  }
}

/** What a write of an object of a kind answers with is of that kind. */
const objectOf = <T extends KubeObject>(stored: Stored): Frozen<T> => stored.object as Frozen<T>

function clientEvent<T extends KubeObject>(event: WatchEvent<T>): ClientEvent<T> {
  return event.type === 'BOOKMARK' ? event : { type: event.type, object: event.stored.object }
}
