import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Clock } from '../base/clock.ts'
import type { Part } from '../base/part.ts'

/** Collections of young objects that make a busy time: starting has a dozen of them, a quiet hour hardly as many. */
const BUSY_COLLECTIONS = 4
/** Without a collection for so long, in milliseconds, the busy time is over. */
const QUIET_MS = 10_000
/** A larger heap is left alone: collecting it whole would be felt by clients. */
const MAX_HEAP_BYTES = 96 * 1024 * 1024

export interface MemoryTrimOptions {
  readonly clock: Clock
  /** Calls back after each collection of young objects until disposed. Defaults to V8's own word. */
  readonly onCollection?: (heard: () => void) => Disposable
  /** Gives memory back to the machine. Defaults to V8's collection for the last resort. */
  readonly trim?: () => void
  /** Bytes of the heap in use. */
  readonly heapUsed?: () => number
}

/**
 * Gives memory back once after each busy time. V8 keeps the pages of garbage for the next busy time, and lets go of
 * them only when it collects again, which takes minutes where nothing happens: 13 of 121 MB of an idle server with
 * ten pods, for one pause of 50 ms. Nothing runs between.
 */
export class MemoryTrim implements Part {
  readonly #o: Required<MemoryTrimOptions>
  #collections = 0
  #timer: Disposable | undefined
  #observer: Disposable | undefined

  constructor(options: MemoryTrimOptions) {
    this.#o = {
      onCollection: observeCollections,
      trim: collectAll,
      heapUsed: () => process.memoryUsage().heapUsed,
      ...options,
    }
  }

  async start(): Promise<void> {
    this.#observer = this.#o.onCollection(() => this.#heard())
  }

  async stop(): Promise<void> {
    this.#observer?.[Symbol.dispose]()
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }

  #heard(): void {
    if (++this.#collections < BUSY_COLLECTIONS) return
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#o.clock.setTimer(QUIET_MS, () => {
      this.#timer = undefined
      this.#collections = 0
      if (this.#o.heapUsed() <= MAX_HEAP_BYTES) this.#o.trim()
    })
  }
}

function observeCollections(heard: () => void): Disposable {
  const observer = new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as PerformanceEntry & { readonly detail: { readonly kind: number } }
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) heard()
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return { [Symbol.dispose]: () => observer.disconnect() }
}

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void
let collect: Collect | undefined

function collectAll(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
