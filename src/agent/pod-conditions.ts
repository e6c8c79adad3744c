import { formatTime } from '../base/clock.ts'
import type { ContainerStatus, PodCondition } from '../kinds/generated/types.ts'
import type { Phase } from './pod-phase.ts'
import { isSidecar, type PodView, specOf } from './pods.ts'

/** Conditions that the node agent writes; all others are somebody else's and stay as they are. */
const OWN = new Set([
  'PodResizePending',
  'PodResizeInProgress',
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'AllContainersRestarting',
])

export interface ConditionFacts {
  readonly phase: Phase
  readonly init: readonly ContainerStatus[]
  readonly main: readonly ContainerStatus[]
  /** The sandbox runs and has its network. */
  readonly sandboxReady: boolean
  /** A change of requests and limits that waits, or is being made. */
  /** All containers are being begun anew; missing where no rule of the pod says so. */
  readonly restartingAll?: boolean
  readonly resize?: { readonly pending: Reasoned | undefined; readonly progress: Reasoned | undefined }
}

export interface Reasoned {
  readonly reason: string
  readonly message: string
}

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>

/** All conditions of a pod, those of others first. A condition keeps its transition time while its status stays. */
export function conditionsOf(pod: PodView, facts: ConditionFacts, now: number): PodCondition[] {
  const old = (pod.status?.conditions ?? []) as PodCondition[]
  const others = old.filter(c => !OWN.has(c.type))
  const containersReady = judgeContainers(pod, facts)
  const verdicts: [string, Verdict][] = [
    ...whileSet('PodResizePending', facts.resize?.pending),
    ...whileSet('PodResizeInProgress', facts.resize?.progress),
    ['PodReadyToStartContainers', { status: facts.sandboxReady ? 'True' : 'False' }],
    ['Initialized', judgeInitialized(pod, facts)],
    ['Ready', judgeReady(pod, containersReady, others)],
    ['ContainersReady', containersReady],
    ['PodScheduled', { status: 'True' }],
    ...(facts.restartingAll === undefined ? [] : [judgeRestart(facts.phase, facts.restartingAll)]),
  ]
  const own = verdicts.map(([type, verdict]) => {
    const before = old.find(c => c.type === type)
    const since = before?.status === verdict.status ? before.lastTransitionTime : undefined
    return {
      type,
      ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
      ...verdict,
      lastTransitionTime: since ?? formatTime(now),
    }
  })
  return [...others, ...own]
}

function judgeRestart(phase: Phase, restarting: boolean): [string, Verdict] {
  const ended = { Succeeded: 'PodCompleted', Failed: 'PodFailed' }[phase as string]
  const started = { reason: 'RestartAllContainersStarted', message: 'container exited with restart policy rule' }
  const verdict: Verdict = ended
    ? { status: 'False', reason: ended }
    : restarting
      ? { status: 'True', ...started }
      : { status: 'False' }
  return ['AllContainersRestarting', verdict]
}

/** A condition that is there only as long as there is something to say. */
function whileSet(type: string, said: Reasoned | undefined): [string, Verdict][] {
  if (!said) return []
  const { reason, message } = said
  return [[type, { status: 'True', ...(reason ? { reason } : {}), ...(message ? { message } : {}) }]]
}

function judgeInitialized(pod: PodView, facts: ConditionFacts): Verdict {
  const incomplete = (specOf(pod).initContainers ?? [])
    .filter(c => {
      const status = facts.init.find(s => s.name === c.name)
      return isSidecar(c) ? !status?.started : !status?.ready
    })
    .map(c => c.name)
  if (facts.phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' }
  // Main containers ran: what sidecars do afterwards does not undo it.
  const ran = facts.main.some(s => s.containerID)
  const onlySidecars = incomplete.every(name =>
    (specOf(pod).initContainers ?? []).some(c => c.name === name && isSidecar(c)),
  )
  if (!incomplete.length || (ran && onlySidecars)) return { status: 'True' }
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.join(' ')}]`,
  }
}

function judgeContainers(pod: PodView, facts: ConditionFacts): Verdict {
  if (facts.phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (facts.phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  const spec = specOf(pod)
  const sidecars = (spec.initContainers ?? []).filter(isSidecar)
  const unready = [
    ...sidecars.filter(c => !facts.init.find(s => s.name === c.name)?.ready),
    ...spec.containers.filter(c => !facts.main.find(s => s.name === c.name)?.ready),
  ].map(c => c.name)
  if (!unready.length) return { status: 'True' }
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  }
}

function judgeReady(pod: PodView, containersReady: Verdict, others: readonly PodCondition[]): Verdict {
  if (containersReady.status !== 'True') return containersReady
  const messages: string[] = []
  for (const { conditionType } of specOf(pod).readinessGates ?? []) {
    const gate = others.find(c => c.type === conditionType)
    if (!gate) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`)
    else if (gate.status !== 'True') {
      messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`)
    }
  }
  if (!messages.length) return { status: 'True' }
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') }
}
