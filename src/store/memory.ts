import type { Clock } from '../base/clock.ts'
import { planBatch, type Step } from './plan.ts'
import { DEFAULT_RETENTION, isOld, type Retention } from './retention.ts'
import {
  type Change,
  type Entry,
  type Listing,
  type ListOptions,
  type Store,
  StoreError,
  type WatchOptions,
  type Write,
} from './store.ts'
import { Timeline } from './timeline.ts'

interface Waiting<V> {
  readonly write: Write<V>
  readonly resolve: (change: Change<V>) => void
  readonly reject: (error: unknown) => void
}

export interface MemoryStoreOptions {
  readonly clock: Clock
  readonly retention?: Retention
}

/** A store that lasts as long as the process: for tests and for clusters that are thrown away. */
export class MemoryStore<V> implements Store<V> {
  readonly #timeline = new Timeline<V>({ keep: Number.POSITIVE_INFINITY })
  readonly #clock: Clock
  readonly #retention: Retention
  /** When the changes of each batch were made, for those still in history. */
  readonly #batches: { readonly revision: number; readonly time: number }[] = []
  #waiting: Waiting<V>[] = []
  #closed = false

  constructor(options: MemoryStoreOptions) {
    this.#clock = options.clock
    this.#retention = options.retention ?? DEFAULT_RETENTION
  }

  get revision(): number {
    return this.#timeline.revision
  }

  get compacted(): number {
    return this.#timeline.compacted
  }

  async start(): Promise<void> {}

  append(write: Write<V>): Promise<Change<V>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new StoreError('The store is closed'))
      this.#waiting.push({ write, resolve, reject })
      // A microtask later: a watcher that writes must not make others see its change before the present one.
      if (this.#waiting.length === 1) queueMicrotask(() => this.#flush())
    })
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    const planned = planBatch(
      waiting.map(w => w.write),
      this.revision,
      key => this.#timeline.present(key),
    )
    const steps: Step<V>[] = []
    for (const plan of planned) if ('step' in plan) steps.push(plan.step)
    this.#timeline.apply(steps)
    this.#trim(steps.length > 0)
    planned.forEach((plan, i) => {
      if ('step' in plan) waiting[i]?.resolve(plan.step.change)
      else waiting[i]?.reject(plan.error)
    })
  }

  #trim(written: boolean): void {
    const now = this.#clock.now()
    if (written) this.#batches.push({ revision: this.revision, time: now })
    const newest = this.revision - this.#retention.minRevisions
    let last = 0
    for (;;) {
      const oldest = this.#batches[0]
      if (!oldest || oldest.revision > newest || !isOld(oldest.time, now, this.#retention)) break
      last = oldest.revision
      this.#batches.shift()
    }
    this.#timeline.compact(last)
  }

  get(key: string, revision?: number): Promise<Entry<V> | undefined> {
    return this.#timeline.get(key, revision)
  }

  list(prefix: string, options?: ListOptions): Promise<Listing<V>> {
    return this.#timeline.list(prefix, options)
  }

  watch(prefix: string, options: WatchOptions<V>): Disposable {
    if (this.#closed) throw new StoreError('The store is closed')
    return this.#timeline.watch(prefix, options)
  }

  async compact(revision: number): Promise<void> {
    this.#timeline.compact(revision)
  }

  async check(): Promise<string[]> {
    return this.#timeline.check()
  }

  async backup(): Promise<void> {
    throw new StoreError('A store in memory has no backup: use the SQLite store')
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#flush()
    this.#closed = true
    this.#timeline.close(new StoreError('The store is closed'))
  }
}
