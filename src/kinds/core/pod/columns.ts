import { age, durationText, name, orNone, text, wide } from '../../columns.ts'
import type { ContainerState, ContainerStatus, PodSpec, PodStatus } from '../../generated/types.ts'
import type { Column, RowCondition } from '../../kind.ts'
import type { PodObject } from './object.ts'
import { isSidecar } from './resources.ts'

/** What `kubectl get pods` shows. */
export const podColumns: readonly Column<PodObject>[] = [
  name(),
  text('Ready', p => readyText(summarize(p))),
  text('Status', p => summarize(p).reason),
  text('Restarts', (p, now) => restartsText(summarize(p), now)),
  age(),
  wide('IP', p => orNone(p.status?.podIPs?.[0]?.ip)),
  wide('Node', p => orNone(p.spec?.nodeName)),
  wide('Nominated Node', p => orNone(p.status?.nominatedNodeName)),
  wide('Readiness Gates', p => gatesText(p)),
]

/** Pods that have ended, which `kubectl get` greys out. */
export function podRowConditions(pod: PodObject): RowCondition[] {
  const completed = (reason: string, message: string): RowCondition[] => [
    { type: 'Completed', status: 'True', reason, message },
  ]
  if (pod.status?.phase === 'Succeeded') return completed('Succeeded', 'The pod has completed successfully.')
  if (pod.status?.phase === 'Failed') return completed('Failed', 'The pod failed.')
  return []
}

/** One word for the state of a pod, with its counts. */
export interface PodSummary {
  reason: string
  ready: number
  total: number
  restarts: number
  /** When the last container that was restarted had ended, in milliseconds since the epoch. 0 if never. */
  lastRestart: number
}

const UNREACHABLE = 'NodeLost'

/** The state of a pod as `kubectl get` puts it: the first thing that keeps it from running. */
export function summarize(pod: PodObject): PodSummary {
  const spec: PodSpec = pod.spec ?? { containers: [] }
  const status = pod.status ?? {}
  const gated = status.conditions?.some(c => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(c => c.name))
  const summary: PodSummary = {
    reason: gated ? 'SchedulingGated' : status.reason || status.phase || '',
    ready: 0,
    total: (spec.containers ?? []).length + sidecars.size,
    restarts: 0,
    lastRestart: 0,
  }
  const initializing = summarizeInit(summary, spec, status, sidecars)
  if (!initializing || isTrue(status, 'Initialized')) summarizeMain(summary, status, sidecars)
  if (pod.metadata.deletionTimestamp) {
    const ended = status.phase === 'Succeeded' || status.phase === 'Failed'
    if (status.reason === UNREACHABLE) summary.reason = 'Unknown'
    else if (!ended) summary.reason = 'Terminating'
  }
  return summary
}

/** Counts init containers up to the one that keeps the pod waiting; true if there is one. */
function summarizeInit(summary: PodSummary, spec: PodSpec, status: PodStatus, sidecars: ReadonlySet<string>): boolean {
  for (const [i, container] of (status.initContainerStatuses ?? []).entries()) {
    countRestarts(summary, container)
    const terminated = container.state?.terminated
    if (terminated?.exitCode === 0) continue
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) summary.ready++
      continue
    }
    const waiting = container.state?.waiting?.reason
    if (terminated) summary.reason = `Init:${endedText(terminated)}`
    else if (waiting && waiting !== 'PodInitializing') summary.reason = `Init:${waiting}`
    else summary.reason = `Init:${i}/${spec.initContainers?.length ?? 0}`
    return true
  }
  return false
}

/** Main containers, and the restarts of sidecars with them; those of finished init containers no longer count. */
function summarizeMain(summary: PodSummary, status: PodStatus, sidecars: ReadonlySet<string>): void {
  summary.restarts = 0
  summary.lastRestart = 0
  for (const container of status.initContainerStatuses ?? []) {
    if (sidecars.has(container.name)) countRestarts(summary, container)
  }
  let running = false
  let error = ''
  for (const container of [...(status.containerStatuses ?? [])].reverse()) {
    countRestarts(summary, container)
    const { waiting, terminated } = container.state ?? {}
    if (waiting?.reason) {
      summary.reason = waiting.reason
    } else if (terminated) {
      summary.reason = endedText(terminated)
      if (terminated.exitCode !== 0) error = summary.reason
    } else if (container.ready && container.state?.running) {
      running = true
      summary.ready++
    }
  }
  if (summary.reason !== 'Completed') return
  if (running && isTrue(status, 'Ready')) summary.reason = 'Running'
  else if (error) summary.reason = error
  else if (running) summary.reason = 'NotReady'
}

function countRestarts(summary: PodSummary, container: ContainerStatus): void {
  summary.restarts += container.restartCount ?? 0
  const finished = Date.parse(container.lastState?.terminated?.finishedAt ?? '')
  if (finished > summary.lastRestart) summary.lastRestart = finished
}

function endedText(terminated: NonNullable<ContainerState['terminated']>): string {
  return terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`)
}

const isTrue = (status: PodStatus, type: string): boolean =>
  (status.conditions ?? []).some(c => c.type === type && c.status === 'True')

const readyText = (summary: PodSummary): string => `${summary.ready}/${summary.total}`

function restartsText(summary: PodSummary, now: number): string {
  if (!summary.restarts || !summary.lastRestart) return `${summary.restarts}`
  return `${summary.restarts} (${durationText(now - summary.lastRestart)} ago)`
}

function gatesText(pod: PodObject): string {
  const gates = pod.spec?.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  const open = gates.filter(gate => {
    const condition = pod.status?.conditions?.find(c => c.type === gate.conditionType)
    return condition?.status === 'True'
  })
  return `${open.length}/${gates.length}`
}
