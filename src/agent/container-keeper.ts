import { readFile, rm } from 'node:fs/promises'
import { limitsOf } from './container-spec.ts'
import { lastWords } from './container-starter.ts'
import { ContainerStop } from './container-stop.ts'
import { runHook } from './hooks.ts'
import { StartFailure, type Tell } from './images.ts'
import type { PodContext } from './pod-context.ts'
import { containersOf, type PodContainer } from './pods.ts'
import { ContainerProbes } from './probes/container-probes.ts'
import type { RuntimeContainer } from './runtime/runtime.ts'
import type { Ready } from './sandbox-keeper.ts'
import {
  type Action,
  attemptsOf,
  type Busy,
  graceOf,
  newestSandbox,
  NOTE,
  type ProbeVerdict,
  readResources,
  resourcesText,
  type Waiting,
} from './step-pod.ts'
import { writeWhole } from './write-whole.ts'

/** A failed start is tried again after this, or sooner when something it depends on changes. */
const RETRY_MS = 10_000
/** Of each container the newest run and the one before are kept: their logs can be read. */
const KEPT_ATTEMPTS = 2

type StopAction = Extract<Action, { do: 'stop' }>
type StartAction = Extract<Action, { do: 'start' }>

interface Failure extends Waiting {
  readonly until: number
  /** It may be over as soon as something that the pod refers to changes. */
  readonly retryOnChange: boolean
}

/** Starts, probes, resizes and stops a pod's containers, and remembers what they said and why they wait. */
export class ContainerKeeper {
  readonly #c: PodContext
  readonly #probes = new Map<string, ContainerProbes>()
  readonly #messages = new Map<string, string>()
  readonly #failures = new Map<string, Failure>()
  readonly #stops = new Map<string, ContainerStop>()
  /** Requests and limits that containers were given while they ran. */
  readonly #resized = new Map<string, string>()
  readonly #resizing = new Set<string>()
  readonly #resizeErrors = new Map<string, string>()
  #starting: { readonly name: string; readonly abort: AbortController; told: boolean } | undefined

  constructor(context: PodContext) {
    this.#c = context
  }

