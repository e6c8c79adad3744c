import { formatTime } from '../base/clock.ts'
import type { ContainerState, ContainerStatus } from '../kinds/generated/types.ts'
import { containersOf, type PodContainer, type PodView } from './pods.ts'
import { restarts } from './restart.ts'
import type { RuntimeContainer } from './runtime/runtime.ts'
import { attemptsOf, type ProbeVerdict, type Waiting } from './step-pod.ts'

/** What statuses are made of, besides the pod itself. */
export interface StatusFacts {
  readonly all: readonly RuntimeContainer[]
  readonly probes: (id: string) => ProbeVerdict
  /** Why containers could not be started, or wait: by name. */
  readonly waiting: ReadonlyMap<string, Waiting>
  /** What an ended container left to say, by ID. */
  readonly messages: ReadonlyMap<string, string>
  /** `docker` in `docker://…`. */
  readonly runtimeName: string
  /** ID of an image as statuses show it, by the runtime's ID. */
  readonly imageId: (id: string) => string
  /** Requests and limits that a container has: its spec may want others by now. */
  readonly applied?: (c: RuntimeContainer) => ContainerStatus['resources'] | undefined
}

/** Statuses of all containers of one kind: init ones in the order of the spec, others by name. */
export function containerStatuses(
  pod: PodView,
  facts: StatusFacts,
  list: 'init' | 'main' | 'ephemeral',
): ContainerStatus[] {
  const wanted = containersOf(pod).filter(c => listOf(c) === list)
  const statuses = wanted.map(c => statusOf(pod, c, facts))
  if (list !== 'init') statuses.sort((a, b) => (a.name < b.name ? -1 : 1))
  return statuses
}

const listOf = (c: PodContainer): string => (c.role === 'sidecar' ? 'init' : c.role)

function statusOf(pod: PodView, c: PodContainer, facts: StatusFacts): ContainerStatus {
  const [last, before] = attemptsOf(facts.all, c.spec.name)
  const old = previousStatus(pod, c)
  const mounts = mountStatuses(c)
  if (!last) {
    const waiting = facts.waiting.get(c.spec.name) ?? firstWait(pod, c)
    return {
      name: c.spec.name,
      state: { waiting: waitingState(waiting) },
      lastState: old?.lastState ?? {},
      ready: false,
      restartCount: old?.restartCount ?? 0,
      image: c.spec.image ?? '',
      imageID: '',
      ...startedOf(c, false),
      ...mounts,
    }
  }
  const waits = last.state === 'exited' && mayRunAgain(pod, c, last) ? facts.waiting.get(c.spec.name) : undefined
  const own = stateOf(last, facts)
  const verdict = facts.probes(last.id)
  const running = last.state === 'running'
  return {
    name: c.spec.name,
    state: waits ? { waiting: waitingState(waits) } : own,
    lastState: waits ? own : before?.state === 'exited' ? stateOf(before, facts) : (lastOf(old, last, facts) ?? {}),
    ready:
      c.role === 'init' ? last.state === 'exited' && last.exitCode === 0 : running && verdict.started && verdict.ready,
    restartCount: last.attempt,
    image: withTag(c.spec.image ?? ''),
    imageID: facts.imageId(last.imageId),
    containerID: containerId(last, facts),
    ...startedOf(c, running && (c.role === 'init' || verdict.started)),
    ...resourcesOf(c, last, facts),
    ...mounts,
  }
}

/** Ephemeral containers have no probes and so never "started". */
const startedOf = (c: PodContainer, started: boolean): Partial<ContainerStatus> =>
  c.role === 'ephemeral' ? {} : { started }

/** The run before, as reported when it was still there: the engine may have lost it. */
function lastOf(
  old: ContainerStatus | undefined,
  last: RuntimeContainer,
  facts: StatusFacts,
): ContainerState | undefined {
  if (!old || last.attempt === 0) return undefined
  const id = containerId(last, facts)
  if (old.containerID === id || old.state?.terminated?.containerID === id) return old.lastState
  return old.state?.terminated ? old.state : old.lastState
}

function mayRunAgain(pod: PodView, c: PodContainer, last: RuntimeContainer): boolean {
  return restarts(pod, c, last.exitCode)
}

const containerId = (c: RuntimeContainer, facts: StatusFacts): string => `${facts.runtimeName}://${c.id}`

export function previousStatus(pod: PodView, c: PodContainer): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {}
  const all = [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses] as ContainerStatus[]
  return all.find(s => s.name === c.spec.name)
}

const waitingState = (w: Waiting): { reason: string; message?: string } =>
  w.message ? { reason: w.reason, message: w.message } : { reason: w.reason }

/** Why a container that was never tried waits. */
function firstWait(pod: PodView, c: PodContainer): Waiting {
  const inits = pod.spec?.initContainers ?? []
  return { reason: inits.length && c.role !== 'ephemeral' ? 'PodInitializing' : 'ContainerCreating', message: '' }
}

function stateOf(c: RuntimeContainer, facts: StatusFacts): ContainerState {
  if (c.state === 'running') return { running: { startedAt: formatTime(c.startedAt) } }
  const message = c.startError || facts.messages.get(c.id)
  return {
    terminated: {
      exitCode: c.exitCode,
      reason: terminatedReason(c),
      ...(message ? { message } : {}),
      startedAt: formatTime(c.startError ? 0 : c.startedAt),
      finishedAt: formatTime(c.finishedAt),
      containerID: containerId(c, facts),
    },
  }
}

function terminatedReason(c: RuntimeContainer): string {
  if (c.startError) return 'StartError'
  if (c.oomKilled) return 'OOMKilled'
  return c.exitCode === 0 ? 'Completed' : 'Error'
}

function resourcesOf(c: PodContainer, last: RuntimeContainer, facts: StatusFacts): Partial<ContainerStatus> {
  const { requests, limits } = facts.applied?.(last) ?? c.spec.resources ?? {}
  const granted = c.spec.resources?.requests
  return {
    ...(granted && Object.keys(granted).length ? { allocatedResources: { ...granted } } : {}),
    resources: {
      ...(limits && Object.keys(limits).length ? { limits: { ...limits } } : {}),
      ...(requests && Object.keys(requests).length ? { requests: { ...requests } } : {}),
    },
  }
}

function mountStatuses(c: PodContainer): Partial<ContainerStatus> {
  const mounts = c.spec.volumeMounts ?? []
  if (!mounts.length) return {}
  return {
    volumeMounts: mounts.map(m => ({
      name: m.name,
      mountPath: m.mountPath,
      ...(m.readOnly
        ? { readOnly: true, recursiveReadOnly: m.recursiveReadOnly === 'Enabled' ? 'Enabled' : 'Disabled' }
        : {}),
    })),
  }
}

/** An image without tag or digest means `:latest`. */
export function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1)
  return image === '' || image.startsWith('sha256:') || name.includes(':') || name.includes('@')
    ? image
    : `${image}:latest`
}
