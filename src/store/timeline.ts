import type { Step } from './plan.ts'
import { compareKeys, SortedKeys } from './sorted-keys.ts'
import {
  type Change,
  CompactedError,
  type Entry,
  FutureRevisionError,
  type Listing,
  type ListOptions,
  type WatchOptions,
} from './store.ts'
import { type HistoryPage, Watchers } from './watchers.ts'

/** A stretch of revisions that were never given out: `from` is the last used one below, `to` the next valid one. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** What is known of changed keys at an older revision: undefined where the key was absent then. */
export type Undo<V> = Map<string, Entry<V> | undefined>

/** Changes before those in memory; a store that keeps all of them in memory has none. */
export interface OlderHistory<V> {
  /** For each key below `prefix` that changed after `revision`: its entry at `revision`. */
  undo(revision: number, prefix: string): Promise<Undo<V>>
  /** Changes below `prefix` after `after`, at most up to `upTo`. */
  page(after: number, upTo: number, prefix: string): Promise<HistoryPage<V>>
}

export interface TimelineOptions<V> {
  /** How many of the newest changes stay in memory at least; up to twice as many do. */
  readonly keep: number
  readonly older?: OlderHistory<V>
}

/**
 * The store's state as the process sees it: live entries, the newest changes and the watchers. Both backends stand on
 * it. It shows only what is durable: a backend calls `apply` when a batch is.
 */
export class Timeline<V> {
  readonly #live = new Map<string, Entry<V>>()
  readonly #keys = new SortedKeys(key => this.#live.has(key))
  readonly #watchers: Watchers<V>
  readonly #keep: number
  readonly #older: OlderHistory<V> | undefined
  /** Changes after `#base`, oldest first. */
  #steps: Step<V>[] = []
  #base = 1
  #revision = 1
  #compacted = 1
  #gaps: readonly Gap[] = []

