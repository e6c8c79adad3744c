import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { isNotFound } from '../base/errors.ts'
import { errorText, type Logger } from '../base/log.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import { cgroupParentOf, identityOf, limitsOf } from './container-spec.ts'
import { lastWords } from './container-starter.ts'
import { ContainerStop } from './container-stop.ts'
import type { PodPlace } from './downward.ts'
import { runHook } from './hooks.ts'
import { StartFailure, type Tell } from './images.ts'
import { PodDir } from './pod-dir.ts'
import { hostsFile, parseResolver, resolverFile } from './pod-files.ts'
import { podStatusOf, rejectedStatus } from './pod-status.ts'
import { MountError } from './pod-volumes.ts'
import {
  containersOf,
  fieldPathOf,
  hostnameOf,
  isTerminalPhase,
  type PodContainer,
  type PodView,
  podNameOf,
  podNamespaceOf,
  podTitle,
  podUidOf,
  specOf,
  usesHostNetwork,
} from './pods.ts'
import { ContainerProbes } from './probes/container-probes.ts'
import type { RuntimeContainer } from './runtime/runtime.ts'
import { StatusWriter } from './status-writer.ts'
import {
  type Action,
  attemptsOf,
  type Ending,
  graceOf,
  newestSandbox,
  NOTE,
  type Plan,
  type ProbeVerdict,
  readResources,
  resourcesText,
  stepPod,
  type Waiting,
} from './step-pod.ts'
import type { VolumePath } from './volumes/volume.ts'
import type { WorkerDeps } from './worker-deps.ts'

/** A failed start is tried again after this, or sooner when something it depends on changes. */
const RETRY_START_MS = 10_000
const FIRST_RETRY_MS = 500
/** An object with no grace left that is still there after this was forgotten by its server: a kill came between. */
const SERVER_REMOVES_MS = 2_000
const LAST_RETRY_MS = 122_000

/** What a pod has once its sandbox stands. */
interface Ready {
  readonly sandboxId: string
  readonly volumes: ReadonlyMap<string, VolumePath>
  readonly ip: string
}

type StopAction = Extract<Action, { do: 'stop' }>
type StartAction = Extract<Action, { do: 'start' }>

/**
 * Runs one pod, from the first sight of it until nothing of it is left on the node. All decisions are
 * {@link stepPod}'s; this class holds what they need and carries them out, each beside the others, and comes back
 * for the next decision whenever one is through or something was seen.
 */
export class PodWorker {
  readonly uid: string
  readonly #d: WorkerDeps
  readonly #log: Logger
  readonly #status: StatusWriter
  readonly #containers = new Map<string, RuntimeContainer>()
  readonly #probes = new Map<string, ContainerProbes>()
  readonly #messages = new Map<string, string>()
  /** Requests and limits that containers were given while they ran. */
  readonly #resized = new Map<string, string>()
  readonly #resizing = new Set<string>()
  readonly #failures = new Map<string, Waiting & { readonly until: number; readonly config: boolean }>()
  readonly #stops = new Map<string, ContainerStop>()
  readonly #onEnded = new Map<string, () => void>()
  readonly #startedAt: number
  readonly #onGone: () => void
  #pod: PodView
  #backOff: ReadonlyMap<string, Waiting> = new Map()
  #ready: Ready | undefined
  #starting: { readonly name: string; readonly abort: AbortController; told: boolean } | undefined
  #preparing = false
  #prepareFailures = 0
  #retryPrepare: Disposable | undefined
  #wake: Disposable | undefined
  #renew: Disposable | undefined
  #verdict: { readonly reason: string; readonly message: string } | undefined
  #endingSince: number | undefined
  #rejected = false
  #ended = false
  #cleaned = false
  #objectGone = false
  /** The API was told that it may forget the pod. */
  #released = false
  #closed = false
  #due = false
  readonly #work = new Set<Promise<void>>()

