import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'

/** Certificates that are made anew together. */
export interface Renewable {
  /** Named in the log. */
  readonly name: string
  /** When they are to be made anew, in milliseconds since the epoch. */
  due(): number
  renew(): Promise<void>
}

export interface CertificateKeeperOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly items: readonly Renewable[]
}

/** Looks at least this often: a clock that is set, or a machine that slept, moves the day nearer than a timer knows. */
const LONGEST_LOOK_MS = 12 * 3_600_000
const RETRY_MS = 3_600_000

/** Renews certificates in time while the process runs, for clusters that run for years. */
export class CertificateKeeper implements Part {
  readonly #o: CertificateKeeperOptions
  #timer: Disposable | undefined
  #looking: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: CertificateKeeperOptions) {
    this.#o = options
  }

  async start(): Promise<void> {
    this.#arm()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.[Symbol.dispose]()
    await this.#looking
  }

  #arm(least = 0): void {
    if (this.#stopped) return
    const { clock, items } = this.#o
    const left = Math.min(...items.map(i => i.due())) - clock.now()
    this.#timer = clock.setTimer(Math.max(Math.min(left, LONGEST_LOOK_MS), least), () => {
      this.#looking = this.#look()
    })
  }

  async #look(): Promise<void> {
    const { clock, log, items } = this.#o
    let tried = false
    for (const item of items) {
      if (item.due() > clock.now()) continue
      tried = true
      try {
        await item.renew()
        log.info('Certificates renewed', { of: item.name })
      } catch (error) {
        log.warn('Cannot renew certificates', { of: item.name, error: error as Error })
      }
    }
    // Also where all went well: what a server with a clock behind ours makes is due again at once.
    this.#arm(tried ? RETRY_MS : 0)
  }
}
