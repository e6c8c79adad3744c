import type { Logger } from '../../base/log.ts'
import type { Part } from '../../base/part.ts'
import type { Client } from '../../client/client.ts'
import type { Change, Informer } from '../../client/informer.ts'
import type { Informers } from '../../client/informers.ts'
import type { Kind } from '../../kinds/kind.ts'
import { apiVersionOf } from '../../kinds/kind.ts'
import type { KubeObject } from '../../kinds/object.ts'

export interface AnyChange {
  readonly kind: Kind
  readonly change: Change<KubeObject>
}

/** Events own nothing and are owned by nothing, and there are many: nobody follows them. */
const IGNORED = new Set(['core/events'])

/**
 * Follows all objects of all kinds, also of kinds that come later, for controllers that work on every kind.
 * A kind counts once, whatever the number of its versions.
 */
export class AllKinds implements Part {
  readonly #client: Client
  readonly #informers: Informers
  readonly #log: Logger
  readonly #followed = new Map<string, { kind: Kind; informer: Informer<KubeObject>; handler: Disposable }>()
  readonly #handlers = new Set<(change: AnyChange) => void>()
  readonly #onKinds = new Set<() => void>()
  #byKind = new Map<string, Kind>()
  #reading: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(deps: { client: Client; informers: Informers; log: Logger }) {
    this.#client = deps.client
    this.#informers = deps.informers
    this.#log = deps.log
  }

  /** Resolves when the objects of all kinds are known. */
  async start(): Promise<void> {
    await this.#refresh()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const { handler } of this.#followed.values()) handler[Symbol.dispose]()
    this.#followed.clear()
    await this.#reading
  }

  /** Tells of every change, and first of all objects that are there. */
  onChange(handler: (change: AnyChange) => void): Disposable {
    this.#handlers.add(handler)
    for (const { kind, informer } of this.#followed.values())
      for (const object of informer.lister.all()) this.#tell(handler, { kind, change: { type: 'added', object } })
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) }
  }

  /** Calls `handler` after kinds came or went, or the objects of one became complete. */
  onKinds(handler: () => void): Disposable {
    this.#onKinds.add(handler)
    return { [Symbol.dispose]: () => void this.#onKinds.delete(handler) }
  }

  /** For a {@link Source}: resolves when the objects of the kinds known now are complete. */
  async whenSynced(): Promise<void> {
    await this.#reading
    await Promise.all([...this.#followed.values()].map(f => f.informer.whenSynced()))
  }

  /** The kinds that are followed. */
  kinds(): Kind[] {
    return [...this.#followed.values()].map(f => f.kind)
  }

  /** The kind that an owner reference names, as it is followed. */
  named(apiVersion: string, kind: string): Kind | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`)
  }

  /** The objects of a kind. */
  informer(kind: Kind): Informer<KubeObject> | undefined {
    return this.#followed.get(kind.storage)?.informer
  }

  /** Reads the kinds again; calls while one is under way are answered by one more reading. */
  #refresh(): Promise<void> {
    if (this.#reading) {
      this.#again = true
      return this.#reading
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined
      if (this.#again && !this.#stopped) {
        this.#again = false
        void this.#refresh()
      }
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    let kinds: readonly Kind[]
    try {
      kinds = await this.#client.kinds()
    } catch (error) {
      this.#log.error('Cannot read the kinds', { error: error as Error })
      return
    }
    if (this.#stopped) return
    const wanted = followable(kinds)
    this.#byKind = new Map(kinds.map(k => [`${apiVersionOf(k)}/${k.kind}`, wanted.get(k.storage) ?? k]))
    for (const [storage, followed] of this.#followed)
      if (wanted.get(storage) !== followed.kind) this.#forget(storage, followed.handler)
    for (const kind of wanted.values()) this.#follow(kind)
    this.#tellKinds()
  }

  #tellKinds(): void {
    for (const handler of this.#onKinds) handler()
  }

  #follow(kind: Kind): void {
    if (this.#followed.has(kind.storage)) return
    const informer = this.#informers.of(kind)
    const definesKinds = kind.group === 'apiextensions.k8s.io' && kind.plural === 'customresourcedefinitions'
    const followed = { kind, informer, handler: { [Symbol.dispose]: () => {} } as Disposable }
    this.#followed.set(kind.storage, followed)
    if (!informer.synced)
      void informer.whenSynced().then(() => {
        if (informer.synced) this.#tellKinds()
      })
    followed.handler = informer.onChange(change => {
      for (const handler of this.#handlers) this.#tell(handler, { kind, change })
      if (definesKinds) void this.#refresh()
    })
  }

  /** A handler that throws is a bug in that handler: the others must still hear. */
  #tell(handler: (change: AnyChange) => void, change: AnyChange): void {
    try {
      handler(change)
    } catch (error) {
      this.#log.error('Handler of all kinds failed', { kind: change.kind.kind, error: error as Error })
    }
  }

  #forget(storage: string, handler: Disposable): void {
    const followed = this.#followed.get(storage)
    this.#followed.delete(storage)
    handler[Symbol.dispose]()
    if (followed) void this.#informers.remove(followed.kind)
  }
}

/** One kind for each storage: the first that can be listed, watched and deleted. */
function followable(kinds: readonly Kind[]): Map<string, Kind> {
  const wanted = new Map<string, Kind>()
  for (const kind of kinds) {
    const able = (['list', 'watch', 'delete'] as const).every(v => kind.verbs.includes(v))
    if (able && !IGNORED.has(kind.storage) && !wanted.has(kind.storage)) wanted.set(kind.storage, kind)
  }
  return wanted
}
