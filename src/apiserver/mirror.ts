import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { Registry } from '../registry/api.ts'
import { SYSTEM_CONTEXT } from './system.ts'

export interface MirrorOptions<T extends KubeObject> {
  readonly registry: Registry
  readonly kind: Kind<T>
  /** Called after each change. */
  readonly onChange: () => void
}

/** All objects of one kind in memory, kept current by a watch: for what every request must look at. */
export class Mirror<T extends KubeObject> {
  readonly #o: MirrorOptions<T>
  #objects: ReadonlyMap<string, Frozen<T>> = new Map()
  #watch: Disposable | undefined
  /** Counts watches, so that one which ends before its promise resolves is not taken for the next. */
  #watches = 0
  #stopped = false

  constructor(options: MirrorOptions<T>) {
    this.#o = options
  }

  /** `namespace/name` or `name`. */
  get(key: string): Frozen<T> | undefined {
    return this.#objects.get(key)
  }

  values(): Iterable<Frozen<T>> {
    return this.#objects.values()
  }

  /** Resolves when all objects are there. */
  async start(): Promise<void> {
    if (this.#stopped) return
    const { registry, kind, onChange } = this.#o
    const number = ++this.#watches
    const objects = new Map<string, Frozen<T>>()
    const watch = await registry.watch(
      SYSTEM_CONTEXT,
      { kind, namespace: '' },
      {
        onEvent: events => {
          for (const e of events) {
            if (e.type === 'DELETED') objects.delete(e.stored.key)
            else if (e.type !== 'BOOKMARK') objects.set(e.stored.key, e.stored.object)
          }
          onChange()
        },
        // Whatever ended it: access must not be decided by what was once.
        onEnd: () => {
          if (number === this.#watches) void this.start()
        },
      },
    )
    if (number !== this.#watches) return watch[Symbol.dispose]()
    this.#watch = watch
    this.#objects = objects
    onChange()
  }

  stop(): void {
    this.#stopped = true
    this.#watches++
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }
}
