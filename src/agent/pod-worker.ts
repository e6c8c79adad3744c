import { isNotFound } from '../base/errors.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import type { PodStatus } from '../kinds/generated/types.ts'
import type { Refusal } from './admission.ts'
import { ContainerKeeper } from './container-keeper.ts'
import { PodContext } from './pod-context.ts'
import { podStatusOf, rejectedStatus } from './pod-status.ts'
import { containersOf, isTerminalPhase, type PodView, podNameOf, podNamespaceOf, podTitle, specOf } from './pods.ts'
import type { RuntimeContainer } from './runtime/runtime.ts'
import { PodResize } from './pod-resize.ts'
import { SandboxKeeper } from './sandbox-keeper.ts'
import { StatusWriter } from './status-writer.ts'
import { type Action, type Ending, graceOf, newestSandbox, type Plan, stepPod, type Waiting } from './step-pod.ts'
import type { WorkerDeps } from './worker-deps.ts'

/** An object with no grace left that is still there after this was forgotten by its server: a kill came between. */
const SERVER_REMOVES_MS = 2_000

/** After the engine or the server could not be reached, or the pod's things not be removed. */
const RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

const DEADLINE: Refusal = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
}

/**
 * Runs one pod, from the first sight of it until nothing of it is left on the node. All decisions are
 * {@link stepPod}'s; the keepers carry them out, each beside the others, and this class comes back for the next
 * decision whenever one is through or something was seen.
 */
export class PodWorker {
  readonly #c: PodContext
  readonly #sandbox: SandboxKeeper
  readonly #containers: ContainerKeeper
  readonly #status: StatusWriter
  readonly #resize: PodResize
  readonly #onGone: () => void
  #backOff: ReadonlyMap<string, Waiting> = new Map()
  #wake: Disposable | undefined
  /** Why this node ended or refused the pod. */
  #verdict: Refusal | undefined
  #endingSince: number | undefined
  #rejected = false
  /** Nothing runs and nothing will. */
  #ended = false
  /** The end has been or is being cleaned up. */
  #cleaned = false
  #objectGone = false
  /** The API was told that it may forget the pod. */
  #released = false
  #closed = false
  readonly #stop = new AbortController()
  #due = false

