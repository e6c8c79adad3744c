import type { Logger } from '../base/log.ts'
import { type Change, CompactedError, type Store, StoreError } from '../store/store.ts'
import type { Stored } from './api.ts'
import { objectKeyOfStoreKey, storageOfStoreKey } from './stored.ts'

/** One change of one storage, as the cache saw it. */
export type CacheChange = Change<Stored>

/** Told of each batch of changes after the cache shows all of them. */
export type ChangeListener = (storage: string, changes: readonly CacheChange[]) => void

const COMPARE = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The live objects of one storage key: by key, and in order of keys (namespaces are ranges of it). */
export class Objects {
  readonly #byKey = new Map<string, Stored>()
  readonly #ordered: Stored[] = []
  /** The revision of the newest change, or where it is not known, a later one. */
  lastChange: number

  constructor(lastChange: number) {
    this.lastChange = lastChange
  }

  get size(): number {
    return this.#byKey.size
  }

  get(key: string): Stored | undefined {
    return this.#byKey.get(key)
  }

  set(stored: Stored): void {
    const known = this.#byKey.has(stored.key)
    this.#byKey.set(stored.key, stored)
    const last = this.#ordered.at(-1)
    if (!known && (!last || last.key < stored.key)) {
      this.#ordered.push(stored)
      return
    }
    const at = this.#indexOf(stored.key)
    if (known) this.#ordered[at] = stored
    else this.#ordered.splice(at, 0, stored)
  }

  delete(key: string): void {
    if (!this.#byKey.delete(key)) return
    this.#ordered.splice(this.#indexOf(key), 1)
  }

  /** All objects of a namespace ('' for all) in order of keys. Do not change the answer. */
  list(namespace: string): readonly Stored[] {
    if (!namespace) return this.#ordered.slice()
    return this.#ordered.slice(this.#indexOf(`${namespace}/`), this.#indexOf(`${namespace}0`))
  }

  /** The first place whose key is not below `key`. */
  #indexOf(key: string): number {
    let low = 0
    let high = this.#ordered.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (COMPARE((this.#ordered[middle] as Stored).key, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * All live objects in memory, kept up to date by one watch on the store. Reads are synchronous map look-ups.
 * Invariants: it shows revision {@link revision} exactly; listeners hear of every later change once and in order.
 */
export class Cache {
  readonly #store: Store<Stored>
  readonly #log: Logger
  readonly #storages = new Map<string, Objects>()
  readonly #listeners = new Set<ChangeListener>()
  #waiting: { revision: number; resolve: () => void }[] = []
  #revision = 0
  #loadedAt = 0
  #watch: Disposable | undefined
  #stopped = false

  constructor(store: Store<Stored>, log: Logger) {
    this.#store = store
    this.#log = log
  }

  /** The newest revision that reads show. */
  get revision(): number {
    return this.#revision
  }

  /** Loads everything and follows the store from there. */
  async start(): Promise<void> {
    await this.#load()
    this.#follow()
  }

  stop(): void {
    this.#stopped = true
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }

  objects(storage: string): Objects {
    let objects = this.#storages.get(storage)
    if (!objects) this.#storages.set(storage, (objects = new Objects(this.#loadedAt)))
    return objects
  }

  /** Storage keys with at least one object, and how many they have. */
  counts(): [string, number][] {
    return [...this.#storages].map(([storage, objects]) => [storage, objects.size])
  }

  onChanges(listener: ChangeListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Resolves once reads show `revision`. */
  reached(revision: number): Promise<void> | undefined {
    if (this.#revision >= revision) return undefined
    return new Promise(resolve => this.#waiting.push({ revision, resolve }))
  }

  async #load(): Promise<void> {
    const listing = await this.#store.list('')
    this.#loadedAt = listing.revision
    this.#revision = listing.revision
    for (const entry of listing.entries) this.objects(storageOfStoreKey(entry.key)).set(entry.value)
  }

  #follow(): void {
    this.#watch = this.#store.watch('', {
      after: this.#revision,
      onChanges: changes => this.#apply(changes),
      onClosed: reason => this.#reopen(reason),
    })
  }

  /** The store ends a watch that fell behind or failed; from its last revision it goes on without a gap. */
  #reopen(reason: Error): void {
    if (this.#stopped || reason instanceof StoreError) return
    this.#log.warn('Watch of the store ended, following it again', { reason })
    try {
      this.#follow()
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error
      void this.#reload().catch((failed: unknown) => this.#log.error('Cannot read the store again', { error: failed }))
    }
  }

  /** History is gone: what changed meanwhile is found by comparing, and told as changes of now. */
  async #reload(): Promise<void> {
    const listing = await this.#store.list('')
    const { revision } = listing
    const present = new Set<string>()
    const changes: CacheChange[] = []
    for (const { key, value } of listing.entries) {
      present.add(key)
      const previous = this.objects(storageOfStoreKey(key)).get(objectKeyOfStoreKey(key))
      if (previous?.revision === value.revision) continue
      const type = previous ? 'update' : 'create'
      changes.push({ key, revision: value.revision, type, value, ...(previous ? { previous } : {}) })
    }
    for (const [storage, objects] of this.#storages)
      for (const previous of objects.list('')) {
        const key = `${storage}/${previous.key}`
        if (!present.has(key)) changes.push({ key, revision, type: 'delete', value: previous, previous })
      }
    this.#apply(changes.sort((a, b) => a.revision - b.revision))
    this.#revision = revision
    this.#wake()
    this.#follow()
  }

  #apply(changes: readonly CacheChange[]): void {
    const batches = new Map<string, CacheChange[]>()
    for (const change of changes) {
      const storage = storageOfStoreKey(change.key)
      const objects = this.objects(storage)
      if (change.type === 'delete') objects.delete(objectKeyOfStoreKey(change.key))
      else objects.set(change.value)
      objects.lastChange = change.revision
      this.#revision = change.revision
      const batch = batches.get(storage)
      if (batch) batch.push(change)
      else batches.set(storage, [change])
    }
    this.#wake()
    for (const [storage, batch] of batches) for (const listener of this.#listeners) listener(storage, batch)
  }

  #wake(): void {
    if (this.#waiting.length === 0) return
    const due = this.#waiting.filter(w => w.revision <= this.#revision)
    this.#waiting = this.#waiting.filter(w => w.revision > this.#revision)
    for (const { resolve } of due) resolve()
  }
}
