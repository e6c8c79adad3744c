import type { Clock } from '../base/clock.ts'
import type { Status } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Kind } from '../kinds/kind.ts'
import { CompactedError, type Store } from '../store/store.ts'
import type { Stored, WatchEvent } from './api.ts'
import type { Cache, CacheChange } from './cache.ts'
import { tooOldResourceVersion } from './revisions.ts'
import type { Selection } from './selection.ts'
import { storageOfStoreKey, storedAt, viewOf } from './stored.ts'

/** How long a watcher that wants bookmarks may be idle while revisions move. */
const BOOKMARK_MS = 60_000

export interface WatcherOptions {
  readonly kind: Kind
  /** '' for all. */
  readonly namespace: string
  readonly selection: Selection
  readonly bookmarks: boolean
  /** Shows every change after this revision. */
  readonly after: number
  readonly onEvent: (events: readonly WatchEvent[]) => void
  readonly onEnd: (status?: Status) => void
}

/** The events of one change, built once however many watchers get them. */
class ChangeEvents {
  readonly change: CacheChange
  readonly kind: Kind
  readonly now: Stored
  #before: Stored | undefined
  #added: WatchEvent | undefined
  #modified: WatchEvent | undefined
  #deleted: WatchEvent | undefined

  constructor(kind: Kind, change: CacheChange) {
    this.kind = kind
    this.change = change
    this.now = viewOf(kind, change.value)
  }

  get before(): Stored | undefined {
    if (!this.#before && this.change.previous) this.#before = viewOf(this.kind, this.change.previous)
    return this.#before
  }

  get added(): WatchEvent {
    this.#added ??= { type: 'ADDED', stored: this.now }
    return this.#added
  }

  get modified(): WatchEvent {
    this.#modified ??= { type: 'MODIFIED', stored: this.now }
    return this.#modified
  }

  /** Removed, or no longer selected: then the last state that was, at the revision of the change. */
  get deleted(): WatchEvent {
    if (!this.#deleted) {
      const last =
        this.change.type === 'delete' || !this.before
          ? this.now
          : storedAt(this.now.key, this.change.revision, this.before.object)
      this.#deleted = { type: 'DELETED', stored: last }
    }
    return this.#deleted
  }

  /** What a watcher with this selection sees of the change. */
  eventFor(selection: Selection): WatchEvent | undefined {
    const { type } = this.change
    if (type === 'delete')
      return selection.all || selection.matches((this.before ?? this.now).object) ? this.deleted : undefined
    const is = selection.all || selection.matches(this.now.object)
    if (type === 'create') return is ? this.added : undefined
    const was = selection.all || (this.before !== undefined && selection.matches(this.before.object))
    if (is) return was ? this.modified : this.added
    return was ? this.deleted : undefined
  }
}

interface Watcher extends WatcherOptions {
  /** `namespace/`, or '' for all. */
  readonly prefix: string
  /** Changes up to here were shown or do not concern the watcher. */
  seen: number
  /** Set while the watcher is fed from the store's history and not by the cache. */
  history: Disposable | undefined
  ended: boolean
}

/**
 * All watches of the registry. Watchers are fed by the cache; one that starts at an old revision reads the store's
 * history until it has seen all that the cache has, and then joins the others.
 */
export class Watchers {
  readonly #cache: Cache
  readonly #store: Store<Stored>
  readonly #clock: Clock
  readonly #log: Logger
  readonly #byStorage = new Map<string, Map<Kind, Set<Watcher>>>()
  readonly #subscription: Disposable
  #bookmarkWatchers = new Set<Watcher>()
  #bookmarkTimer: Disposable | undefined

  constructor(deps: { cache: Cache; store: Store<Stored>; clock: Clock; log: Logger }) {
    this.#cache = deps.cache
    this.#store = deps.store
    this.#clock = deps.clock
    this.#log = deps.log
    this.#subscription = deps.cache.onChanges((storage, changes) => this.#dispatch(storage, changes))
  }

