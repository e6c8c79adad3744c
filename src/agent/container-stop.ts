import type { Clock } from '../base/clock.ts'
import type { LifecycleHandler } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import { type ActionContext, runHook } from './hooks.ts'
import type { Tell } from './images.ts'
import type { Runtime } from './runtime/runtime.ts'

/** A container gets so long after its hook, however long that took. */
const LEAST_GRACE_MS = 2_000
/** How long the engine may take to kill before it is asked again. */
const KILL_AGAIN_MS = 5_000
const RETRY_MS = 1_000

export interface StopOptions {
  readonly runtime: Runtime
  readonly clock: Clock
  readonly id: string
  /** Missing for containers that the pod's spec does not name. */
  readonly hook: Frozen<LifecycleHandler> | undefined
  readonly context: ActionContext | undefined
  readonly tell: Tell
  /** When it is killed at the latest, in milliseconds since the epoch. */
  readonly deadline: number
  /** Resolves when the container has ended. */
  readonly ended: Promise<void>
}

/** Ends one container: hook, stop signal, and after the deadline the kill. */
export class ContainerStop {
  readonly #o: StopOptions
  readonly done: Promise<void>
  deadline: number
  #late = new AbortController()
  #timer: Disposable

  constructor(options: StopOptions) {
    this.#o = options
    this.deadline = options.deadline
    this.#timer = this.#arm()
    this.done = this.#run()
      // The engine does not answer: whoever wants the container stopped asks again, but not at once.
      .catch((error: unknown) => options.clock.sleep(RETRY_MS).then(() => Promise.reject(error as Error)))
      .finally(() => this.#timer[Symbol.dispose]())
  }

  /** Kills earlier than was said. */
  hasten(deadline: number): void {
    if (deadline >= this.deadline) return
    this.deadline = deadline
    this.#timer[Symbol.dispose]()
    this.#timer = this.#arm()
  }

  #arm(): Disposable {
    return this.#o.clock.setTimer(this.deadline - this.#o.clock.now(), () =>
      this.#late.abort(new Error('The grace period is over')),
    )
  }

  async #run(): Promise<void> {
    const { runtime, clock, id, hook, context, tell } = this.#o
    if (hook && context) {
      await runHook(hook, context, this.#late.signal).catch(() =>
        tell('Warning', 'FailedPreStopHook', 'PreStopHook failed'),
      )
      if (this.deadline < clock.now() + LEAST_GRACE_MS) this.#extend(clock.now() + LEAST_GRACE_MS)
    }
    await runtime.signalContainer(id)
    if (await this.#endsWithin(this.#late.signal)) return
    for (;;) {
      await runtime.signalContainer(id, 'SIGKILL')
      if (await this.#endsWithin(this.#after(KILL_AGAIN_MS))) return
      // The engine's event may have been lost.
      if ((await runtime.inspect(id))?.state !== 'running') return
    }
  }

  #extend(deadline: number): void {
    this.deadline = deadline
    this.#timer[Symbol.dispose]()
    this.#late = new AbortController()
    this.#timer = this.#arm()
  }

  #after(ms: number): AbortSignal {
    const abort = new AbortController()
    this.#timer[Symbol.dispose]()
    this.#timer = this.#o.clock.setTimer(ms, () => abort.abort())
    return abort.signal
  }

  #endsWithin(signal: AbortSignal): Promise<boolean> {
    return new Promise(resolve => {
      const late = (): void => resolve(false)
      if (signal.aborted) late()
      signal.addEventListener('abort', late, { once: true })
      void this.#o.ended.then(() => {
        signal.removeEventListener('abort', late)
        resolve(true)
      })
    })
  }
}