  get busy(): Omit<Busy, 'sandbox'> {
    return {
      starting: this.#starting?.name,
      stopping: new Map([...this.#stops].map(([id, s]) => [id, s.deadline])),
    }
  }

  get failures(): ReadonlyMap<string, Failure> {
    return this.#failures
  }

  get messages(): ReadonlyMap<string, string> {
    return this.#messages
  }

  /** A container that is not probed yet is not ready if it is going to be. */
  verdict(id: string): ProbeVerdict {
    const probes = this.#probes.get(id)
    if (probes) return probes.verdict
    const running = this.#c.containers.get(id)
    const spec = running && this.#specOf(running)?.spec
    return { started: !spec?.startupProbe, ready: !spec?.readinessProbe }
  }

  resized(id: string): string | undefined {
    return this.#resized.get(id)
  }

  /** Why a container could not be given what it was granted. */
  resizeError(id: string): string | undefined {
    return this.#resizeErrors.get(id)
  }

  /** Requests and limits that a container really has. */
  applied(c: RuntimeContainer): ReturnType<typeof readResources> | undefined {
    const text = this.#resized.get(c.id) ?? c.notes[NOTE.resources]
    return text === undefined ? undefined : readResources(text)
  }

  /** A container from before this agent started. */
  async adopt(c: RuntimeContainer): Promise<void> {
    this.#c.containers.set(c.id, c)
    if (c.state === 'exited') await this.#hear(c)
    else if (c.state === 'running') this.#watch(c, this.#found(c))
    const resized = await readFile(this.#c.dir.resized(c.name, c.attempt), 'utf8').catch(() => undefined)
    if (resized) this.#resized.set(c.id, resized)
  }

  /** The engine has news of a container; undefined when it is gone. */
  async observe(id: string, c: RuntimeContainer | undefined): Promise<void> {
    const { containers } = this.#c
    const known = containers.get(id)
    // What has ended does not run again: this is an older look that was slow to come.
    if (c?.state === 'running' && known?.state === 'exited' && c.startedAt <= known.startedAt) return
    if (c) {
      // Its message first: a status that shows its end shows that too.
      if (c.state === 'exited' && known?.state !== 'exited') await this.#hear(c)
      containers.set(id, c)
    } else containers.delete(id)
    if (c?.state === 'running') this.#watch(c)
    else {
      this.#probes.get(id)?.stop()
      this.#probes.delete(id)
      this.#c.hasEnded(id)
    }
    this.#c.poke()
  }

  /** Starts that failed for want of something are tried again. */
  retryNow(): void {
    for (const [name, f] of this.#failures) if (f.retryOnChange) this.#failures.set(name, { ...f, until: 0 })
  }

  /** The pod ends: nothing is started any more, and no probe restarts anything. */
  end(): void {
    this.#starting?.abort.abort(new DOMException('The pod ends', 'AbortError'))
    for (const p of this.#probes.values()) p.stopRestarting()
  }

  /** Ends timers; containers go on. */
  close(): void {
    this.#starting?.abort.abort(new DOMException('The agent stops', 'AbortError'))
    for (const p of this.#probes.values()) p.stop()
  }

  start(action: StartAction, ready: Ready): void {
    const { name } = action.container.spec
    const op = { name, abort: new AbortController(), told: false }
    this.#starting = op
    this.#c.run(async () => {
      try {
        const started = await this.#startOne(action, ready, op.abort.signal)
        this.#failures.delete(name)
        op.told = true
        await this.observe(started.id, started)
        await this.#afterStart(action.container, started, op.abort.signal)
        const old = attemptsOf(this.#c.all, name).slice(KEPT_ATTEMPTS)
        for (const c of old) this.#c.run(() => this.#forget(c))
      } catch (error) {
        if (!op.abort.signal.aborted) this.#startFailed(name, error)
      } finally {
        this.#starting = undefined
      }
    })
  }

  stop({ container, id, deadline, message, abrupt }: StopAction): void {
    if (this.#stops.has(id)) return
    const { runtime, clock } = this.#c.deps
    const tell: Tell = container ? this.#c.teller(container) : () => {}
    tell('Normal', 'Killing', message)
    const hook = abrupt ? undefined : container?.spec.lifecycle?.preStop
    const context = container ? this.#c.action(container, id) : undefined
    const ended = this.#c.whenEnded(id)
    const stop = new ContainerStop({ runtime, clock, id, hook, context, tell, deadline, ended })
    this.#stops.set(id, stop)
    this.#probes.get(id)?.stopRestarting()
    this.#c.run(async () => {
      try {
        await stop.done
        // The engine's own news of it may have been lost.
        if (this.#c.containers.get(id)?.state === 'running') await this.observe(id, await runtime.inspect(id))
      } finally {
        this.#stops.delete(id)
      }
    })
  }

  hasten(id: string, deadline: number): void {
    this.#stops.get(id)?.hasten(deadline)
  }

  resize(container: PodContainer, id: string): void {
    if (this.#resizing.has(id)) return
    this.#resizing.add(id)
    const { deps, dir, log } = this.#c
    const wanted = resourcesText(container.spec.resources)
    const attempt = this.#c.containers.get(id)?.attempt ?? 0
    this.#c.run(async () => {
      try {
        await this.#checkMemory(id, container)
        await deps.runtime.updateContainer(id, limitsOf(container.spec.resources))
        this.#resized.set(id, wanted)
        this.#resizeErrors.delete(id)
        if (!deps.runtime.simulated) await writeWhole(dir.resized(container.spec.name, attempt), wanted)
      } catch (error) {
        // It may use more now than it is to have: tried again later.
        const { message } = error as Error
        if (!this.#resizeErrors.has(id)) this.#c.tellPod('Warning', 'ResizeError', `Pod resize error: ${message}`)
        this.#resizeErrors.set(id, message)
        log.warn('Container not resized', { container: container.spec.name, error: error as Error })
        this.#c.poke()
        await deps.clock.sleep(RETRY_MS)
      } finally {
        this.#resizing.delete(id)
      }
    })
  }

  /** Engines end a container that uses more than its new limit, or refuse: it is not even tried. */
  async #checkMemory(id: string, container: PodContainer): Promise<void> {
    const running = this.#c.containers.get(id)
    const before = limitsOf((running && this.applied(running)) ?? {}).memoryBytes
    const { memoryBytes: limit } = limitsOf(container.spec.resources)
    if (!limit || (before && limit >= before)) return
    const used = (await this.#c.deps.runtime.stats(id))?.memoryBytes ?? 0
    if (used > limit)
      throw new Error(`attempting to set container memory limit (${limit}) below current usage (${used})`)
  }

  #startOne(
    { container, attempt, delayMs, round }: StartAction,
    ready: Ready,
    signal: AbortSignal,
  ): Promise<RuntimeContainer> {
    const { deps, pod, uid, ip } = this.#c
    const sandbox = newestSandbox(this.#c.all)
    if (!sandbox) throw new Error('The sandbox is gone')
    const target = 'targetContainerName' in container.spec ? container.spec.targetContainerName : undefined
    return deps.starter.start({
      pod,
      container,
      attempt: Math.max(attempt, this.#lostAttempts(container)),
      delayMs,
      round,
      sandbox,
      place: this.#c.place(ip),
      references: deps.references.forPod(uid),
      volumes: ready.volumes,
      targetId: target ? (attemptsOf(this.#c.all, target)[0]?.id ?? '') : '',
      tell: this.#c.teller(container),
      tellPod: this.#c.tellPod,
      signal,
      keep: c => this.#c.containers.set(c.id, c),
    })
  }

  /** Attempts that were reported and that the engine has lost since. */
  #lostAttempts(container: PodContainer): number {
    const { initContainerStatuses = [], containerStatuses = [] } = this.#c.pod.status ?? {}
    const old = [...initContainerStatuses, ...containerStatuses].find(s => s.name === container.spec.name)
    if (!old?.containerID || attemptsOf(this.#c.all, container.spec.name).length) return 0
    return old.restartCount + 1
  }

  #startFailed(name: string, error: unknown): void {
    const { message } = error as Error
    const known = error instanceof StartFailure
    if (!known) this.#c.log.warn('Container not started', { container: name, error: error as Error })
    const retryAt = known ? error.retryAt : undefined
    const reason = known ? error.reason : 'CreateContainerError'
    const until = retryAt ?? this.#c.now + RETRY_MS
    this.#failures.set(name, { reason, message, until, retryOnChange: retryAt === undefined })
  }

  async #afterStart(container: PodContainer, started: RuntimeContainer, signal: AbortSignal): Promise<void> {
    const hook = container.spec.lifecycle?.postStart
    if (!hook || started.state !== 'running') return
    try {
      await runHook(hook, this.#c.action(container, started.id), signal)
    } catch {
      if (signal.aborted) return
      this.#c.teller(container)('Warning', 'FailedPostStartHook', 'PostStartHook failed')
      const deadline = this.#c.now + graceOf(this.#c.pod) * 1000
      this.stop({ do: 'stop', container, id: started.id, deadline, message: 'FailedPostStartHook' })
    }
  }

  async #forget({ id, name, attempt }: RuntimeContainer): Promise<void> {
    this.#messages.delete(id)
    this.#resized.delete(id)
    this.#resizeErrors.delete(id)
    await this.#c.remove(id)
    const { dir } = this.#c
    for (const file of [dir.lastWords(name, attempt), dir.resized(name, attempt)]) await rm(file, { force: true })
  }

  /** What was reported of a container: a new agent does not make it unready. */
  #found(c: RuntimeContainer): { started: boolean; ready: boolean } {
    const { initContainerStatuses = [], containerStatuses = [] } = this.#c.pod.status ?? {}
    const status = [...initContainerStatuses, ...containerStatuses].find(s => s.name === c.name)
    const same = status?.containerID?.endsWith(c.id) ?? false
    return { started: same && status?.started === true, ready: same && status?.ready === true }
  }

  #watch(running: RuntimeContainer, before?: { started: boolean; ready: boolean }): void {
    const container = this.#specOf(running)
    if (!container || this.#probes.has(running.id)) return
    // The engine's own news may come before the start is told of.
    if (this.#starting?.name === running.name && !this.#starting.told) return
    const probes = new ContainerProbes({
      ...this.#c.action(container, running.id),
      startedAt: running.startedAt,
      tell: this.#c.teller(container),
      log: this.#c.log,
      onChange: () => this.#c.poke(),
      ...(before ? { before } : {}),
    })
    this.#probes.set(running.id, probes)
  }

  /** Reads what an ended container left to say. */
  async #hear(ended: RuntimeContainer): Promise<void> {
    const container = this.#specOf(ended)
    if (!container) return
    const { runtime, dataDir } = this.#c.deps
    const words = await lastWords(runtime, dataDir, container, ended).catch(() => '')
    if (words) this.#messages.set(ended.id, words)
  }

  #specOf(c: RuntimeContainer): PodContainer | undefined {
    return c.kind === 'container' ? containersOf(this.#c.pod).find(p => p.spec.name === c.name) : undefined
  }
}
