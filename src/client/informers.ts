import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { AnyKind, Kind } from '../kinds/kind.ts'
import type { KubeObject } from '../kinds/object.ts'
import type { Client } from './client.ts'
import { Informer } from './informer.ts'

export interface InformersOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
}

/** One shared informer for each kind, for all parts that use the same client. */
export class Informers implements Part {
  readonly #options: InformersOptions
  // oxlint-disable-next-line typescript/no-explicit-any -- informers of all kinds; `of` gives each the type of its own
  readonly #byKind = new Map<string, Informer<any>>()
  #state: 'new' | 'running' | 'stopped' = 'new'

  constructor(options: InformersOptions) {
    this.#options = options
  }

  /** The kind's informer over all namespaces; started with the others, or at once when they run already. */
  of<T extends KubeObject>(kind: Kind<T>): Informer<T> {
    const key = `${kind.group}/${kind.plural}`
    let informer = this.#byKind.get(key)
    if (!informer) {
      informer = new Informer({ ...this.#options, kind })
      this.#byKind.set(key, informer)
      if (this.#state === 'running') void informer.start()
    }
    return informer as Informer<T>
  }

  /** Ends the informer of a kind that is no longer served. */
  async remove(kind: AnyKind): Promise<void> {
    const key = `${kind.group}/${kind.plural}`
    const informer = this.#byKind.get(key)
    this.#byKind.delete(key)
    await informer?.stop()
  }

  /** Resolves when all listers are complete. */
  async start(): Promise<void> {
    this.#state = 'running'
    await Promise.all([...this.#byKind.values()].map(i => i.start()))
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    await Promise.all([...this.#byKind.values()].map(i => i.stop()))
  }
}