  constructor(deps: WorkerDeps, pod: PodView, onGone: () => void) {
    this.#d = deps
    this.#pod = pod
    this.uid = podUidOf(pod)
    this.#onGone = onGone
    this.#log = deps.log.with({ pod: `${podNamespaceOf(pod)}/${podNameOf(pod)}` })
    this.#startedAt = pod.status?.startTime ? Date.parse(pod.status.startTime) : deps.clock.now()
    this.#status = new StatusWriter({
      client: deps.client,
      log: this.#log,
      pod: () => this.#pod,
      onNewer: newer => this.#take(newer),
      compute: p => this.#statusOf(p),
    })
  }

  get pod(): PodView {
    return this.#pod
  }

  /** The containers that are known now. */
  get containers(): readonly RuntimeContainer[] {
    return [...this.#containers.values()]
  }

  /** Counts against the node's room. */
  get active(): boolean {
    return !this.#ended && !this.#rejected && !isTerminalPhase(this.#pod.status?.phase)
  }

  /** Containers from before this agent started. Must be called before {@link begin}. */
  async adopt(containers: readonly RuntimeContainer[]): Promise<void> {
    for (const c of containers) {
      this.#containers.set(c.id, c)
      if (c.state === 'exited') await this.#hear(c)
      else if (c.state === 'running') this.#watch(c)
      const resized = await readFile(new PodDir(this.#d.dataDir, this.uid).resized(c.name, c.attempt), 'utf8').catch(
        () => undefined,
      )
      if (resized) this.#resized.set(c.id, resized)
    }
  }

  begin(): void {
    const phase = this.#pod.status?.phase
    if (isTerminalPhase(phase)) this.#ended = true
    else if (!this.#containers.size) {
      const refused = this.#d.admit(this.#pod)
      if (refused) {
        this.#reject(refused)
        return
      }
    }
    this.poke()
  }

  /** The object changed. */
  update(pod: PodView): void {
    const before = this.#pod
    this.#take(pod)
    if (before.metadata.annotations !== pod.metadata.annotations || before.metadata.labels !== pod.metadata.labels)
      this.refresh()
    else if (before.metadata.generation !== pod.metadata.generation) this.#retryNow()
    this.poke()
  }

  /** The object is gone from the API. */
  removed(): void {
    this.#objectGone = true
    this.#endingSince ??= this.#d.clock.now()
    this.poke()
  }

  /** Something that the pod reads changed: its files are written again, and failed starts tried again. */
  refresh(): void {
    this.#retryNow()
    if (this.#ready && !this.#ended) this.#run(() => this.#refreshVolumes())
    this.poke()
  }

  /** The engine has news of a container; undefined when it is gone. */
  async observe(id: string, container: RuntimeContainer | undefined): Promise<void> {
    if (container) {
      // Its message first: a status that shows its end shows that too.
      if (container.state === 'exited' && this.#containers.get(id)?.state !== 'exited') await this.#hear(container)
      this.#containers.set(id, container)
    } else this.#containers.delete(id)
    if (container?.state !== 'running') {
      this.#probes.get(id)?.stop()
      this.#probes.delete(id)
      this.#onEnded.get(id)?.()
    } else if (container.kind === 'container') this.#watch(container)
    this.poke()
  }

  /** Ends all work; containers go on. */
  async close(): Promise<void> {
    this.#closed = true
    this.#starting?.abort.abort()
    for (const p of this.#probes.values()) p.stop()
    for (const timer of [this.#wake, this.#renew, this.#retryPrepare]) timer?.[Symbol.dispose]()
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

  #take(pod: PodView): void {
    if (podUidOf(pod) !== this.uid) return
    const [known, newer] = [this.#pod, pod].map(p => Number(p.metadata.resourceVersion ?? 0))
    if ((newer ?? 0) >= (known ?? 0)) this.#pod = pod
  }

  #retryNow(): void {
    for (const [name, f] of this.#failures) if (f.config) this.#failures.set(name, { ...f, until: 0 })
    this.#endRetry()
  }

  #endRetry(): void {
    if (!this.#retryPrepare) return
    this.#retryPrepare[Symbol.dispose]()
    this.#retryPrepare = undefined
    this.#preparing = false
  }

  #step(): void {
    if (this.#rejected || this.#cleaned) {
      this.#finishObject()
      return
    }
    const now = this.#d.clock.now()
    const ending = this.#ending(now)
    if (ending) {
      this.#starting?.abort.abort(new DOMException('The pod ends', 'AbortError'))
      this.#endRetry()
      for (const p of this.#probes.values()) p.stopRestarting()
    }
    const sandbox = newestSandbox(this.containers)
    const stopping = new Map([...this.#stops].map(([id, s]) => [id, s.deadline]))
    const plan = stepPod(
      { pod: this.#pod, ...(ending ? { ending } : {}) },
      {
        all: this.containers,
        probes: id => this.#verdictOf(id),
        busy: {
          sandbox:
            this.#preparing || (!ending && sandbox?.state === 'running' && this.#ready?.sandboxId !== sandbox.id),
          starting: this.#starting?.name,
          stopping,
        },
        blockedUntil: new Map([...this.#failures].map(([name, f]) => [name, f.until])),
        resized: id => this.#resized.get(id),
      },
      now,
    )
    if (!ending && !this.#preparing && sandbox?.state === 'running' && this.#ready?.sandboxId !== sandbox.id)
      this.#prepare(undefined)
    this.#tellBackOff(plan)
    for (const action of plan.actions) this.#apply(action)
    this.#sleepUntil(plan.wakeAt)
    if (!this.#isFinishing(plan)) this.#status.want()
  }

  /** The last status is written when the sandbox has stopped too. */
  #isFinishing(plan: Plan): boolean {
    return this.#ended || plan.actions.some(a => a.do === 'finish' || a.do === 'stop-sandbox')
  }

  #ending(now: number): Ending | undefined {
    const { deletionTimestamp, deletionGracePeriodSeconds } = this.#pod.metadata
    if (this.#objectGone) return { since: this.#endingSince ?? now, graceSeconds: deletionGracePeriodSeconds ?? 0 }
    if (deletionTimestamp) {
      this.#endingSince ??= now
      return { since: this.#endingSince, graceSeconds: deletionGracePeriodSeconds ?? graceOf(this.#pod) }
    }
    if (this.#ended) return { since: now, graceSeconds: graceOf(this.#pod) }
    const { activeDeadlineSeconds } = specOf(this.#pod)
    if (activeDeadlineSeconds !== undefined && !this.#verdict) {
      const at = this.#startedAt + activeDeadlineSeconds * 1000
      if (at > now) this.#sleepUntil(at)
      else {
        this.#verdict = {
          reason: 'DeadlineExceeded',
          message: 'Pod was active on the node longer than the specified deadline',
        }
        this.#endingSince = now
        this.#tellPod('Normal', this.#verdict.reason, this.#verdict.message)
      }
    }
    return this.#verdict ? { since: this.#endingSince ?? now, graceSeconds: graceOf(this.#pod) } : undefined
  }

  #apply(action: Action): void {
    if (action.do === 'start-sandbox') this.#prepare(action.attempt)
    else if (action.do === 'start') this.#start(action)
    else if (action.do === 'stop') this.#stop(action)
    else if (action.do === 'resize') this.#resize(action.container, action.id)
    else if (action.do === 'hasten') this.#stops.get(action.id)?.hasten(action.deadline)
    else if (action.do === 'stop-sandbox') this.#stopSandbox(action.id)
    else this.#finish()
  }

  // The sandbox

  /** Volumes, sandbox, network, files: everything that containers start in. Without an attempt the sandbox runs already. */
  #prepare(attempt: number | undefined): void {
    this.#preparing = true
    this.#run(async () => {
      try {
        this.#ready = await this.#makeReady(attempt)
        this.#prepareFailures = 0
        this.#preparing = false
      } catch (error) {
        const reason = error instanceof MountError ? 'FailedMount' : 'FailedCreatePodSandBox'
        const text = errorText(error)
        this.#tellPod('Warning', reason, error instanceof MountError ? text : `Failed to create pod sandbox: ${text}`)
        const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#prepareFailures++, LAST_RETRY_MS)
        if (this.#ending(this.#d.clock.now())) this.#preparing = false
        else {
          this.#retryPrepare = this.#d.clock.setTimer(delay, () => {
            this.#retryPrepare = undefined
            this.#preparing = false
            this.poke()
          })
        }
      }
    })
  }

  async #makeReady(attempt: number | undefined): Promise<Ready> {
    const { volumes, references, runtime } = this.#d
    const pod = this.#pod
    const dir = new PodDir(this.#d.dataDir, this.uid)
    if (!runtime.simulated) await mkdir(dir.path, { recursive: true })
    const [paths] = await Promise.all([
      volumes.setUp({ pod, references: references.forPod(this.uid), place: this.#place('') }),
      this.#writeResolver(dir),
    ])
    const sandbox =
      attempt === undefined ? newestSandbox(this.containers) : await runtime.startSandbox(this.#sandboxSpec(attempt))
    if (!sandbox) throw new Error('The sandbox is gone')
    this.#containers.set(sandbox.id, sandbox)
    const ip = await this.#connect(sandbox)
    await this.#writeHosts(dir, ip)
    this.#scheduleRenewal()
    for (const old of this.containers) {
      if (old.kind === 'sandbox' && old.id !== sandbox.id) this.#run(() => this.#remove(old.id))
    }
    return { sandboxId: sandbox.id, volumes: paths, ip }
  }

  #sandboxSpec(attempt: number): Parameters<WorkerDeps['runtime']['startSandbox']>[0] {
    const pod = this.#pod
    const spec = specOf(pod)
    const dir = new PodDir(this.#d.dataDir, this.uid)
    return {
      ...identityOf(pod, '', attempt),
      hostname: hostnameOf(pod, this.#d.clusterDomain),
      hostNetwork: usesHostNetwork(pod),
      hostPid: spec.hostPID ?? false,
      hostIpc: spec.hostIPC ?? false,
      sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map(s => [s.name, s.value])),
      cgroupParent: cgroupParentOf(pod, this.#d.info()),
      mounts: [{ source: dir.resolver, target: '/etc/resolv.conf', readOnly: true, propagation: 'private' }],
      notes: {},
    }
  }

  async #connect(sandbox: RuntimeContainer): Promise<string> {
    if (usesHostNetwork(this.#pod)) return this.#d.nodeIp
    const hostPorts = specOf(this.#pod)
      .containers.flatMap(c => c.ports ?? [])
      .filter(p => p.hostPort)
      .map(p => ({
        hostPort: p.hostPort ?? 0,
        containerPort: p.containerPort,
        protocol: p.protocol || 'TCP',
        hostIp: p.hostIP ?? '',
      }))
    const { ip } = await this.#d.network.setUp({ ...this.#networked(), netnsPid: sandbox.pid, hostPorts })
    return ip
  }

  #networked(): { podKey: string; uid: string } {
    return { podKey: `${podNamespaceOf(this.#pod)}/${podNameOf(this.#pod)}`, uid: this.uid }
  }

  async #writeResolver(dir: PodDir): Promise<void> {
    if (this.#d.runtime.simulated) return
    const node = parseResolver(await readFile(this.#d.resolvConf, 'utf8').catch(() => ''))
    await writeFile(dir.resolver, resolverFile(this.#pod, { ...this.#d, node }))
  }

  async #writeHosts(dir: PodDir, ip: string): Promise<void> {
    if (this.#d.runtime.simulated) return
    const nodeHosts = usesHostNetwork(this.#pod) ? await readFile('/etc/hosts', 'utf8').catch(() => '') : ''
    const { clusterDomain } = this.#d
    const present = await readFile(dir.hosts, 'utf8').catch(() => undefined)
    const wanted = hostsFile(this.#pod, { ip, clusterDomain, nodeHosts })
    // What a container wrote to its own file stays.
    if (present === undefined || !present.includes(`${ip}\t`)) await writeFile(dir.hosts, wanted)
  }

  async #refreshVolumes(): Promise<void> {
    const { volumes, references } = this.#d
    try {
      await volumes.setUp({ pod: this.#pod, references: references.forPod(this.uid), place: this.#place('') })
      this.#scheduleRenewal()
    } catch (error) {
      // The files that are there stay until their source is back.
      this.#log.debug('Volumes not refreshed', { error: error as Error })
    }
  }

  #scheduleRenewal(): void {
    const at = this.#d.tokens.renewAt(this.uid)
    this.#renew?.[Symbol.dispose]()
    this.#renew = at === undefined ? undefined : this.#d.clock.setTimer(at - this.#d.clock.now(), () => this.refresh())
  }

  #stopSandbox(id: string): void {
    if (this.#stops.has(id)) return
    const ended = this.#whenEnded(id)
    const tell: Tell = () => {}
    const { runtime, clock } = this.#d
    const stop = new ContainerStop({
      runtime,
      clock,
      id,
      hook: undefined,
      context: undefined,
      tell,
      deadline: clock.now() + FIRST_RETRY_MS,
      ended,
    })
    this.#stops.set(id, stop)
    this.#run(() => stop.done.finally(() => this.#stops.delete(id)))
  }

  // Containers

  #start(action: StartAction): void {
    const { container, attempt, delayMs } = action
    const { name } = container.spec
    const sandbox = newestSandbox(this.containers)
    const ready = this.#ready
    if (!sandbox || !ready) return
    const abort = new AbortController()
    const op = { name, abort, told: false }
    this.#starting = op
    this.#run(async () => {
      try {
        const target = 'targetContainerName' in container.spec ? container.spec.targetContainerName : undefined
        const started = await this.#d.starter.start({
          pod: this.#pod,
          container,
          attempt: Math.max(attempt, this.#lostAttempts(container)),
          delayMs,
          sandbox,
          place: this.#place(ready.ip),
          references: this.#d.references.forPod(this.uid),
          volumes: ready.volumes,
          targetId: target ? (attemptsOf(this.containers, target)[0]?.id ?? '') : '',
          tell: this.#teller(container),
          tellPod: (type, reason, message) => this.#tellPod(type, reason, message),
          signal: abort.signal,
        })
        this.#failures.delete(name)
        op.told = true
        await this.observe(started.id, started)
        await this.#afterStart(container, started, abort.signal)
        this.#forgetOldAttempts(name)
      } catch (error) {
        if (!abort.signal.aborted) this.#startFailed(name, error)
      } finally {
        this.#starting = undefined
      }
    })
  }

  /** Attempts that were reported and that the engine has lost since. */
  #lostAttempts(container: PodContainer): number {
    const { initContainerStatuses = [], containerStatuses = [] } = this.#pod.status ?? {}
    const old = [...initContainerStatuses, ...containerStatuses].find(s => s.name === container.spec.name)
    if (!old?.containerID || attemptsOf(this.containers, container.spec.name).length) return 0
    return old.restartCount + 1
  }

  #startFailed(name: string, error: unknown): void {
    const { message } = error as Error
    const known = error instanceof StartFailure
    if (!known) this.#log.warn('Container not started', { container: name, error: error as Error })
    const retryAt = known ? error.retryAt : undefined
    const reason = known ? error.reason : 'CreateContainerError'
    const until = retryAt ?? this.#d.clock.now() + RETRY_START_MS
    this.#failures.set(name, { reason, message, until, config: retryAt === undefined })
  }

  async #afterStart(container: PodContainer, started: RuntimeContainer, signal: AbortSignal): Promise<void> {
    const hook = container.spec.lifecycle?.postStart
    if (!hook || started.state !== 'running') return
    try {
      await runHook(hook, this.#context(container, started.id), signal)
    } catch {
      const tell = this.#teller(container)
      tell('Warning', 'FailedPostStartHook', 'PostStartHook failed')
      const deadline = this.#d.clock.now() + graceOf(this.#pod) * 1000
      this.#stop({ do: 'stop', container, id: started.id, deadline, message: 'FailedPostStartHook' })
    }
  }

  #stop({ container, id, deadline, message }: StopAction): void {
    if (this.#stops.has(id)) return
    const { runtime, clock } = this.#d
    const tell: Tell = container ? this.#teller(container) : () => {}
    tell('Normal', 'Killing', message)
    const hook = container?.spec.lifecycle?.preStop
    const context = container ? this.#context(container, id) : undefined
    const stop = new ContainerStop({ runtime, clock, id, hook, context, tell, deadline, ended: this.#whenEnded(id) })
    this.#stops.set(id, stop)
    this.#probes.get(id)?.stopRestarting()
    this.#run(() => stop.done.finally(() => this.#stops.delete(id)))
  }

  #resize(container: PodContainer, id: string): void {
    if (this.#resizing.has(id)) return
    this.#resizing.add(id)
    const wanted = resourcesText(container.spec.resources)
    const attempt = this.#containers.get(id)?.attempt ?? 0
    this.#run(async () => {
      try {
        await this.#d.runtime.updateContainer(id, limitsOf(container.spec.resources))
        this.#resized.set(id, wanted)
        await writeFile(new PodDir(this.#d.dataDir, this.uid).resized(container.spec.name, attempt), wanted)
      } catch (error) {
        // Tried again when the pod changes or is looked at again: what it uses now may be more than it is to have.
        this.#log.warn('Container not resized', { container: container.spec.name, error: error as Error })
        this.#sleepUntil(this.#d.clock.now() + RETRY_START_MS)
        await this.#d.clock.sleep(RETRY_START_MS)
      } finally {
        this.#resizing.delete(id)
      }
    })
  }

  #whenEnded(id: string): Promise<void> {
    if (this.#containers.get(id)?.state !== 'running') return Promise.resolve()
    return new Promise(resolve => {
      const before = this.#onEnded.get(id)
      this.#onEnded.set(id, () => {
        before?.()
        this.#onEnded.delete(id)
        resolve()
      })
    })
  }

  /** Keeps the newest run and the one before: their logs can be read. */
  #forgetOldAttempts(name: string): void {
    for (const old of attemptsOf(this.containers, name).slice(2)) this.#run(() => this.#remove(old.id))
  }

  async #remove(id: string): Promise<void> {
    this.#containers.delete(id)
    this.#messages.delete(id)
    await this.#d.runtime.removeContainer(id)
  }

  async #removeAll(): Promise<void> {
    await Promise.all([...this.#containers.keys()].map(id => this.#d.runtime.removeContainer(id)))
  }

  #watch(running: RuntimeContainer): void {
    const container = containersOf(this.#pod).find(c => c.spec.name === running.name)
    if (!container || running.kind !== 'container' || this.#probes.has(running.id)) return
    // The engine's own news may come before the start is told of.
    if (this.#starting?.name === running.name && !this.#starting.told) return
    this.#probes.set(
      running.id,
      new ContainerProbes({
        ...this.#context(container, running.id),
        startedAt: running.startedAt,
        tell: this.#teller(container),
        log: this.#log,
        onChange: () => this.poke(),
      }),
    )
  }

  #context(container: PodContainer, containerId: string) {
    const { runtime, clock } = this.#d
    const podIp = this.#ready?.ip || this.#pod.status?.podIP || ''
    return { runtime, clock, containerId, container: container.spec, podIp }
  }

  /** Reads what an ended container left to say. */
  async #hear(ended: RuntimeContainer): Promise<void> {
    const container = containersOf(this.#pod).find(c => c.spec.name === ended.name)
    if (!container || ended.kind !== 'container') return
    const words = await lastWords(this.#d.runtime, this.#d.dataDir, container, ended).catch(() => '')
    if (words) this.#messages.set(ended.id, words)
  }

  #verdictOf(id: string): ProbeVerdict {
    return this.#probes.get(id)?.verdict ?? { started: true, ready: true }
  }

  // The end

  #reject(refused: { readonly reason: string; readonly message: string }): void {
    this.#rejected = true
    this.#verdict = refused
    this.#tellPod('Warning', refused.reason, refused.message)
    this.#status.want()
  }

  /** Nothing runs any more: the last status, then nothing is left on the node but, until it is deleted, ended containers. */
  #finish(): void {
    if (this.#cleaned) return
    this.#cleaned = true
    const report = !isTerminalPhase(this.#pod.status?.phase) && !this.#objectGone
    // A pod whose containers never ran is only called failed when its place is empty.
    const late = ![...this.#containers.values()].some(c => c.kind === 'container')
    this.#run(async () => {
      if (report && !late) await this.#reportEnd()
      this.#ready = undefined
      this.#d.references.release(this.uid)
      this.#d.tokens.release(this.uid)
      this.#d.images.release(this.uid)
      const undo = usesHostNetwork(this.#pod) ? Promise.resolve() : this.#d.network.tearDown(this.#networked())
      await Promise.all([undo, this.#d.volumes.tearDown(this.uid)])
      if (report && late) {
        await this.#removeAll()
        await this.#reportEnd()
      }
      this.#ended = true
    })
  }

  async #reportEnd(): Promise<void> {
    this.#ended = true
    this.#status.want()
    await this.#status.flush()
  }

  /** Lets the API forget a pod that is to be deleted, and the node one that the API has forgotten. */
  #finishObject(): void {
    if (this.#work.size) return
    if (this.#objectGone) {
      this.#closed = true
      void this.#removeAll()
        .catch((error: unknown) => this.#log.warn('Container not removed', { error: error as Error }))
        .then(() => this.#onGone())
      return
    }
    if (!this.#pod.metadata.deletionTimestamp) return
    // Without time left the API server is removing it this moment; asking too would take it from under its hands.
    const removed = this.#pod.metadata.deletionGracePeriodSeconds === 0
    if (this.#released && removed) return
    this.#released = true
    const { uid } = this
    this.#run(async () => {
      // While a finalizer holds the object its containers have no further use, and nobody may find them again.
      await this.#removeAll()
      if (removed) await this.#d.clock.sleep(SERVER_REMOVES_MS)
      if (this.#objectGone) return
      const at = [podNamespaceOf(this.#pod), podNameOf(this.#pod)] as const
      const options = { gracePeriodSeconds: 0, preconditions: { uid } }
      await this.#d.client.delete(podKind as never, ...at, options).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    }, false)
  }

  // Reports

  #statusOf(pod: PodView): ReturnType<typeof podStatusOf> {
    const now = this.#d.clock.now()
    if (this.#rejected && this.#verdict) return rejectedStatus(pod, this.#verdict.reason, this.#verdict.message, now)
    return podStatusOf(
      pod,
      {
        all: this.containers,
        probes: id => this.#verdictOf(id),
        waiting: new Map<string, Waiting>([...this.#failures, ...this.#backOff]),
        messages: this.#messages,
        runtimeName: this.#d.info().name,
        imageId: this.#d.imageId,
        applied: c => {
          const text = this.#resized.get(c.id) ?? c.notes[NOTE.resources]
          return text === undefined ? undefined : readResources(text)
        },
        podIp: this.#ready?.ip ?? '',
        hostIp: this.#d.nodeIp,
        sandboxReady: this.#ready !== undefined && newestSandbox(this.containers)?.state === 'running',
        startedAt: this.#startedAt,
        ...(this.#verdict ? { verdict: this.#verdict } : {}),
        ended: this.#ended,
      },
      now,
    )
  }

  #place(podIp: string): PodPlace {
    return {
      podIp,
      hostIp: this.#d.nodeIp,
      allocatable: this.#d.allocatable(),
      ownAnnotations: {
        'kubernetes.io/config.seen': new Date(this.#startedAt).toISOString().replace('Z', '000000Z'),
        'kubernetes.io/config.source': 'api',
      },
    }
  }

  #tellBackOff(plan: Plan): void {
    for (const name of plan.backOff.keys()) {
      if (this.#backOff.has(name)) continue
      const container = containersOf(this.#pod).find(c => c.spec.name === name)
      if (container)
        this.#teller(container)(
          'Warning',
          'BackOff',
          `Back-off restarting failed container ${name} in pod ${podTitle(this.#pod)}`,
        )
    }
    this.#backOff = plan.backOff
  }

  #teller(container: PodContainer): Tell {
    return (type, reason, message) => this.#tell(fieldPathOf(container), type, reason, message)
  }

  #tellPod(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#tell('', type, reason, message)
  }

  #tell(fieldPath: string, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = this.#pod.metadata
    const ref = {
      kind: 'Pod',
      apiVersion: 'v1',
      name,
      namespace,
      uid,
      resourceVersion,
      ...(fieldPath ? { fieldPath } : {}),
    }
    this.#d.recorder.event({ ref }, type, reason, message)
  }

  // Work

  #sleepUntil(at: number | undefined): void {
    if (at === undefined) return
    this.#wake?.[Symbol.dispose]()
    this.#wake = this.#d.clock.setTimer(at - this.#d.clock.now(), () => this.poke())
  }

  /** Starts a piece of work beside the others and decides anew when it is through. */
  #run(work: () => Promise<void>, poke = true): void {
    const task = work()
      .catch((error: unknown) => this.#log.warn('Pod work failed', { error: error as Error }))
      .finally(() => {
        this.#work.delete(task)
        if (poke) this.poke()
      })
    this.#work.add(task)
  }
}
