/**
 * A revisioned key-value store with a watch log (design.md sections 2 and 3). It knows nothing of Kubernetes:
 * values are made and read by a codec. All implementations pass test/unit/store/contract.ts.
 *
 * Guarantees:
 * - revisions are integers from one counter, each write gets the next one, none is ever used twice,
 *   not even after an unclean stop;
 * - a write's promise resolves after it is durable; only then do get, list and watch show it;
 * - a watcher sees every later change of its prefix once, in order of revision.
 */
export interface Store<V> {
  /** The newest durable revision. */
  readonly revision: number
  /** Changes up to this revision may be gone: watching or reading from before it throws {@link CompactedError}. */
  readonly compacted: number
  /** Why nothing can be written until the process starts anew; undefined while all is well. */
  readonly fault?: Error | undefined
  /** Opens and checks the store. Rejects with a clear text rather than go on with damaged data. */
  start(): Promise<void>
  /**
   * Writes or removes one key. Rejects with {@link GuardError} when the guard does not hold, {@link StoreError}
   * when the disk refuses (nothing was written then, and the store goes on).
   */
  append(write: Write<V>): Promise<Change<V>>
  /** The value now, or as it was at `revision`. */
  get(key: string, revision?: number): Promise<Entry<V> | undefined>
  /** Entries below `prefix` in byte order of keys. */
  list(prefix: string, options?: ListOptions): Promise<Listing<V>>
  /**
   * Calls `onChanges` with every change of keys below `prefix` after `options.after`, in batches, first from
   * history. Never calls before it returns; from then on live changes arrive before their write's promise resolves.
   * Throws {@link CompactedError} and {@link FutureRevisionError}. The watcher ends by dispose, by `onClosed` (which
   * gets a CompactedError when history vanished while it was replayed), or with the store.
   */
  watch(prefix: string, options: WatchOptions<V>): Disposable
  /** Forgets history up to `revision`, in small steps. */
  compact(revision: number): Promise<void>
  /** Faults found by a full check: none is what one wants. */
  check(): Promise<string[]>
  /** Writes a consistent copy to the file `path` while the store goes on. */
  backup(path: string): Promise<void>
  /** Finishes what was accepted and closes. Watchers end. */
  close(): Promise<void>
}

/**
 * Turns values into bytes and back. Decoding gets the key and revision, so that bytes need not hold them.
 * Bytes are only lent, on both ways: who wants to keep them makes a copy.
 */
export interface Codec<V> {
  encode(value: V): Uint8Array
  decode(bytes: Uint8Array, key: string, revision: number): V
}

export interface Write<V> {
  readonly key: string
  /** What must hold of the key's present value. A number is its modRevision. */
  readonly guard: 'any' | 'absent' | number
  /** Makes the new value from the revision that it gets; undefined removes the key. Must be pure. */
  readonly value: ((revision: number) => V) | undefined
  /**
   * For a removal: the last state to show to watchers, made from the removal's revision.
   * Defaults to the present value as it is.
   */
  readonly lastState?: (revision: number) => V
}

export interface Entry<V> {
  readonly key: string
  readonly value: V
  readonly createRevision: number
  readonly modRevision: number
}

/** One change in the log. The same object goes to all watchers: nobody may change it. */
export interface Change<V> {
  readonly key: string
  readonly revision: number
  readonly type: 'create' | 'update' | 'delete'
  /** The new value, or for a removal the last state. */
  readonly value: V
  /** The value before; missing on create. */
  readonly previous?: V
}

export interface ListOptions {
  /** As it was at this revision; defaults to now. */
  readonly revision?: number
  /** Start after this key. */
  readonly after?: string
  readonly limit?: number
}

export interface Listing<V> {
  readonly entries: readonly Entry<V>[]
  /** The revision that the list shows. */
  readonly revision: number
  /** How many more entries there are beyond `limit`. */
  readonly remaining: number
}

export interface WatchOptions<V> {
  /** The last revision already seen. */
  readonly after: number
  readonly onChanges: (changes: readonly Change<V>[]) => void
  /** Called once when the store ends the watch: it fell too far behind, or the store closes. */
  readonly onClosed?: (reason: Error) => void
}

/** Thrown when history at the wanted revision is gone. */
export class CompactedError extends Error {
  readonly revision: number
  readonly compacted: number
  constructor(revision: number, compacted: number) {
    super(`Revision ${revision} has been compacted: history starts after ${compacted}`)
    this.name = 'CompactedError'
    this.revision = revision
    this.compacted = compacted
  }
}

/** Thrown when a revision is wanted that is not there yet. */
export class FutureRevisionError extends Error {
  constructor(revision: number, current: number) {
    super(`Revision ${revision} is in the future: the newest is ${current}`)
    this.name = 'FutureRevisionError'
  }
}

/** Thrown when a write's guard does not hold. `actual` is the key's modRevision, undefined when absent. */
export class GuardError extends Error {
  readonly key: string
  readonly actual: number | undefined
  constructor(key: string, actual: number | undefined) {
    super(actual === undefined ? `Key ${key} is absent` : `Key ${key} is at revision ${actual}`)
    this.name = 'GuardError'
    this.key = key
    this.actual = actual
  }
}

/** Thrown when the disk or the database refuses: `cause` tells why. */
export class StoreError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
  }
}