  constructor(deps: WorkerDeps, pod: PodView, onGone: () => void) {
    this.#c = new PodContext(deps, pod, () => this.poke())
    this.#sandbox = new SandboxKeeper(this.#c)
    this.#containers = new ContainerKeeper(this.#c)
    this.#resize = new PodResize(this.#c, {
      applied: c => this.#containers.applied(c),
      error: id => this.#containers.resizeError(id),
    })
    this.#onGone = onGone
    this.#status = new StatusWriter({
      client: deps.client,
      clock: deps.clock,
      log: this.#c.log,
      pod: () => this.#c.pod,
      onNewer: newer => this.#c.take(newer),
      compute: p => this.#statusOf(p),
    })
  }

  get uid(): string {
    return this.#c.uid
  }

  get pod(): PodView {
    return this.#c.pod
  }

  /** The containers and sandboxes that are known now. */
  get containers(): readonly RuntimeContainer[] {
    return this.#c.all
  }

  /** Counts against the node's room. */
  get active(): boolean {
    return !this.#ended && !this.#rejected && !isTerminalPhase(this.pod.status?.phase)
  }

  /** Begins, with the containers from before this agent started. */
  async begin(containers: readonly RuntimeContainer[]): Promise<void> {
    for (const c of containers) await this.#containers.adopt(c)
    await this.#resize.begin(containers)
    if (isTerminalPhase(this.pod.status?.phase)) this.#ended = true
    else if (!containers.length) {
      const refused = this.#c.deps.admit(this.pod)
      if (refused) this.#reject(refused)
    }
    this.poke()
  }

  /** The object changed. */
  update(pod: PodView): void {
    const before = this.pod.metadata
    this.#c.take(pod)
    const told = ({ labels, annotations, generation }: PodView['metadata']): string =>
      JSON.stringify([labels, annotations, generation])
    if (told(before) !== told(pod.metadata)) this.refresh()
    this.poke()
  }

  /** The object is gone from the API. */
  removed(): void {
    this.#objectGone = true
    this.#endingSince ??= this.#c.now
    this.poke()
  }

  /** Something that the pod reads changed: its files are written again, and failed starts tried again. */
  refresh(): void {
    this.#containers.retryNow()
    this.#sandbox.retryNow()
    if (!this.#ended) this.#sandbox.refresh()
    this.poke()
  }

  /** Room on the node became free. */
  retryResize(): void {
    this.#resize.retry()
  }

  /** The engine has news of a container; undefined when it is gone. */
  observe(id: string, container: RuntimeContainer | undefined): Promise<void> {
    return this.#containers.observe(id, container)
  }

  /** Ends all work; containers go on. */
  async close(): Promise<void> {
    this.#closed = true
    this.#stop.abort()
    this.#containers.close()
    this.#sandbox.stop()
    this.#wake?.[Symbol.dispose]()
    this.#status.stop()
    await this.#status.flush()
  }

  /** Decides anew soon. */
  poke(): void {
    if (this.#closed || this.#due) return
    this.#due = true
    queueMicrotask(() => {
      this.#due = false
      if (!this.#closed) this.#step()
    })
  }

  #step(): void {
    if (this.#rejected || this.#cleaned) {
      this.#finishObject()
      return
    }
    const { now, all } = this.#c
    const ending = this.#ending(now)
    if (!ending) this.#resize.consider()
    const { pod } = this.#c
    if (ending) {
      this.#containers.end()
      this.#sandbox.retryNow()
    } else if (newestSandbox(all)?.state === 'running' && !this.#sandbox.ready) {
      this.#sandbox.prepare(undefined, () => this.#isEnding())
    }
    const plan = stepPod(
      { pod, ...(ending ? { ending } : {}) },
      {
        all,
        probes: id => this.#containers.verdict(id),
        busy: { sandbox: this.#sandbox.busy, ...this.#containers.busy },
        blockedUntil: new Map([...this.#containers.failures].map(([name, f]) => [name, f.until])),
        resized: id => this.#containers.resized(id),
      },
      now,
    )
    this.#tellBackOff(plan)
    for (const action of plan.actions) this.#apply(action)
    this.#sleepUntil(plan.wakeAt)
    // The last status is written when the sandbox has stopped too.
    const finishing = this.#ended || plan.actions.some(a => a.do === 'finish' || a.do === 'stop-sandbox')
    if (!finishing) this.#status.want()
  }

  #apply(action: Action): void {
    if (action.do === 'start-sandbox') this.#sandbox.prepare(action.attempt, () => this.#isEnding())
    else if (action.do === 'start') {
      const { ready } = this.#sandbox
      if (ready) this.#containers.start(action, ready)
    } else if (action.do === 'stop') this.#containers.stop(action)
    else if (action.do === 'resize') this.#containers.resize(action.container, action.id)
    else if (action.do === 'hasten') this.#containers.hasten(action.id, action.deadline)
    else if (action.do === 'stop-sandbox') this.#sandbox.stopSandbox(action.id)
    else this.#finish()
  }

  #isEnding(): boolean {
    return this.#closed || this.#ending(this.#c.now) !== undefined
  }

  #ending(now: number): Ending | undefined {
    const { deletionTimestamp, deletionGracePeriodSeconds } = this.pod.metadata
    if (this.#objectGone) return { since: this.#endingSince ?? now, graceSeconds: deletionGracePeriodSeconds ?? 0 }
    if (deletionTimestamp) {
      this.#endingSince ??= now
      return { since: this.#endingSince, graceSeconds: deletionGracePeriodSeconds ?? graceOf(this.pod) }
    }
    if (this.#ended) return { since: now, graceSeconds: graceOf(this.pod) }
    const deadline = this.#deadline()
    if (deadline !== undefined && deadline <= now && !this.#verdict) {
      this.#verdict = DEADLINE
      this.#endingSince = now
      this.#c.tellPod('Normal', DEADLINE.reason, DEADLINE.message)
    }
    return this.#verdict ? { since: this.#endingSince ?? now, graceSeconds: graceOf(this.pod) } : undefined
  }

  /** When the pod has run for too long, in milliseconds since the epoch. */
  #deadline(): number | undefined {
    const { activeDeadlineSeconds } = specOf(this.pod)
    return activeDeadlineSeconds === undefined ? undefined : this.#c.startedAt + activeDeadlineSeconds * 1000
  }

  #reject(refused: Refusal): void {
    this.#rejected = true
    this.#verdict = refused
    this.#c.tellPod('Warning', refused.reason, refused.message)
    this.#status.want()
  }

  /** Nothing runs any more: the last status, then nothing is left on the node but, until it is deleted, ended containers. */
  #finish(): void {
    if (this.#cleaned) return
    this.#cleaned = true
    const report = !isTerminalPhase(this.pod.status?.phase) && !this.#objectGone
    // A pod whose containers never ran is only called failed when its place is empty.
    const late = !this.#c.all.some(c => c.kind === 'container')
    this.#c.run(async () => {
      if (report && !late) await this.#reportEnd()
      await this.#tearDown()
      if (this.#closed) return
      if (report && late) {
        await this.#c.removeAll()
        await this.#reportEnd()
      }
      this.#ended = true
      this.#c.deps.roomFreed()
    })
  }

  /** The pod is not forgotten before the node is rid of it: what cannot be unmounted now is tried again. */
  async #tearDown(): Promise<void> {
    for (let delay = RETRY_MS; !this.#closed; delay = Math.min(delay * 2, LAST_RETRY_MS)) {
      try {
        await this.#sandbox.tearDown()
        return
      } catch (error) {
        this.#c.log.warn('Pod not cleaned up', { error: error as Error })
        await this.#c.deps.clock.sleep(delay, this.#stop.signal).catch(() => {})
      }
    }
  }

  async #reportEnd(): Promise<void> {
    this.#ended = true
    this.#status.want()
    await this.#status.flush()
  }

  /** Lets the API forget a pod that is to be deleted, and the node one that the API has forgotten. */
  #finishObject(): void {
    if (!this.#c.idle) return
    if (this.#objectGone) {
      this.#closed = true
      void this.#c
        .removeAll()
        .catch((error: unknown) => this.#c.log.warn('Container not removed', { error: error as Error }))
        .then(() => this.#onGone())
      return
    }
    const { deletionTimestamp, deletionGracePeriodSeconds } = this.pod.metadata
    if (!deletionTimestamp) return
    // Without time left the API server is removing it this moment; asking too would take it from under its hands.
    const removed = deletionGracePeriodSeconds === 0
    if (this.#released && removed) return
    this.#released = true
    this.#c.run(
      () =>
        this.#release(removed).catch((error: unknown) => {
          this.#c.log.warn('Pod not released', { error: error as Error })
          this.#wake = this.#c.deps.clock.setTimer(RETRY_MS, () => this.#releaseAgain())
        }),
      false,
    )
  }

  #releaseAgain(): void {
    this.#released = false
    this.poke()
  }

  async #release(removed: boolean): Promise<void> {
    const { client, clock } = this.#c.deps
    // While a finalizer holds the object its containers have no further use, and nobody may find them again.
    await this.#c.removeAll()
    if (removed) await clock.sleep(SERVER_REMOVES_MS, this.#stop.signal).catch(() => {})
    if (this.#objectGone || this.#closed) return
    const options = { gracePeriodSeconds: 0, preconditions: { uid: this.uid } }
    await client
      .delete(podKind as never, podNamespaceOf(this.pod), podNameOf(this.pod), options)
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    this.poke()
  }

  #statusOf(pod: PodView): PodStatus {
    const { now, all, deps, ip, startedAt } = this.#c
    if (this.#rejected && this.#verdict) return rejectedStatus(pod, this.#verdict.reason, this.#verdict.message, now)
    const facts = {
      all,
      probes: (id: string) => this.#containers.verdict(id),
      waiting: new Map<string, Waiting>([...this.#containers.failures, ...this.#backOff]),
      messages: this.#containers.messages,
      runtimeName: deps.info().name,
      imageId: deps.imageId,
      applied: (c: RuntimeContainer) => this.#containers.applied(c),
      podIp: ip,
      hostIp: deps.nodeIp,
      sandboxReady: this.#sandbox.ready !== undefined && newestSandbox(all)?.state === 'running',
      startedAt,
      ...(this.#verdict ? { verdict: this.#verdict } : {}),
      ended: this.#ended,
      resize: { pending: this.#resize.pending, progress: this.#resize.progress },
    }
    return podStatusOf(pod, facts, now)
  }

  #tellBackOff(plan: Plan): void {
    for (const name of plan.backOff.keys()) {
      const container = this.#backOff.has(name) ? undefined : containersOf(this.pod).find(c => c.spec.name === name)
      if (!container) continue
      const message = `Back-off restarting failed container ${name} in pod ${podTitle(this.pod)}`
      this.#c.teller(container)('Warning', 'BackOff', message)
    }
    this.#backOff = plan.backOff
  }

  /** Comes back at a time, or at the pod's deadline where that is sooner. */
  #sleepUntil(at: number | undefined): void {
    const deadline = this.#verdict ? undefined : this.#deadline()
    const times = [at, deadline].filter(t => t !== undefined)
    this.#wake?.[Symbol.dispose]()
    this.#wake = undefined
    if (!times.length || this.#cleaned) return
    this.#wake = this.#c.deps.clock.setTimer(Math.min(...times) - this.#c.now, () => this.poke())
  }
}
