import { durationText, nextDelay, nextStartAt } from './backoff.ts'
import { type ContainerView, containersOf, type PodContainer, type PodView, podTitle, specOf } from './pods.ts'
import { restartRule, restarts } from './restart.ts'
import type { RuntimeContainer } from './runtime/runtime.ts'

/** Notes on containers that decisions read back. */
export const NOTE = {
  sandbox: 'sandbox',
  delay: 'delay',
  hash: 'hash',
  messagePath: 'message',
  tty: 'tty',
  resources: 'resources',
  round: 'round',
} as const

/** Why and how a pod is to end. */
export interface Ending {
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly graceSeconds: number
}

export interface Desired {
  readonly pod: PodView
  /** Missing while the pod is to run. */
  readonly ending?: Ending
}

/** What is known of a pod on this node. */
export interface Observed {
  /** All of the pod's containers and sandboxes, also ended ones, in any order. */
  readonly all: readonly RuntimeContainer[]
  readonly probes: (id: string) => ProbeVerdict
  /** Work under way. */
  readonly busy: Busy
  /** Containers whose start failed: not to be tried before this time (milliseconds since the epoch). */
  readonly blockedUntil: ReadonlyMap<string, number>
  /** What a container's requests and limits were changed to while it ran, as {@link resourcesText} gives it. */
  readonly resized?: (id: string) => string | undefined
}

export interface Busy {
  readonly sandbox: boolean
  /** Name of the container that is being started. */
  readonly starting: string | undefined
  /** Containers that are being stopped, with the time at which they are killed. */
  readonly stopping: ReadonlyMap<string, number>
}

export interface ProbeVerdict {
  /** The startup probe has succeeded, or there is none. */
  readonly started: boolean
  readonly ready: boolean
  /** The probe that wants the container restarted. */
  readonly failed?: 'liveness' | 'startup'
}

export type Action =
  | { readonly do: 'start-sandbox'; readonly attempt: number }
  | { readonly do: 'stop-sandbox'; readonly id: string }
  | {
      readonly do: 'start'
      readonly container: PodContainer
      readonly attempt: number
      readonly delayMs: number
      readonly round: number
    }
  | {
      readonly do: 'stop'
      readonly container: PodContainer | undefined
      readonly id: string
      /** When it is killed at the latest. */
      readonly deadline: number
      readonly message: string
      /** It is not asked first: its hook does not run. */
      readonly abrupt?: boolean
    }
  /** Give a running container other limits. */
  | { readonly do: 'resize'; readonly container: PodContainer; readonly id: string }
  /** Kill earlier than was said. */
  | { readonly do: 'hasten'; readonly id: string; readonly deadline: number }
  /** Nothing runs any more: report the end and clean up. */
  | { readonly do: 'finish' }

export interface Waiting {
  readonly reason: string
  readonly message: string
}

export interface Plan {
  readonly actions: readonly Action[]
  /** Containers that wait for their back-off. */
  readonly backOff: ReadonlyMap<string, Waiting>
  /** When to plan again if nothing happens before, in milliseconds since the epoch. */
  readonly wakeAt?: number
}

/** Containers get at least so long between the signal to stop and being killed. */
const LEAST_GRACE_MS = 2_000

/** The newest sandbox, running or not. */
export function newestSandbox(all: readonly RuntimeContainer[]): RuntimeContainer | undefined {
  return newest(all.filter(c => c.kind === 'sandbox'))
}

/** The attempts of one container, newest first. One that was made but never started does not count. */
export function attemptsOf(all: readonly RuntimeContainer[], name: string): RuntimeContainer[] {
  return all
    .filter(c => c.kind === 'container' && c.name === name && c.state !== 'created')
    .sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt)
}

function newest(all: readonly RuntimeContainer[]): RuntimeContainer | undefined {
  return [...all].sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt)[0]
}

/** How often all containers of a pod were begun anew when one was made, because one had ended as its rules say. */
const roundOf = (c: RuntimeContainer): number => Number(c.notes[NOTE.round] ?? 0)

