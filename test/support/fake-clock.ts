import { type Clock, sleepOn } from '../../src/base/clock.ts'

interface Timer {
  at: number
  order: number
  fn: () => void
}

/** A clock that stands still until a test moves it. Due timers fire in order; microtasks run between them. */
export class FakeClock implements Clock {
  #now: number
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  setTimer(ms: number, fn: () => void): Disposable {
    const timer = { at: this.#now + Math.max(ms, 0), order: this.#order++, fn }
    this.#timers.add(timer)
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal)
  }

  /** Timers that nobody has fired or disposed of: must be 0 at the end of a test. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time by `ms`, firing what falls due, and lets promises settle between timers. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const due = [...this.#timers].filter(t => t.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (!due) break
      this.#timers.delete(due)
      this.#now = Math.max(this.#now, due.at)
      due.fn()
      await settle()
    }
    this.#now = end
  }
}

/** Lets queued microtasks and immediates run, and what they ask of the file system come to its end. */
export async function settle(turns = 5): Promise<void> {
  for (let i = 0; i < turns; i++) {
    await new Promise<void>(resolve => setImmediate(resolve))
    // Files are read and written on other threads, in a time of their own.
    if (process.getActiveResourcesInfo().some(r => r.startsWith('FSReq'))) i = -1
  }
}
