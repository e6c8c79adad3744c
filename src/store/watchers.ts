import type { Change, WatchOptions } from './store.ts'

/** Changes read at once for a watcher that catches up: bounds how long the event loop is held. */
const PAGE = 500

/** A piece of history: `changes` are all those wanted up to the revision `upTo`. */
export interface HistoryPage<V> {
  readonly changes: readonly Change<V>[]
  readonly upTo: number
}

export interface WatchSource<V> {
  /** The newest revision. */
  position(): number
  /** Reads on after `after`; rejects when that is not possible any more, which ends the watcher. */
  page(after: number, prefix: string, limit: number): Promise<HistoryPage<V>>
}

interface Watcher<V> {
  readonly prefix: string
  readonly options: WatchOptions<V>
  /** The revision up to which it has seen everything; not kept once it is live. */
  position: number
  /** Gets changes as they happen; before that it reads history and takes no part. */
  live: boolean
  closed: boolean
}

/**
 * The watchers of a store. Each sees the changes of its prefix once and in order: it reads history in pages, one for
 * each turn of the event loop, until nothing is left to read, and is live from that very moment.
 */
export class Watchers<V> {
  readonly #source: WatchSource<V>
  readonly #all = new Set<Watcher<V>>()

  constructor(source: WatchSource<V>) {
    this.#source = source
  }

  add(prefix: string, options: WatchOptions<V>): Disposable {
    const live = options.after === this.#source.position()
    const watcher: Watcher<V> = { prefix, options, position: options.after, live, closed: false }
    this.#all.add(watcher)
    if (!live) void this.#catchUp(watcher)
    return { [Symbol.dispose]: () => this.#remove(watcher) }
  }

  /** Gives new changes to the live watchers. */
  publish(changes: readonly Change<V>[]): void {
    // A copy, because callbacks may add and remove watchers: one added meanwhile has seen these changes.
    for (const watcher of [...this.#all]) if (watcher.live) this.#deliver(watcher, changes)
  }

  /** Ends all watchers. */
  close(reason: Error): void {
    for (const watcher of [...this.#all]) this.#end(watcher, reason)
  }

  async #catchUp(watcher: Watcher<V>): Promise<void> {
    try {
      while (watcher.position < this.#source.position()) {
        const page = await this.#source.page(watcher.position, watcher.prefix, PAGE)
        if (watcher.closed) return
        watcher.position = page.upTo
        this.#deliver(watcher, page.changes)
        if (watcher.position < this.#source.position()) await new Promise(resolve => setImmediate(resolve))
        if (watcher.closed) return
      }
      watcher.live = true
    } catch (error) {
      this.#end(watcher, error as Error)
    }
  }

  #deliver(watcher: Watcher<V>, changes: readonly Change<V>[]): void {
    const { prefix, options } = watcher
    const wanted = prefix === '' ? changes : changes.filter(c => c.key.startsWith(prefix))
    if (wanted.length === 0 || watcher.closed) return
    try {
      options.onChanges(wanted)
    } catch (error) {
      // A faulty watcher loses its watch; the store and the other watchers go on.
      this.#end(watcher, error as Error)
    }
  }

  #end(watcher: Watcher<V>, reason: Error): void {
    if (watcher.closed) return
    this.#remove(watcher)
    try {
      watcher.options.onClosed?.(reason)
    } catch {
      // It has no watch to lose any more. What was written must not be said to have failed for it.
    }
  }

  #remove(watcher: Watcher<V>): void {
    watcher.closed = true
    this.#all.delete(watcher)
  }
}
