import type { Clock } from '../base/clock.ts'
import { isConflict, isNotFound } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import { WorkQueue } from '../base/work-queue.ts'
import type { KubeObject } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import type { Change, Informer } from './informer.ts'

/** What a reconcile asks for: nothing, or to come again after a time. A throw is retried with back-off. */
export interface Outcome {
  readonly requeueAfterMs?: number
}

export const DONE: Outcome = {}

/** Come again after `ms` milliseconds even if nothing happens. */
export const requeueAfter = (ms: number): Outcome => ({ requeueAfterMs: ms })

/** The sooner of several times to come again; undefined ones do not count. */
export function soonest(...delaysMs: (number | undefined)[]): Outcome {
  const known = delaysMs.filter(ms => ms !== undefined)
  return known.length ? requeueAfter(Math.max(Math.min(...known), 1)) : DONE
}

/** Thrown by a reconciler where trying again is of no use: logged once, not retried. */
export class TerminalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TerminalError'
  }
}

/** Brings the world nearer to what one object asks for. Level-based: the key is all it gets. */
export interface Reconciler {
  reconcile(key: string, signal: AbortSignal): Promise<Outcome>
}

/** Where keys come from. `attach` calls `add` for each key until disposed. */
export interface Source {
  /** The informer that must be complete before the first reconcile. */
  readonly informer: { whenSynced(): Promise<void> }
  attach(add: (key: string) => void): Disposable
}

/** A source that turns an informer's changes into keys. Without `keys` it is the object's own key. */
export function source<T extends KubeObject>(
  informer: Informer<T>,
  keys: (change: Change<T>) => Iterable<string> = c => [objectKey(c.object)],
): Source {
  return {
    informer,
    attach: add =>
      informer.onChange(change => {
        for (const key of keys(change)) add(key)
      }),
  }
}

export interface ControllerOptions {
  /** Named in the log: `replicaset`. */
  readonly name: string
  readonly reconciler: Reconciler
  readonly sources: readonly Source[]
  readonly clock: Clock
  readonly log: Logger
  /** Reconciles at a time, each of another key. Defaults to 5. */
  readonly workers?: number
  /** See {@link WorkQueue}. */
  readonly baseDelayMs?: number
  readonly maxDelayMs?: number
}

/** The one controller loop: keys from sources, workers, back-off, log. */
export class Controller implements Part {
  readonly #options: ControllerOptions
  readonly #queue: WorkQueue
  readonly #abort = new AbortController()
  #attached: Disposable[] = []
  #workers: Promise<void>[] = []
  #started = false
  #reconciles = 0

  constructor(options: ControllerOptions) {
    this.#options = options
    this.#queue = new WorkQueue(options)
  }

  /** No key is ready or being worked on. */
  get idle(): boolean {
    return this.#queue.idle
  }

  /** Adds a key by hand, for example from another controller's timer. */
  add(key: string): void {
    this.#queue.add(key)
  }

  /** Attaches the sources; workers begin when the sources' informers are complete. Does not wait for that. */
  async start(): Promise<void> {
    if (this.#started || this.#abort.signal.aborted) return
    this.#started = true
    const { sources, workers = 5 } = this.#options
    this.#attached = sources.map(s => s.attach(key => this.#queue.add(key)))
    const synced = Promise.all(sources.map(s => s.informer.whenSynced()))
    // A server that never answers leaves its informers incomplete: stopping must not wait for them.
    const stopped = new Promise(resolve => this.#abort.signal.addEventListener('abort', resolve, { once: true }))
    const begun = Promise.race([synced, stopped])
    this.#workers = Array.from({ length: workers }, () => begun.then(() => this.#work()))
  }

  /** Ends all work; reconciles under way see their signal abort and are waited for. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error(`Controller ${this.#options.name} stops`))
    for (const attached of this.#attached.splice(0)) attached[Symbol.dispose]()
    this.#queue.close()
    if (this.#started) await Promise.all(this.#workers)
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.get()
      if (key === undefined) return
      await this.#reconcile(key)
      this.#queue.done(key)
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { reconciler, clock } = this.#options
    const reconcile = ++this.#reconciles
    const began = clock.now()
    try {
      const outcome = await reconciler.reconcile(key, this.#abort.signal)
      this.#queue.forget(key)
      if (outcome.requeueAfterMs !== undefined) this.#queue.addAfter(key, outcome.requeueAfterMs)
    } catch (error) {
      this.#failed(key, error, { reconcile, tookMs: clock.now() - began })
    }
  }

  #failed(key: string, error: unknown, facts: { reconcile: number; tookMs: number }): void {
    if (this.#abort.signal.aborted) return
    const { name, log } = this.#options
    const fields = { controller: name, key, ...facts, error: error instanceof Error ? error : String(error) }
    if (error instanceof TerminalError) {
      this.#queue.forget(key)
      log.error('Reconcile failed for good', fields)
      return
    }
    const failures = this.#queue.failures(key) + 1
    const retryMs = this.#queue.addRateLimited(key)
    // Two writers met, or the object went meanwhile: that is how optimistic locking works, and no news.
    if ((isConflict(error) || isNotFound(error)) && failures < 5)
      log.debug('Reconcile will be retried', { ...fields, failures, retryMs })
    else log.warn('Reconcile failed', { ...fields, failures, retryMs })
  }
}
