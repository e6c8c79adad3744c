import type { ContainerStatus } from '../kinds/generated/types.ts'
import { containersOf, type PodContainer, type PodView } from './pods.ts'
import { restarts } from './restart.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/** The phase that the statuses of a pod's containers add up to. `ended`: nothing is started again, whatever the policy. */
export function phaseOf(
  pod: PodView,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
  ended = false,
): Phase {
  const containers = containersOf(pod)
  const counts = { waiting: 0, running: 0, stopped: 0, succeeded: 0, restarting: 0 }
  for (const c of containers.filter(c => c.role === 'main')) count(pod, c, main, counts)
  const started = counts.running + counts.stopped > 0
  const initialization = initPhase(pod, containers, init, started)
  if (initialization === 'failed') return 'Failed'
  if (initialization === 'pending' && !started) return 'Pending'
  if (counts.waiting > 0) return 'Pending'
  if (counts.running > 0) return 'Running'
  if (counts.stopped === 0) return 'Pending'
  if (counts.restarting > 0 && !ended) return 'Running'
  return counts.stopped === counts.succeeded ? 'Succeeded' : 'Failed'
}

interface Counts {
  waiting: number
  running: number
  stopped: number
  succeeded: number
  restarting: number
}

function count(pod: PodView, c: PodContainer, statuses: readonly ContainerStatus[], counts: Counts): void {
  const status = statuses.find(s => s.name === c.spec.name)
  const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined)
  if (status?.state?.running) counts.running++
  else if (!ended) counts.waiting++
  else {
    counts.stopped++
    if (status?.state?.waiting || restarts(pod, c, ended.exitCode)) counts.restarting++
    if (ended.exitCode === 0) counts.succeeded++
  }
}

function initPhase(
  pod: PodView,
  containers: readonly PodContainer[],
  statuses: readonly ContainerStatus[],
  initialized: boolean,
): 'done' | 'pending' | 'failed' {
  let pending = false
  for (const c of containers) {
    if (c.role !== 'init' && c.role !== 'sidecar') continue
    const status = statuses.find(s => s.name === c.spec.name)
    if (c.role === 'sidecar') {
      pending ||= !initialized && !status?.started
      continue
    }
    const ended = status?.state?.terminated ?? status?.lastState?.terminated
    if (!ended) pending = true
    else if (ended.exitCode !== 0) {
      if (!restarts(pod, c, ended.exitCode)) return 'failed'
      pending = true
    }
  }
  return pending ? 'pending' : 'done'
}
