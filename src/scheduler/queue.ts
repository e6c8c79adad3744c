import type { Clock } from '../base/clock.ts'
import { objectKey } from '../kinds/object.ts'
import type { FilterPlugin, PodObject, WakeEvent } from './framework.ts'
import { Heap } from './heap.ts'

/** A pod that has no node yet. */
interface Waiting {
  pod: PodObject
  /** When it came to the queue, or came back: among equals of priority the first comes first. */
  order: number
  attempts: number
  /** Milliseconds since the epoch of the last failed attempt. */
  failedAt: number
  /** When its back-off ends. */
  until: number
  state: 'active' | 'backing-off' | 'waiting' | 'scheduling'
  plugins: ReadonlySet<string>
  timer?: Disposable
}

/** A pod that is held back after it fitted nowhere, until a time. */
interface HeldBack {
  readonly entry: Waiting
  readonly until: number
}

const FIRST_BACKOFF_MS = 1_000
const LAST_BACKOFF_MS = 10_000
/** Of pods whose back-off ends within the same second, the most important one comes first. */
const WINDOW_MS = 1_000

export interface QueueOptions {
  readonly clock: Clock
  readonly filters: readonly FilterPlugin[]
  /** Called when a pod becomes ready to be looked at. */
  readonly onReady: () => void
}

/**
 * Pods that wait for a node: the highest priority first, then the longest wait. A pod that fits nowhere rests until
 * something changes that one of the plugins that rejected it cares for; it is not tried again just because time passes.
 * What was woken soon after it failed is held back as long as others are ready, and no longer.
 */
export class SchedulingQueue {
  readonly #o: QueueOptions
  readonly #pods = new Map<string, Waiting>()
  /** Those that wait for a change, so that one which helps nobody costs nothing. */
  readonly #resting = new Set<Waiting>()
  readonly #active = new Heap<Waiting>(before)
  readonly #held = new Heap<HeldBack>(soonerBack)
  #order = 0

  constructor(options: QueueOptions) {
    this.#o = options
  }

  get size(): number {
    return this.#pods.size
  }

  /** Adds a pod, or takes over its new form; a change of its own wakes it. */
  put(pod: PodObject, changed: boolean): void {
    const key = objectKey(pod)
    const known = this.#pods.get(key)
    if (!known) {
      const entry: Waiting = {
        pod,
        order: this.#order++,
        attempts: 0,
        failedAt: 0,
        until: 0,
        state: 'active',
        plugins: new Set(),
      }
      this.#pods.set(key, entry)
      this.#push(entry)
      return
    }
    known.pod = pod
    if (!changed) return
    this.wakeOne(key)
  }

  remove(key: string): void {
    const entry = this.#pods.get(key)
    if (!entry) return
    entry.timer?.[Symbol.dispose]()
    this.#resting.delete(entry)
    this.#pods.delete(key)
  }

  /** The next pod to look at. It stays in the queue until {@link remove}, {@link rest} or {@link retry}. */
  take(): PodObject | undefined {
    const entry = this.#nextActive() ?? this.#nextHeld()
    if (!entry) return undefined
    entry.timer?.[Symbol.dispose]()
    delete entry.timer
    entry.state = 'scheduling'
    entry.attempts++
    return entry.pod
  }

  // Entries of removed pods stay in the heaps until their turn.

  #nextActive(): Waiting | undefined {
    for (let entry = this.#active.pop(); entry; entry = this.#active.pop())
      if (entry.state === 'active' && this.#knows(entry)) return entry
    return undefined
  }

  #nextHeld(): Waiting | undefined {
    for (let held = this.#held.pop(); held; held = this.#held.pop()) {
      const { entry, until } = held
      if (entry.state === 'backing-off' && entry.until === until && this.#knows(entry)) return entry
    }
    return undefined
  }

  #knows(entry: Waiting): boolean {
    return this.#pods.get(objectKey(entry.pod)) === entry
  }

  /** The pod fits nowhere (right after {@link take}, so that no change is missed): it rests until one of these plugins has reason to hope. */
  rest(key: string, plugins: ReadonlySet<string>): void {
    const entry = this.#pods.get(key)
    if (!entry) return
    entry.failedAt = this.#o.clock.now()
    entry.order = this.#order++
    entry.plugins = plugins
    entry.state = 'waiting'
    this.#resting.add(entry)
  }

  /** Something went wrong that has nothing to do with the pod: again after its back-off. */
  retry(key: string): void {
    const entry = this.#pods.get(key)
    if (!entry) return
    entry.failedAt = this.#o.clock.now()
    entry.order = this.#order++
    entry.state = 'waiting'
    this.#activate(entry, true)
  }

  /** Wakes the pods that this change may help. */
  wake(event: WakeEvent): void {
    if (this.#resting.size === 0) return
    const caring = this.#caring(event)
    for (const entry of this.#resting) {
      const helps = entry.plugins.size === 0 || [...entry.plugins].some(name => caring.has(name))
      if (helps) this.#activate(entry)
    }
  }

  /** Wakes one pod whatever it waits for. */
  wakeOne(key: string): void {
    const entry = this.#pods.get(key)
    if (entry?.state === 'waiting') this.#activate(entry)
  }

  #caring(event: WakeEvent): ReadonlySet<string> {
    return new Set(this.#o.filters.filter(f => f.wakesOn.includes(event)).map(f => f.name))
  }

  close(): void {
    for (const key of [...this.#pods.keys()]) this.remove(key)
    this.#active.clear()
    this.#held.clear()
  }

  /** `erred`: no other cause than its back-off's end brings it again. */
  #activate(entry: Waiting, erred = false): void {
    this.#resting.delete(entry)
    const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** (entry.attempts - 1), LAST_BACKOFF_MS)
    entry.until = entry.failedAt + backoff
    const left = entry.until - this.#o.clock.now()
    if (left <= 0) {
      this.#push(entry)
      return
    }
    entry.state = 'backing-off'
    entry.timer = this.#o.clock.setTimer(left, () => {
      delete entry.timer
      this.#push(entry)
    })
    if (erred) return
    this.#held.push({ entry, until: entry.until })
    this.#o.onReady()
  }

  #push(entry: Waiting): void {
    entry.state = 'active'
    this.#active.push(entry)
    this.#o.onReady()
  }
}

function before(a: Waiting, b: Waiting): boolean {
  const difference = (b.pod.spec?.priority ?? 0) - (a.pod.spec?.priority ?? 0)
  return difference === 0 ? a.order < b.order : difference < 0
}

function soonerBack(a: HeldBack, b: HeldBack): boolean {
  const difference = Math.floor(a.until / WINDOW_MS) - Math.floor(b.until / WINDOW_MS)
  return difference === 0 ? before(a.entry, b.entry) : difference < 0
}
