import type { Clock } from '../base/clock.ts'
import { objectKey } from '../kinds/object.ts'
import type { FilterPlugin, PodObject, WakeEvent } from './framework.ts'

/** A pod that has no node yet. */
interface Waiting {
  pod: PodObject
  /** When it came to the queue: among equals of priority the first comes first. */
  readonly order: number
  attempts: number
  /** Milliseconds since the epoch of the last failed attempt. */
  failedAt: number
  state: 'active' | 'backing-off' | 'waiting' | 'scheduling'
  plugins: ReadonlySet<string>
  timer?: Disposable
}

const FIRST_BACKOFF_MS = 1_000
const LAST_BACKOFF_MS = 10_000

export interface QueueOptions {
  readonly clock: Clock
  readonly filters: readonly FilterPlugin[]
  /** Called when a pod becomes ready to be looked at. */
  readonly onReady: () => void
}

/**
 * Pods that wait for a node: the highest priority first, then the longest wait. A pod that fits nowhere rests until
 * something changes that one of the plugins that rejected it cares for; it is not tried again just because time passes.
 */
export class SchedulingQueue {
  readonly #o: QueueOptions
  readonly #pods = new Map<string, Waiting>()
  /** Those that wait for a change, so that one which helps nobody costs nothing. */
  readonly #resting = new Set<Waiting>()
  #heap: Waiting[] = []
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
    for (;;) {
      const entry = this.#pop()
      if (!entry) return undefined
      // Entries of removed pods stay in the heap until their turn.
      if (this.#pods.get(objectKey(entry.pod)) !== entry || entry.state !== 'active') continue
      entry.state = 'scheduling'
      entry.attempts++
      return entry.pod
    }
  }

  /** The pod fits nowhere (right after {@link take}, so that no change is missed): it rests until one of these plugins has reason to hope. */
  rest(key: string, plugins: ReadonlySet<string>): void {
    const entry = this.#pods.get(key)
    if (!entry) return
    entry.failedAt = this.#o.clock.now()
    entry.plugins = plugins
    entry.state = 'waiting'
    this.#resting.add(entry)
  }

  /** Something went wrong that has nothing to do with the pod: again after its back-off. */
  retry(key: string): void {
    const entry = this.#pods.get(key)
    if (!entry) return
    entry.failedAt = this.#o.clock.now()
    entry.state = 'waiting'
    this.#activate(entry)
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
    this.#heap = []
  }

  #activate(entry: Waiting): void {
    this.#resting.delete(entry)
    const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** (entry.attempts - 1), LAST_BACKOFF_MS)
    const left = entry.failedAt + backoff - this.#o.clock.now()
    if (left <= 0) {
      this.#push(entry)
      return
    }
    entry.state = 'backing-off'
    entry.timer = this.#o.clock.setTimer(left, () => {
      delete entry.timer
      this.#push(entry)
    })
  }

  #push(entry: Waiting): void {
    entry.state = 'active'
    const heap = this.#heap
    let i = heap.push(entry) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(heap[i] as Waiting, heap[parent] as Waiting)) break
      swap(heap, i, parent)
      i = parent
    }
    this.#o.onReady()
  }

  #pop(): Waiting | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (!top || !last || heap.length === 0) return top
    heap[0] = last
    let i = 0
    for (;;) {
      const left = 2 * i + 1
      if (left >= heap.length) return top
      const right = left + 1
      const child = right < heap.length && before(heap[right] as Waiting, heap[left] as Waiting) ? right : left
      if (!before(heap[child] as Waiting, heap[i] as Waiting)) return top
      swap(heap, i, child)
      i = child
    }
  }
}

function before(a: Waiting, b: Waiting): boolean {
  const difference = (b.pod.spec?.priority ?? 0) - (a.pod.spec?.priority ?? 0)
  return difference === 0 ? a.order < b.order : difference < 0
}

function swap(heap: Waiting[], i: number, j: number): void {
  const a = heap[i] as Waiting
  heap[i] = heap[j] as Waiting
  heap[j] = a
}
