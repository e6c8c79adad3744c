import { pod as podKind } from '../kinds/core/pod.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import { Informer } from '../client/informer.ts'
import type { Pod } from '../kinds/generated/types.ts'
import type { ObjectOf } from '../kinds/object.ts'
import { PodWorker } from './pod-worker.ts'
import { type PodView, podUidOf } from './pods.ts'
import type { RuntimeContainer } from './runtime/runtime.ts'
import type { WorkerDeps } from './worker-deps.ts'

/** The engine's list is compared with what is known this often, in case an event was lost. */
const COMPARE_MS = 300_000

/**
 * Gives every pod of this node a worker, and every piece of news from the API and the engine to the worker it
 * concerns. Containers of pods that the API does not know any more are removed.
 */
export class PodManager implements Part {
  readonly #d: WorkerDeps
  readonly #log: Logger
  readonly #informer: Informer<ObjectOf<Pod>>
  readonly #workers = new Map<string, PodWorker>()
  readonly #onEngine: (fault: Error | undefined) => void
  #handler: Disposable | undefined
  #engine: Disposable | undefined
  #timer: Disposable | undefined
  #adopted = false
  #comparing: Promise<void> | undefined
  /** News of each container that is being looked at: one look after the other, or an old one could come last. */
  readonly #looks = new Map<string, Promise<void>>()
  #stopped = false

  constructor(
    deps: WorkerDeps,
    options: { readonly nodeName: string; readonly onEngine: (fault: Error | undefined) => void },
  ) {
    this.#d = deps
    this.#log = deps.log
    this.#onEngine = options.onEngine
    const { client, clock, log } = deps
    this.#informer = new Informer({
      client,
      clock,
      log,
      kind: podKind,
      fieldSelector: `spec.nodeName=${options.nodeName}`,
    })
  }

  /** Resolves when the pods that were there are in the workers' hands. */
  async start(): Promise<void> {
    await this.#informer.start()
    const listed = new Promise<void>(resolve => {
      this.#engine = this.#d.runtime.watch({
        onChange: change => this.#engineChanged(change.id, change.podUid, change.gone),
        onReconnect: () => {
          this.#onEngine(undefined)
          // A list that was read before the connection stood may miss what happened in between.
          const earlier = this.#comparing ?? Promise.resolve()
          void earlier.then(() => this.#compare()).then(resolve)
        },
        onDisconnect: error => this.#onEngine(error),
      })
    })
    await listed
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#engine?.[Symbol.dispose]()
    this.#handler?.[Symbol.dispose]()
    this.#timer?.[Symbol.dispose]()
    await this.#informer.stop()
    await Promise.all([...this.#workers.values()].map(w => w.close()))
  }

  /** The workers of all pods that this node holds. */
  get workers(): IterableIterator<PodWorker> {
    return this.#workers.values()
  }

  worker(uid: string): PodWorker | undefined {
    return this.#workers.get(uid)
  }

  /** The pod with that name. */
  byName(namespace: string, name: string): PodWorker | undefined {
    const pod = this.#informer.lister.get(`${namespace}/${name}`)
    return pod && this.#workers.get(podUidOf(pod))
  }

  #compare(): Promise<void> {
    this.#comparing ??= this.#compareNow()
      .catch((error: unknown) => this.#log.warn('Containers not listed', { error: error as Error }))
      .finally(() => {
        this.#comparing = undefined
        this.#timer?.[Symbol.dispose]()
        if (!this.#stopped) this.#timer = this.#d.clock.setTimer(COMPARE_MS, () => void this.#compare())
      })
    return this.#comparing
  }

  /** Brings every worker up to date with the engine; the first time it makes the workers. */
  async #compareNow(): Promise<void> {
    const all = await this.#d.runtime.list()
    const byPod = Map.groupBy(all, c => c.podUid)
    if (!this.#adopted) {
      this.#adopted = true
      await Promise.all([...this.#informer.lister.all()].map(p => this.#add(p, byPod.get(podUidOf(p)) ?? [])))
      this.#handler = this.#informer.onChange(change => {
        if (change.type === 'deleted') this.#workers.get(podUidOf(change.object))?.removed()
        else this.#changed(change.object)
      })
    } else {
      for (const [uid, worker] of this.#workers) await this.#bringUpToDate(worker, byPod.get(uid) ?? [])
    }
    for (const [uid, orphans] of byPod) if (!this.#workers.has(uid)) await this.#removeOrphans(orphans)
    // What is left of pods whose containers are gone already.
    const isKnown = (uid: string): boolean => this.#workers.has(uid) || byPod.has(uid)
    for (const uid of await this.#d.volumes.present()) if (!isKnown(uid)) await this.#d.volumes.tearDown(uid)
    // Not waited for: the network may need the API to give this node a range first.
    this.#d.network
      .keepOnly(isKnown)
      .catch((error: unknown) => this.#log.warn('Pod addresses not freed', { error: error as Error }))
  }

  async #bringUpToDate(worker: PodWorker, present: readonly RuntimeContainer[]): Promise<void> {
    const ids = new Set(present.map(c => c.id))
    for (const c of present) await worker.observe(c.id, c)
    for (const c of worker.containers) {
      // Looked at again: it may have been made since the list was read.
      if (!ids.has(c.id)) await worker.observe(c.id, await this.#d.runtime.inspect(c.id))
    }
  }

  async #removeOrphans(orphans: readonly RuntimeContainer[]): Promise<void> {
    for (const c of orphans.filter(c => c.kind !== 'sandbox')) await this.#d.runtime.removeContainer(c.id)
    for (const c of orphans.filter(c => c.kind === 'sandbox')) await this.#d.runtime.removeContainer(c.id)
    const first = orphans[0]
    if (!first) return
    const pod = { podKey: `${first.podNamespace}/${first.podName}`, uid: first.podUid }
    this.#log.info('Containers of a forgotten pod removed', { pod: pod.podKey })
    await this.#d.network.tearDown(pod)
    await this.#d.volumes.tearDown(first.podUid)
  }

  async #add(pod: PodView, containers: readonly RuntimeContainer[]): Promise<void> {
    const uid = podUidOf(pod)
    const worker = new PodWorker(this.#d, pod, () => this.#workers.delete(uid))
    this.#workers.set(uid, worker)
    await worker.begin(containers)
  }

  #changed(pod: PodView): void {
    const worker = this.#workers.get(podUidOf(pod))
    if (worker) {
      worker.update(pod)
      return
    }
    // A pod of the same name that the API replaced unseen.
    for (const other of this.#workers.values()) {
      const [a, b] = [other.pod.metadata, pod.metadata]
      if (a.name === b.name && a.namespace === b.namespace) other.removed()
    }
    this.#add(pod, []).catch((error: unknown) => this.#log.error('Pod not begun', { error: error as Error }))
  }

  #engineChanged(id: string, podUid: string, gone: boolean): void {
    const worker = this.#workers.get(podUid)
    if (!worker) return
    const before = this.#looks.get(id) ?? Promise.resolve()
    const look = before
      .then(async () => worker.observe(id, gone ? undefined : await this.#d.runtime.inspect(id)))
      .catch((error: unknown) => this.#log.debug('Container not inspected', { id, error: error as Error }))
      .finally(() => {
        if (this.#looks.get(id) === look) this.#looks.delete(id)
      })
    this.#looks.set(id, look)
  }
}
