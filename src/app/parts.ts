import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'

/** Parts in the order of their start; they stop in reverse. */
export class Parts implements Part {
  readonly #started: { name: string; part: Part }[] = []
  readonly #log: Logger
  #stopped = false

  constructor(log: Logger) {
    this.#log = log
  }

  /** Starts a part and owns it from now on, also where its start fails. Rejects once all are stopped. */
  async add(name: string, part: Part): Promise<void> {
    if (this.#stopped) throw new Error('stopped while it started')
    this.#started.push({ name, part })
    await part.start()
  }

  /** Owns something that only has an end. */
  own(name: string, stop: () => Promise<void> | void): void {
    this.#started.push({ name, part: { start: async () => {}, stop: async () => stop() } })
  }

  async start(): Promise<void> {}

  /** Stops all, the last first. One that fails does not keep the others from stopping. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const { name, part } of this.#started.splice(0).reverse()) {
      try {
        await part.stop()
      } catch (error) {
        this.#log.error('Cannot stop a part', { part: name, error: error as Error })
      }
    }
  }
}