/** The round that a pod's containers belong to: a new one once a container of the last has ended as its rules say. */
export function currentRound(pod: PodView, all: readonly RuntimeContainer[]): number {
  const last = Math.max(0, ...all.filter(c => c.kind === 'container').map(roundOf))
  return restartsAll(pod, all) ? last + 1 : last
}

/** True from the end of a container whose rules say to begin all anew until the first of them is begun. */
export function restartsAll(pod: PodView, all: readonly RuntimeContainer[]): boolean {
  const round = Math.max(0, ...all.filter(c => c.kind === 'container').map(roundOf))
  return containersOf(pod).some(c => {
    if (!c.spec.restartPolicyRules?.length) return false
    const last = attemptsOf(all, c.spec.name)[0]
    const ended = last?.state === 'exited' && roundOf(last) === round
    return ended && restartRule(c, last.exitCode) === 'RestartAllContainers'
  })
}

/** What the hash of a running container's spec covers: its image is the one thing that may change. */
export const specHash = (c: ContainerView): string => `${c.name} ${c.image ?? ''}`

/** A container's requests and limits in one text that is the same for the same amounts. */
export function resourcesText(resources: ContainerView['resources']): string {
  const sorted = (amounts: Readonly<Record<string, string>> | undefined): [string, string][] =>
    Object.entries(amounts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({ requests: sorted(resources?.requests), limits: sorted(resources?.limits) })
}

/** The amounts of a {@link resourcesText}. */
export function readResources(text: string): { requests: Record<string, string>; limits: Record<string, string> } {
  const { requests, limits } = JSON.parse(text) as { requests: [string, string][]; limits: [string, string][] }
  return { requests: Object.fromEntries(requests), limits: Object.fromEntries(limits) }
}

/** Decides what is to be done next for a pod. Repeating a step whose actions are under way gives no action twice. */
export function stepPod(desired: Desired, observed: Observed, now: number): Plan {
  const step = new Step(desired.pod, observed, now)
  if (desired.ending) step.end(desired.ending)
  else if (isComplete(desired.pod, observed.all)) step.end({ since: now, graceSeconds: graceOf(desired.pod) })
  else step.run()
  return step.plan()
}

export const graceOf = (pod: PodView): number => specOf(pod).terminationGracePeriodSeconds ?? 30

/** True when nothing of the pod will ever run again: its main containers are done, or its start has failed for good. */
export function isComplete(pod: PodView, all: readonly RuntimeContainer[]): boolean {
  const containers = containersOf(pod)
  const round = currentRound(pod, all)
  const isDone = (c: PodContainer): boolean => {
    const last = attemptsOf(all, c.spec.name)[0]
    return last?.state === 'exited' && roundOf(last) === round && !restarts(pod, c, last.exitCode)
  }
  const failedInit = containers.some(c => {
    if (c.role !== 'init') return false
    const last = attemptsOf(all, c.spec.name)[0]
    return last?.state === 'exited' && last.exitCode !== 0 && isDone(c)
  })
  return failedInit || containers.filter(c => c.role === 'main').every(isDone)
}

class Step {
  readonly #pod: PodView
  readonly #o: Observed
  readonly #now: number
  readonly #actions: Action[] = []
  readonly #backOff = new Map<string, Waiting>()
  readonly #containers: PodContainer[]
  readonly #sandbox: RuntimeContainer | undefined
  readonly #round: number
  #wakeAt: number | undefined
  #mayStart: boolean

  constructor(pod: PodView, observed: Observed, now: number) {
    this.#pod = pod
    this.#o = observed
    this.#now = now
    this.#containers = containersOf(pod)
    this.#sandbox = newestSandbox(observed.all)
    this.#round = currentRound(pod, observed.all)
    this.#mayStart = observed.busy.starting === undefined
  }

  plan(): Plan {
    return {
      actions: this.#actions,
      backOff: this.#backOff,
      ...(this.#wakeAt === undefined ? {} : { wakeAt: this.#wakeAt }),
    }
  }

  /** Stops main containers together, then sidecars one by one in reverse order, then the sandbox. */
  end(ending: Ending): void {
    const deadline = Math.max(ending.since + ending.graceSeconds * 1000, this.#now)
    const running = this.#o.all.filter(c => c.kind === 'container' && c.state === 'running')
    const roleOf = (c: RuntimeContainer): PodContainer | undefined => this.#containers.find(p => p.spec.name === c.name)
    const sidecars = this.#containers.filter(c => c.role === 'sidecar').map(c => c.spec.name)
    const first = running.filter(c => roleOf(c)?.role !== 'sidecar')
    const last = running.filter(c => roleOf(c)?.role === 'sidecar')
    last.sort((a, b) => sidecars.indexOf(b.name) - sidecars.indexOf(a.name))
    const now = first.length ? first : last.slice(0, 1)
    for (const c of now) this.#stop(c, roleOf(c), deadline, `Stopping container ${c.name}`)
    if (running.length || this.#o.busy.starting !== undefined || this.#o.busy.sandbox) return
    const sandboxes = this.#o.all.filter(c => c.kind === 'sandbox' && c.state === 'running')
    for (const s of sandboxes) this.#actions.push({ do: 'stop-sandbox', id: s.id })
    if (!sandboxes.length) this.#actions.push({ do: 'finish' })
  }

  run(): void {
    if (this.#o.busy.sandbox) return
    if (this.#sandbox?.state !== 'running') {
      this.#renewSandbox()
      return
    }
    if (this.#endRound()) return
    for (const c of this.#containers.filter(c => c.role === 'ephemeral')) {
      if (!attemptsOf(this.#o.all, c.spec.name).length) this.#start(c, undefined)
    }
    if (!this.#initialize()) return
    for (const c of this.#containers.filter(c => c.role === 'main')) this.#keepRunning(c)
  }

  /** Stops what runs of the last round, all at once. True while something does. */
  #endRound(): boolean {
    if (!this.#round) return false
    const left = this.#o.all.filter(c => c.kind === 'container' && c.state === 'running' && roundOf(c) < this.#round)
    for (const c of left) {
      const known = this.#containers.find(p => p.spec.name === c.name)
      this.#stop(c, known, this.#now, `Container ${c.name} will be restarted with all others of its pod`, true)
    }
    return left.length > 0
  }

  /** What still runs lost its namespaces and goes first. */
  #renewSandbox(): void {
    const running = this.#o.all.filter(c => c.kind === 'container' && c.state === 'running')
    for (const c of running) {
      const known = this.#containers.find(p => p.spec.name === c.name)
      this.#stop(c, known, this.#now + graceOf(this.#pod) * 1000, `Stopping container ${c.name}`)
    }
    if (!running.length) this.#actions.push({ do: 'start-sandbox', attempt: (this.#sandbox?.attempt ?? -1) + 1 })
  }

  /** Runs init containers one after the other and keeps sidecars running. True when the main containers may start. */
  #initialize(): boolean {
    const mains = this.#containers.filter(c => c.role === 'main')
    const initialized = mains.some(c => this.#current(c) !== undefined)
    for (const c of this.#containers) {
      if (c.role === 'sidecar') {
        const alive = this.#keepRunning(c)
        if (!initialized && !alive) return false
      } else if (c.role === 'init' && !initialized) {
        const last = this.#current(c)
        if (last?.state === 'exited' && last.exitCode === 0) continue
        this.#keepRunning(c)
        return false
      }
    }
    return true
  }

  /** The newest attempt in the sandbox and the round that are now: what ran in an earlier one has to run again. */
  #current(c: PodContainer): RuntimeContainer | undefined {
    const last = attemptsOf(this.#o.all, c.spec.name)[0]
    const isNow = last?.notes[NOTE.sandbox] === this.#sandbox?.id && last !== undefined && roundOf(last) === this.#round
    return isNow ? last : undefined
  }

  /** Starts what should run and does not, stops what should not go on. True while it runs and has started. */
  #keepRunning(c: PodContainer): boolean {
    const last = attemptsOf(this.#o.all, c.spec.name)[0]
    if (!last) {
      this.#start(c, undefined)
      return false
    }
    if (last.state === 'running') return this.#watchOver(c, last)
    const again = (c.role === 'init' && this.#current(c) === undefined) || roundOf(last) < this.#round
    if (again || restarts(this.#pod, c, last.exitCode)) this.#startAfterBackOff(c, last)
    return false
  }

  #watchOver(c: PodContainer, running: RuntimeContainer): boolean {
    const { failed, started } = this.#o.probes(running.id)
    const never = c.role !== 'sidecar' && (c.spec.restartPolicy ?? specOf(this.#pod).restartPolicy) === 'Never'
    if (failed) {
      const probe = failed === 'liveness' ? c.spec.livenessProbe : c.spec.startupProbe
      const grace = probe?.terminationGracePeriodSeconds ?? graceOf(this.#pod)
      const message = never
        ? `Stopping container ${c.spec.name}`
        : `Container ${c.spec.name} failed ${failed} probe, will be restarted`
      this.#stop(running, c, this.#now + grace * 1000, message)
    } else if (running.notes[NOTE.hash] !== undefined && running.notes[NOTE.hash] !== specHash(c.spec)) {
      const message = `Container ${c.spec.name} definition changed, will be restarted`
      this.#stop(running, c, this.#now + graceOf(this.#pod) * 1000, message)
    } else this.#resize(c, running)
    return started && !failed
  }

  /** Changed amounts are set as the container runs, unless its policy for one of them is to restart. */
  #resize(c: PodContainer, running: RuntimeContainer): void {
    const has = this.#o.resized?.(running.id) ?? running.notes[NOTE.resources]
    if (has === undefined || has === resourcesText(c.spec.resources) || this.#o.busy.stopping.has(running.id)) return
    const [before, now] = [readResources(has), readResources(resourcesText(c.spec.resources))]
    const restarts = (c.spec.resizePolicy ?? []).some(
      ({ resourceName: name, restartPolicy }) =>
        restartPolicy === 'RestartContainer' &&
        (before.requests[name] !== now.requests[name] || before.limits[name] !== now.limits[name]),
    )
    if (!restarts) this.#actions.push({ do: 'resize', container: c, id: running.id })
    else
      this.#stop(running, c, this.#now + graceOf(this.#pod) * 1000, `Container ${c.spec.name} resize requires restart`)
  }

  #startAfterBackOff(c: PodContainer, last: RuntimeContainer): void {
    const delayMs = Number(last.notes[NOTE.delay] ?? 0)
    const run = { startedAt: last.startedAt || last.createdAt, finishedAt: last.finishedAt, delayMs }
    const at = nextStartAt(run)
    if (at <= this.#now) {
      this.#start(c, last, nextDelay(run))
      return
    }
    this.#wake(at)
    this.#backOff.set(c.spec.name, {
      reason: 'CrashLoopBackOff',
      message: `back-off ${durationText(delayMs)} restarting failed container=${c.spec.name} pod=${podTitle(this.#pod)}`,
    })
  }

  #start(container: PodContainer, last: RuntimeContainer | undefined, delayMs = 0): void {
    const blocked = this.#o.blockedUntil.get(container.spec.name)
    if (blocked !== undefined && blocked > this.#now) {
      this.#wake(blocked)
      return
    }
    if (!this.#mayStart) return
    // One at a time, in order: the next start waits for the hook after this one.
    this.#mayStart = false
    const attempt = last ? last.attempt + 1 : 0
    this.#actions.push({ do: 'start', container, attempt, delayMs, round: this.#round })
  }

  #stop(
    c: RuntimeContainer,
    container: PodContainer | undefined,
    wanted: number,
    message: string,
    abrupt = false,
  ): void {
    const deadline = Math.max(wanted, this.#now + LEAST_GRACE_MS)
    const stopping = this.#o.busy.stopping.get(c.id)
    if (stopping === undefined) {
      this.#actions.push({ do: 'stop', container, id: c.id, deadline, message, ...(abrupt ? { abrupt } : {}) })
    } else if (wanted < stopping && deadline < stopping) this.#actions.push({ do: 'hasten', id: c.id, deadline })
  }

  #wake(at: number): void {
    this.#wakeAt = Math.min(this.#wakeAt ?? at, at)
  }
}
