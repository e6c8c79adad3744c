import type { Clock } from '../base/clock.ts'
import { StatusError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import type { Client, ClientEvent, ListQuery } from './client.ts'
import type { IndexValues, Lister } from './lister.ts'
import { ObjectStore } from './lister.ts'

/** What happened to one object. `previous` is what the lister held before. */
export type Change<T extends KubeObject> =
  | { readonly type: 'added'; readonly object: Frozen<T>; readonly previous?: undefined }
  | { readonly type: 'updated'; readonly object: Frozen<T>; readonly previous: Frozen<T> }
  | { readonly type: 'deleted'; readonly object: Frozen<T>; readonly previous?: undefined }

export interface InformerOptions<T extends KubeObject> extends ListQuery {
  readonly client: Client
  readonly kind: Kind<T>
  readonly clock: Clock
  readonly log: Logger
}

const FIRST_RETRY_MS = 800
const LAST_RETRY_MS = 30_000
/** A watch that lived this long ended in the ordinary way: the next one may start at once. */
const LONG_LIFE_MS = 5_000

/**
 * Holds all objects of a kind (or those that a query selects) as the server has them, and tells of changes.
 *
 * Events are applied in the very call that brings them: with the local client a lister shows a write before
 * the write's promise resolves (design.md rule 2). Handlers run after the lister holds the change; after a
 * (re)start they are told of the differences once the lister is complete. A watch that ends is taken up from
 * the last revision seen; where that is gone (410) everything is read again.
 */
export class Informer<T extends KubeObject> implements Part {
  readonly kind: Kind<T>
  readonly #options: InformerOptions<T>
  readonly #store = new ObjectStore<T>()
  readonly #handlers = new Set<(change: Change<T>) => void>()
  readonly #onSynced: (() => void)[] = []
  #initial: Map<string, Frozen<T>> | undefined
  #revision: string | undefined
  #watch: Disposable | undefined
  #retry: Disposable | undefined
  #failures = 0
  #openedAt = 0
  /** Counts connections, so that a late word from an old one is not heard. */
  #connection = 0
  #synced = false
  #state: 'new' | 'running' | 'stopped' = 'new'

  constructor(options: InformerOptions<T>) {
    this.kind = options.kind
    this.#options = options
  }

  get lister(): Lister<T> {
    return this.#store
  }

  /** True once the lister has held everything. */
  get synced(): boolean {
    return this.#synced
  }

  /** See {@link ObjectStore.addIndex}. */
  addIndex(name: string, values: IndexValues<T>): void {
    this.#store.addIndex(name, values)
  }

  /** Calls `handler` with every change from now on, and first with all objects that are there. */
  onChange(handler: (change: Change<T>) => void): Disposable {
    this.#handlers.add(handler)
    for (const object of [...this.#store.all()]) this.#call(handler, { type: 'added', object })
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) }
  }

  /** Begins; resolves when the lister is complete, or when stopped. */
  start(): Promise<void> {
    if (this.#state === 'new') {
      this.#state = 'running'
      this.#connect()
    }
    return this.whenSynced()
  }

  /** Resolves when the lister is complete, or when stopped. */
  whenSynced(): Promise<void> {
    if (this.#synced || this.#state === 'stopped') return Promise.resolve()
    return new Promise(resolve => this.#onSynced.push(resolve))
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#disconnect()
    this.#retry?.[Symbol.dispose]()
    for (const resolve of this.#onSynced.splice(0)) resolve()
  }

  #disconnect(): void {
    this.#connection++
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }

  #connect(): void {
    const { client, kind, namespace, labelSelector, fieldSelector, clock } = this.#options
    const connection = ++this.#connection
    const current = (): boolean => connection === this.#connection
    this.#initial = this.#revision === undefined ? new Map() : undefined
    this.#openedAt = clock.now()
    client
      .watch(kind, {
        ...(namespace ? { namespace } : {}),
        ...(labelSelector ? { labelSelector } : {}),
        ...(fieldSelector ? { fieldSelector } : {}),
        ...(this.#revision === undefined ? {} : { resourceVersion: this.#revision }),
        onEvent: event => {
          if (current()) this.#take(event)
        },
        onEnd: error => {
          if (current()) this.#ended(error)
        },
      })
      .then(
        watch => {
          if (current()) this.#watch = watch
          else watch[Symbol.dispose]()
        },
        (error: unknown) => {
          if (current()) this.#ended(error as Error)
        },
      )
  }

  #ended(error: Error | undefined): void {
    this.#disconnect()
    if (error instanceof StatusError && error.code === 410) this.#revision = undefined
    else if (error instanceof StatusError && (error.code === 401 || error.code === 403))
      this.#options.log.warn('Cannot watch', { kind: this.kind.kind, error })
    else if (error) this.#options.log.debug('Watch ended', { kind: this.kind.kind, error })
    const now = this.#options.clock.now()
    if (!error && now - this.#openedAt >= LONG_LIFE_MS) this.#failures = 0
    const jitter = 1 + Math.random()
    const delay =
      this.#failures === 0 ? 0 : Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1) * jitter, LAST_RETRY_MS)
    this.#failures = Math.min(this.#failures + 1, 10)
    this.#retry = this.#options.clock.setTimer(delay, () => this.#connect())
  }

  #take(event: ClientEvent<T>): void {
    if (event.type === 'BOOKMARK') {
      // A revision in the middle of the initial events is no place to go on from: the rest would be missing.
      if (this.#initial && !event.initialEventsEnd) return
      this.#revision = event.resourceVersion
      if (this.#initial) this.#replace(this.#initial)
      this.#failures = 0
      return
    }
    const { object } = event
    if (this.#initial) {
      if (event.type === 'DELETED') this.#initial.delete(objectKey(object))
      else this.#initial.set(objectKey(object), object)
      return
    }
    this.#failures = 0
    this.#revision = object.metadata.resourceVersion ?? this.#revision
    if (event.type === 'DELETED') this.#drop(objectKey(object), object)
    else this.#put(object)
  }

  /** Makes the lister equal to a fresh list; handlers hear of the differences afterwards. */
  #replace(fresh: Map<string, Frozen<T>>): void {
    this.#initial = undefined
    const changes: Change<T>[] = []
    for (const key of [...this.#store.keys()]) {
      const gone = fresh.has(key) ? undefined : this.#store.remove(key)
      if (gone) changes.push({ type: 'deleted', object: gone })
    }
    for (const object of fresh.values()) {
      const previous = this.#store.put(object)
      if (!previous) changes.push({ type: 'added', object })
      else if (previous.metadata.resourceVersion !== object.metadata.resourceVersion)
        changes.push({ type: 'updated', object, previous })
    }
    this.#synced = true
    for (const change of changes) this.#tell(change)
    for (const resolve of this.#onSynced.splice(0)) resolve()
  }

  #put(object: Frozen<T>): void {
    const previous = this.#store.put(object)
    this.#tell(previous ? { type: 'updated', object, previous } : { type: 'added', object })
  }

  #drop(key: string, last: Frozen<T>): void {
    this.#store.remove(key)
    this.#tell({ type: 'deleted', object: last })
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) this.#call(handler, change)
  }

  /** A handler that throws is a bug in that handler: the others must still hear, and so must the watch go on. */
  #call(handler: (change: Change<T>) => void, change: Change<T>): void {
    try {
      handler(change)
    } catch (error) {
      this.#options.log.error('Informer handler failed', { kind: this.kind.kind, error })
    }
  }
}
