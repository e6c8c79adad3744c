import type { Logger } from '../base/log.ts'
import type { PodPlace } from './downward.ts'
import type { ActionContext } from './hooks.ts'
import type { Tell } from './images.ts'
import { PodDir } from './pod-dir.ts'
import { fieldPathOf, type PodContainer, type PodView, podNameOf, podNamespaceOf, podUidOf } from './pods.ts'
import { type Allocation, asAllocated, wantedAllocation } from './resize.ts'
import type { RuntimeContainer } from './runtime/runtime.ts'
import type { WorkerDeps } from './worker-deps.ts'

/** What the parts of one pod's worker share: the pod, what the engine has of it, its events, and the work under way. */
export class PodContext {
  readonly uid: string
  readonly deps: WorkerDeps
  readonly log: Logger
  readonly dir: PodDir
  /** All containers and sandboxes that are known, by ID. */
  readonly containers = new Map<string, RuntimeContainer>()
  /** When this node first saw the pod, in milliseconds since the epoch. */
  readonly startedAt: number
  /** The pod's address once it has one. */
  ip = ''
  /** As the API has it. */
  #wanted: PodView
  /** As the node runs it. */
  #pod: PodView
  #granted: Allocation
  readonly #poke: () => void
  readonly #work = new Set<Promise<void>>()
  readonly #onEnded = new Map<string, (() => void)[]>()

  /** `poke` asks for a new decision. */
  constructor(deps: WorkerDeps, pod: PodView, poke: () => void) {
    this.deps = deps
    this.uid = podUidOf(pod)
    this.log = deps.log.with({ pod: `${podNamespaceOf(pod)}/${podNameOf(pod)}` })
    this.dir = new PodDir(deps.dataDir, this.uid)
    this.startedAt = pod.status?.startTime ? Date.parse(pod.status.startTime) : deps.clock.now()
    this.#wanted = pod
    this.#pod = pod
    this.#granted = wantedAllocation(pod)
    this.#poke = poke
  }

  /** The pod with the requests and limits that it was granted: see {@link wanted}. */
  get pod(): PodView {
    return this.#pod
  }

  /** The pod as the API has it. */
  get wanted(): PodView {
    return this.#wanted
  }

  get granted(): Allocation {
    return this.#granted
  }

  /** From now on the pod has these requests and limits. */
  grant(granted: Allocation): void {
    this.#granted = granted
    this.#pod = asAllocated(this.#wanted, granted)
  }

  get all(): readonly RuntimeContainer[] {
    return [...this.containers.values()]
  }

  /** No work is under way. */
  get idle(): boolean {
    return this.#work.size === 0
  }

  get now(): number {
    return this.deps.clock.now()
  }

  /** Takes an object unless it is older than the one that is known, or another pod of that name. */
  take(pod: PodView): void {
    if (podUidOf(pod) !== this.uid) return
    const revision = (p: PodView): number => Number(p.metadata.resourceVersion ?? 0)
    if (revision(pod) < revision(this.#wanted)) return
    this.#wanted = pod
    this.#pod = asAllocated(pod, this.#granted)
  }

  poke(): void {
    this.#poke()
  }

  /** Starts a piece of work beside the others and asks for a new decision when it is through. */
  run(work: () => Promise<void>, poke = true): void {
    const task = work()
      .catch((error: unknown) => this.log.warn('Pod work failed', { error: error as Error }))
      .finally(() => {
        this.#work.delete(task)
        if (poke) this.#poke()
      })
    this.#work.add(task)
  }

  /** Resolves when a container does not run any more. */
  whenEnded(id: string): Promise<void> {
    if (this.containers.get(id)?.state !== 'running') return Promise.resolve()
    return new Promise(resolve => this.#onEnded.set(id, [...(this.#onEnded.get(id) ?? []), resolve]))
  }

  /** A container does not run any more. */
  hasEnded(id: string): void {
    const waiting = this.#onEnded.get(id) ?? []
    this.#onEnded.delete(id)
    for (const resolve of waiting) resolve()
  }

  async remove(id: string): Promise<void> {
    this.containers.delete(id)
    await this.deps.runtime.removeContainer(id)
  }

  /** Removes all that the engine has of the pod, and keeps in mind that it was there: the last status tells of it. */
  async removeAll(): Promise<void> {
    await Promise.all([...this.containers.keys()].map(id => this.deps.runtime.removeContainer(id)))
  }

  /** What the pod may learn about where it is. */
  place(podIp: string): PodPlace {
    return {
      podIp,
      hostIp: this.deps.nodeIp,
      allocatable: this.deps.allocatable(),
      ownAnnotations: {
        'kubernetes.io/config.seen': new Date(this.startedAt).toISOString().replace('Z', '000000Z'),
        'kubernetes.io/config.source': 'api',
      },
    }
  }

  /** What probes and hooks of a container work with. */
  action(container: PodContainer, containerId: string): ActionContext {
    const { runtime, clock } = this.deps
    return { runtime, clock, containerId, container: container.spec, podIp: this.ip || this.#pod.status?.podIP || '' }
  }

  /** Tells of one container. */
  teller(container: PodContainer): Tell {
    return (type, reason, message) => this.#tell(fieldPathOf(container), type, reason, message)
  }

  readonly tellPod: Tell = (type, reason, message) => this.#tell('', type, reason, message)

  #tell(fieldPath: string, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = this.#pod.metadata
    const at = fieldPath ? { fieldPath } : {}
    const ref = { kind: 'Pod', apiVersion: 'v1', name, namespace, uid, resourceVersion, ...at }
    this.deps.recorder.event({ ref }, type, reason, message)
  }
}