  /** How many watches are open. */
  get size(): number {
    let n = 0
    for (const kinds of this.#byStorage.values()) for (const set of kinds.values()) n += set.size
    return n
  }

  /** Opens a watch. Calls `onEnd` with 410 where the history is gone. */
  open(options: WatcherOptions): Disposable {
    const watcher: Watcher = {
      ...options,
      prefix: options.namespace ? `${options.namespace}/` : '',
      seen: options.after,
      history: undefined,
      ended: false,
    }
    if (options.after < this.#store.compacted) {
      this.#end(watcher, tooOldResourceVersion(options.after, this.#store.compacted).status)
      return { [Symbol.dispose]: () => {} }
    }
    this.#add(watcher)
    if (options.after < this.#cache.objects(options.kind.storage).lastChange) this.#readHistory(watcher)
    return { [Symbol.dispose]: () => this.#remove(watcher) }
  }

  /** Ends all watches, without error. */
  stop(): void {
    this.#subscription[Symbol.dispose]()
    for (const kinds of [...this.#byStorage.values()])
      for (const set of [...kinds.values()])
        for (const watcher of [...set]) {
          this.#remove(watcher)
          this.#end(watcher)
        }
  }

  /** Ends the watches of one kind, which is no longer served. */
  stopKind(kind: Kind): void {
    for (const watcher of [...(this.#byStorage.get(kind.storage)?.get(kind) ?? [])]) {
      this.#remove(watcher)
      this.#end(watcher)
    }
  }

  #add(watcher: Watcher): void {
    const { storage } = watcher.kind
    let kinds = this.#byStorage.get(storage)
    if (!kinds) this.#byStorage.set(storage, (kinds = new Map()))
    let set = kinds.get(watcher.kind)
    if (!set) kinds.set(watcher.kind, (set = new Set()))
    set.add(watcher)
    if (watcher.bookmarks) this.#bookmarkWatchers.add(watcher)
  }

  #remove(watcher: Watcher): void {
    const kinds = this.#byStorage.get(watcher.kind.storage)
    const set = kinds?.get(watcher.kind)
    set?.delete(watcher)
    if (set?.size === 0) kinds?.delete(watcher.kind)
    if (kinds?.size === 0) this.#byStorage.delete(watcher.kind.storage)
    this.#bookmarkWatchers.delete(watcher)
    if (this.#bookmarkWatchers.size === 0) this.#stopBookmarks()
    watcher.history?.[Symbol.dispose]()
    watcher.history = undefined
    watcher.ended = true
  }

  #end(watcher: Watcher, status?: Status): void {
    watcher.ended = true
    watcher.onEnd(status)
  }

  /** A callback that throws costs its own watch and no other. */
  #show(watcher: Watcher, events: readonly WatchEvent[]): void {
    try {
      watcher.onEvent(events)
    } catch (error) {
      this.#log.error('A watcher failed and is ended', { resource: watcher.kind.plural, error })
      this.#remove(watcher)
      this.#end(watcher)
    }
  }

  #dispatch(storage: string, changes: readonly CacheChange[]): void {
    this.#startBookmarks()
    const kinds = this.#byStorage.get(storage)
    if (!kinds) return
    for (const [kind, watchers] of kinds) {
      const built = changes.map(change => new ChangeEvents(kind, change))
      const whole = built.map(b => b.eventFor(EVERYTHING) as WatchEvent)
      const last = changes.at(-1)?.revision ?? 0
      const first = changes[0]?.revision ?? 0
      for (const watcher of [...watchers]) {
        if (watcher.ended || watcher.history) continue
        const everything = watcher.selection.all && watcher.prefix === '' && watcher.seen < first
        const events = everything ? whole : eventsFor(watcher, built)
        watcher.seen = Math.max(watcher.seen, last)
        if (events.length) this.#show(watcher, events)
      }
    }
  }

  /**
   * Follows the whole log, not only the watcher's kind: so any later change shows that history has been read, and
   * the watcher can join the others.
   */
  #readHistory(watcher: Watcher): void {
    const { storage } = watcher.kind
    try {
      watcher.history = this.#store.watch('', {
        after: watcher.seen,
        onChanges: changes => {
          if (watcher.ended) return
          const own = changes.filter(c => storageOfStoreKey(c.key) === storage)
          const events = eventsFor(
            watcher,
            own.map(change => new ChangeEvents(watcher.kind, change)),
          )
          watcher.seen = Math.max(watcher.seen, changes.at(-1)?.revision ?? 0)
          this.#joinWhenCaughtUp(watcher)
          if (events.length) this.#show(watcher, events)
        },
        onClosed: reason => this.#historyClosed(watcher, reason),
      })
      this.#joinWhenCaughtUp(watcher)
    } catch (error) {
      this.#historyClosed(watcher, error)
    }
  }

  #joinWhenCaughtUp(watcher: Watcher): void {
    if (watcher.seen < this.#cache.objects(watcher.kind.storage).lastChange) return
    watcher.history?.[Symbol.dispose]()
    watcher.history = undefined
  }

  #historyClosed(watcher: Watcher, reason: unknown): void {
    if (watcher.ended) return
    this.#remove(watcher)
    this.#end(
      watcher,
      reason instanceof CompactedError ? tooOldResourceVersion(watcher.seen, reason.compacted).status : undefined,
    )
  }

  #startBookmarks(): void {
    if (this.#bookmarkWatchers.size === 0) return
    this.#bookmarkTimer ??= this.#clock.setTimer(BOOKMARK_MS, () => this.#sendBookmarks())
  }

  #stopBookmarks(): void {
    this.#bookmarkTimer?.[Symbol.dispose]()
    this.#bookmarkTimer = undefined
  }

  /** The timer starts again only with the next change. */
  #sendBookmarks(): void {
    this.#bookmarkTimer = undefined
    const revision = this.#cache.revision
    const events: WatchEvent[] = [{ type: 'BOOKMARK', resourceVersion: String(revision), initialEventsEnd: false }]
    for (const watcher of [...this.#bookmarkWatchers]) {
      if (watcher.ended || watcher.history || watcher.seen >= revision) continue
      watcher.seen = revision
      this.#show(watcher, events)
    }
  }
}

const EVERYTHING: Selection = { all: true, name: undefined, matches: () => true }

function eventsFor(watcher: Watcher, built: readonly ChangeEvents[]): WatchEvent[] {
  const events: WatchEvent[] = []
  for (const b of built) {
    if (b.change.revision <= watcher.seen || !b.now.key.startsWith(watcher.prefix)) continue
    const event = b.eventFor(watcher.selection)
    if (event) events.push(event)
  }
  return events
}
