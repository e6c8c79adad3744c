import type { Kind } from '../kinds/kind.ts'
import type { KubeObject } from '../kinds/object.ts'
import type { Registry } from '../registry/api.ts'
import { SYSTEM_CONTEXT } from './system.ts'

/** All objects of one kind in memory, kept current by a watch: for what every request must look at. */
export class Mirror<T extends KubeObject> {
  readonly #registry: Registry
  readonly #kind: { group: string; version: string; plural: string }
  readonly #onChange: () => void
  #objects = new Map<string, T>()
  #watch: Disposable | undefined
  #started: Promise<void> | undefined
  #stopped = false

  constructor(options: { registry: Registry; group: string; version: string; plural: string; onChange?: () => void }) {
    this.#registry = options.registry
    this.#kind = options
    this.#onChange = options.onChange ?? (() => {})
  }

  /** False where the kind is not served. */
  get served(): boolean {
    return this.#lookup() !== undefined
  }

  /** `namespace/name` or `name`. */
  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  values(): Iterable<T> {
    return this.#objects.values()
  }

  /** Resolves when all objects are there. */
  start(): Promise<void> {
    this.#started ??= this.#run()
    return this.#started
  }

  stop(): void {
    this.#stopped = true
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }

  #lookup(): Kind | undefined {
    return this.#registry.kinds.byResource(this.#kind.group, this.#kind.version, this.#kind.plural)
  }

  async #run(): Promise<void> {
    const kind = this.#lookup()
    if (!kind || this.#stopped) return
    const target = { kind, namespace: '' }
    const list = await this.#registry.list(SYSTEM_CONTEXT, target, {})
    this.#objects = new Map(list.items.map(s => [s.key, s.object as unknown as T]))
    this.#onChange()
    this.#watch = await this.#registry.watch(SYSTEM_CONTEXT, target, {
      resourceVersion: list.resourceVersion,
      onEvent: events => {
        for (const e of events) {
          if (e.type === 'DELETED') this.#objects.delete(e.stored.key)
          else if (e.type !== 'BOOKMARK') this.#objects.set(e.stored.key, e.stored.object as unknown as T)
        }
        this.#onChange()
      },
      // The registry ended the watch (it fell behind, or the registry stops): begin again unless stopped.
      onEnd: status => {
        this.#watch = undefined
        if (status && !this.#stopped) this.#started = this.#run().catch(() => {})
      },
    })
    // stop() may have been called while the watch was being made.
    if (this.#stopped) this.stop()
  }
}
