import type { Clock } from './clock.ts'

/**
 * A queue of keys for workers. It guarantees:
 * - a key is held once however often it is added before a worker takes it;
 * - a key is never given to two workers at a time: added while one works on it, it comes again after `done`;
 * - no addition is lost: whatever is added after a worker took the key makes the key come again;
 * - keys come in the order in which they became ready.
 * A key's delayed addition keeps the earliest time asked for. After `close` nothing comes any more, and no timer stays.
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #baseDelayMs: number
  readonly #maxDelayMs: number
  readonly #ready = new Set<string>()
  readonly #processing = new Set<string>()
  readonly #again = new Set<string>()
  readonly #delayed = new Map<string, { at: number; timer: Disposable }>()
  readonly #failures = new Map<string, number>()
  readonly #waiters: ((key: string | undefined) => void)[] = []
  #closed = false

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock
    this.#baseDelayMs = options.baseDelayMs ?? 5
    this.#maxDelayMs = options.maxDelayMs ?? 1_000_000
  }

  /** Keys that a worker could take now. */
  get length(): number {
    return this.#ready.size
  }

  /** Nothing is ready and no worker holds a key; delayed keys do not count. */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#processing.size === 0
  }

  add(key: string): void {
    if (this.#closed) return
    if (this.#processing.has(key)) this.#again.add(key)
    else this.#offer(key)
  }

  /** Adds the key after `ms` milliseconds; at once when that is not positive. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return
    if (ms <= 0) {
      this.add(key)
      return
    }
    const at = this.#clock.now() + ms
    const earlier = this.#delayed.get(key)
    if (earlier) {
      if (earlier.at <= at) return
      earlier.timer[Symbol.dispose]()
    }
    const timer = this.#clock.setTimer(ms, () => {
      this.#delayed.delete(key)
      this.add(key)
    })
    this.#delayed.set(key, { at, timer })
  }

  /** Adds the key after a delay that doubles with each call until `forget`. Returns the delay in milliseconds. */
  addRateLimited(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const delay = Math.min(this.#baseDelayMs * 2 ** Math.min(failures, 40), this.#maxDelayMs)
    this.addAfter(key, delay)
    return delay
  }

  /** How often the key failed since `forget`. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** The key is well again: its next failure waits the shortest time. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** The next key, which the caller holds until `done`; undefined once the queue is closed. */
  get(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    for (const key of this.#ready) {
      this.#ready.delete(key)
      this.#processing.add(key)
      return Promise.resolve(key)
    }
    return new Promise(resolve => this.#waiters.push(resolve))
  }

  /** The worker is through with the key. */
  done(key: string): void {
    this.#processing.delete(key)
    if (this.#again.delete(key) && !this.#closed) this.#offer(key)
  }

  close(): void {
    this.#closed = true
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]()
    this.#delayed.clear()
    this.#ready.clear()
    this.#again.clear()
    for (const waiter of this.#waiters.splice(0)) waiter(undefined)
  }

  #offer(key: string): void {
    const waiter = this.#waiters.shift()
    if (!waiter) {
      this.#ready.add(key)
      return
    }
    this.#processing.add(key)
    waiter(key)
  }
}

export interface WorkQueueOptions {
  readonly clock: Clock
  /** Delay after the first failure. Defaults to 5 ms. */
  readonly baseDelayMs?: number
  /** Longest delay. Defaults to 1000 s. */
  readonly maxDelayMs?: number
}
