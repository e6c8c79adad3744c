import { readFile } from 'node:fs/promises'
import type { PodContext } from './pod-context.ts'
import {
  type Allocation,
  differs,
  type PendingResize,
  resizeDetails,
  resizeObstacle,
  wantedAllocation,
} from './resize.ts'
import type { RuntimeContainer } from './runtime/runtime.ts'
import { attemptsOf, type readResources, resourcesText } from './step-pod.ts'
import { writeWhole } from './write-whole.ts'

/** Progress of a resize, as its condition shows it. */
export interface ResizeProgress {
  readonly reason: string
  readonly message: string
}

/** Takes resizes of a pod when the node has room for them, and remembers across restarts of the agent what it took. */
export class PodResize {
  readonly #c: PodContext
  readonly #applied: (c: RuntimeContainer) => ReturnType<typeof readResources> | undefined
  readonly #error: (id: string) => string | undefined
  #pending: PendingResize | undefined
  #considered = ''
  #inProgress = false

  /** `applied`: what a container has; `error`: why it could not be given what it was granted. */
  constructor(
    context: PodContext,
    facts: {
      readonly applied: (c: RuntimeContainer) => ReturnType<typeof readResources> | undefined
      readonly error: (id: string) => string | undefined
    },
  ) {
    this.#c = context
    this.#applied = facts.applied
    this.#error = facts.error
  }

  get pending(): PendingResize | undefined {
    return this.#pending
  }

  /** Set while a running container has not what it was granted. */
  get progress(): ResizeProgress | undefined {
    const behind = this.#behind()
    if (!behind.length) return undefined
    const message = behind.map(c => this.#error(c.id)).find(text => text !== undefined)
    return message === undefined ? { reason: '', message: '' } : { reason: 'Error', message }
  }

  /** What an earlier agent granted, or else what the containers have: the spec may have changed while none ran. */
  async begin(containers: readonly RuntimeContainer[]): Promise<void> {
    if (!containers.some(c => c.kind === 'container')) return
    const text = await readFile(this.#c.dir.allocation, 'utf8').catch(() => '')
    const granted = text ? (JSON.parse(text) as Allocation) : this.#had(containers)
    this.#c.grant({ ...wantedAllocation(this.#c.wanted), ...granted })
  }

  #had(containers: readonly RuntimeContainer[]): Allocation {
    const had: Record<string, Allocation[string]> = {}
    for (const name of Object.keys(wantedAllocation(this.#c.wanted))) {
      const last = attemptsOf(containers, name)[0]
      const applied = last && this.#applied(last)
      if (applied) had[name] = applied
    }
    return had
  }

  /** Looks whether what the pod wants can be granted. Does nothing for what was looked at before. */
  consider(): void {
    const { wanted, granted, deps } = this.#c
    if (!differs(wanted, granted)) {
      this.#pending = undefined
      this.#considered = ''
      this.#notice()
      return
    }
    const text = JSON.stringify(wantedAllocation(wanted))
    if (text === this.#considered) return
    this.#considered = text
    const obstacle = resizeObstacle(wanted, { allocatable: deps.allocatable(), refusal: deps.admit })
    if (obstacle) this.#wait(obstacle)
    else this.#take()
    this.#save()
  }

  /** What waits for room is looked at again. */
  retry(): void {
    if (this.#pending?.reason !== 'Deferred') return
    this.#considered = ''
    this.#c.poke()
  }

  #wait(obstacle: PendingResize): void {
    const { reason, message } = obstacle
    const told = this.#pending?.reason === reason && this.#pending.message === message
    this.#pending = obstacle
    if (told) return
    const details = resizeDetails(this.#c.wanted, message)
    this.#c.tellPod('Warning', `Resize${reason}`, `Pod resize ${reason}: ${details}`)
  }

  #take(): void {
    this.#pending = undefined
    this.#c.grant(wantedAllocation(this.#c.wanted))
    this.#inProgress = true
    this.#c.tellPod('Normal', 'ResizeStarted', `Pod resize started: ${resizeDetails(this.#c.wanted)}`)
    this.#c.deps.roomFreed()
  }

  /** Tells of the end of a resize. */
  #notice(): void {
    if (!this.#inProgress || this.#behind().length) return
    this.#inProgress = false
    this.#c.tellPod('Normal', 'ResizeCompleted', `Pod resize completed: ${resizeDetails(this.#c.wanted)}`)
  }

  #behind(): RuntimeContainer[] {
    return Object.entries(this.#c.granted).flatMap(([name, resources]) => {
      const last = attemptsOf(this.#c.all, name)[0]
      const applied = last?.state === 'running' ? this.#applied(last) : undefined
      return last && applied && resourcesText(applied) !== resourcesText(resources) ? [last] : []
    })
  }

  #save(): void {
    const { dir, granted, deps } = this.#c
    if (deps.runtime.simulated) return
    this.#c.run(() => writeWhole(dir.allocation, JSON.stringify(granted)), false)
  }
}