  constructor(options: TimelineOptions<V>) {
    this.#keep = options.keep
    this.#older = options.older
    this.#watchers = new Watchers({
      position: () => this.#revision,
      page: (after, prefix, limit) => this.#page(after, prefix, limit),
    })
  }

  get revision(): number {
    return this.#revision
  }

  get compacted(): number {
    return this.#compacted
  }

  present(key: string): Entry<V> | undefined {
    return this.#live.get(key)
  }

  entries(): IterableIterator<Entry<V>> {
    return this.#live.values()
  }

  /** Adds an entry that was there before this process started. */
  load(entry: Entry<V>): void {
    this.#live.set(entry.key, entry)
    this.#keys.add(entry.key)
  }

  /** Says where the loaded history stands. */
  begin(at: { revision: number; compacted: number; gaps: readonly Gap[] }): void {
    this.#revision = at.revision
    this.#base = at.revision
    this.#compacted = at.compacted
    this.#gaps = at.gaps
  }

  /** Makes a durable batch visible and tells the watchers, all at once. */
  apply(steps: readonly Step<V>[]): void {
    const last = steps[steps.length - 1]
    if (!last) return
    for (const step of steps) {
      const { key } = step.change
      if (step.after) this.#live.set(key, step.after)
      else this.#live.delete(key)
      if (!step.before) this.#keys.add(key)
      this.#steps.push(step)
    }
    this.#revision = last.change.revision
    if (this.#steps.length > 2 * this.#keep) this.#dropUpTo(this.#steps.length - this.#keep)
    this.#watchers.publish(steps.map(s => s.change))
  }

  #dropUpTo(count: number): void {
    const dropped = this.#steps.splice(0, count)
    this.#base = dropped[dropped.length - 1]?.change.revision ?? this.#base
  }

  /** Forgets changes up to `revision`. */
  compact(revision: number): void {
    if (revision <= this.#compacted) return
    this.#compacted = Math.min(revision, this.#revision)
    if (this.#base >= this.#compacted) return
    this.#dropUpTo(this.#indexAfter(this.#compacted))
    this.#base = Math.max(this.#base, this.#compacted)
  }

  async get(key: string, revision?: number): Promise<Entry<V> | undefined> {
    if (revision === undefined) return this.#live.get(key)
    this.#checkReadable(revision)
    const undo = await this.#undo(revision, key)
    return undo.has(key) ? undo.get(key) : this.#live.get(key)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Listing<V>> {
    const { revision = this.#revision, after, limit = Number.POSITIVE_INFINITY } = options
    this.#checkReadable(revision)
    const undo: Undo<V> = revision === this.#revision ? new Map() : await this.#undo(revision, prefix)
    const entries: Entry<V>[] = []
    let remaining = 0
    for (const key of this.#keysBelow(prefix, after, undo)) {
      const entry = undo.has(key) ? undo.get(key) : this.#live.get(key)
      if (!entry) continue
      if (entries.length < limit) entries.push(entry)
      else remaining++
    }
    return { entries, revision, remaining }
  }

  /** Candidate keys below `prefix` and after `after`, in order: those live now and those of `undo`. */
  *#keysBelow(prefix: string, after: string | undefined, undo: Undo<V>): IterableIterator<string> {
    const gone = new SortedKeys(() => true)
    for (const [key, entry] of undo) if (entry && !this.#live.has(key)) gone.add(key)
    yield* mergeKeys(keysFrom(this.#keys, prefix, after), keysFrom(gone, prefix, after))
  }

  watch(prefix: string, options: WatchOptions<V>): Disposable {
    this.#checkReadable(options.after)
    return this.#watchers.add(prefix, options)
  }

  /** Faults of what is in memory: changes not dense or in order, live entries that differ from the newest changes. */
  check(): string[] {
    const faults: string[] = []
    const newest = new Map<string, Step<V>>()
    let last = this.#base
    for (const step of this.#steps) {
      const { key, revision } = step.change
      if (revision !== last + 1) faults.push(`Revision ${revision} follows ${last} in memory`)
      if (newest.has(key) && newest.get(key)?.after !== step.before)
        faults.push(`Change ${revision} of ${key} has lost one`)
      newest.set(key, step)
      last = revision
    }
    if (last !== this.#revision) faults.push(`The newest change in memory is ${last}, not ${this.#revision}`)
    for (const [key, { after }] of newest) {
      if (this.#live.get(key) !== after) faults.push(`The entry of ${key} is not that of its newest change`)
    }
    const keys = this.#keys.sorted().filter(key => this.#live.has(key))
    if (keys.length !== this.#live.size) faults.push(`${this.#live.size} entries have ${keys.length} keys in order`)
    return faults
  }

  /** Ends all watchers with `reason`. */
  close(reason: Error): void {
    this.#watchers.close(reason)
  }

  #checkReadable(revision: number): void {
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision)
    const skipped = this.#gaps.find(gap => revision > gap.from && revision < gap.to)
    // A revision that this history never had was seen in a lost one: its holder must read everything anew.
    if (revision < this.#compacted || skipped) throw new CompactedError(revision, skipped?.to ?? this.#compacted)
  }

  async #undo(revision: number, prefix: string): Promise<Undo<V>> {
    if (revision < this.#base && this.#older) {
      const undo = await this.#older.undo(revision, prefix)
      this.#checkReadable(revision)
      return undo
    }
    const undo: Undo<V> = new Map()
    for (let i = this.#indexAfter(revision); i < this.#steps.length; i++) {
      const step = this.#steps[i] as Step<V>
      const { key } = step.change
      if (key.startsWith(prefix) && !undo.has(key)) undo.set(key, step.before)
    }
    return undo
  }

  /** The next piece of history for a watcher that has seen everything up to `after`. */
  async #page(after: number, prefix: string, limit: number): Promise<HistoryPage<V>> {
    this.#checkReadable(after)
    if (after < this.#base && this.#older) {
      const page = await this.#older.page(after, this.#pastGap(Math.min(this.#base, after + limit)), prefix)
      this.#checkReadable(after)
      return page
    }
    const from = this.#indexAfter(after)
    const steps = this.#steps.slice(from, from + limit)
    const changes: Change<V>[] = []
    for (const { change } of steps) if (change.key.startsWith(prefix)) changes.push(change)
    return { changes, upTo: steps[steps.length - 1]?.change.revision ?? this.#revision }
  }

  /** A place to go on from: a revision within a gap would be taken for one of a lost history. */
  #pastGap(revision: number): number {
    return this.#gaps.find(gap => revision > gap.from && revision < gap.to)?.to ?? revision
  }

  /** The index of the first change in memory after `revision`. */
  #indexAfter(revision: number): number {
    let low = 0
    let high = this.#steps.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#steps[middle] as Step<V>).change.revision <= revision) low = middle + 1
      else high = middle
    }
    return low
  }
}

function* keysFrom(keys: SortedKeys, prefix: string, after: string | undefined): IterableIterator<string> {
  const sorted = keys.sorted()
  let i = keys.indexOf(prefix)
  if (after !== undefined) {
    i = Math.max(i, keys.indexOf(after))
    if (sorted[i] === after) i++
  }
  for (; i < sorted.length; i++) {
    const key = sorted[i] as string
    if (!key.startsWith(prefix)) return
    yield key
  }
}

/** Both orders as one; a key that is in both comes once. */
function* mergeKeys(a: Iterator<string>, b: Iterator<string>): IterableIterator<string> {
  let x = a.next()
  let y = b.next()
  while (!x.done || !y.done) {
    const order = x.done ? 1 : y.done ? -1 : compareKeys(x.value, y.value)
    yield (order <= 0 ? x.value : y.value) as string
    if (order <= 0) x = a.next()
    if (order >= 0) y = b.next()
  }
}
