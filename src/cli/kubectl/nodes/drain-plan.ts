import type { Pod } from '../../../kinds/generated/types.ts'

/** What the command line allows. */
export interface DrainRules {
  readonly force: boolean
  readonly ignoreDaemonSets: boolean
  readonly deleteEmptyDir: boolean
  /** Pods that are going for longer than this many milliseconds are not waited for; 0: all are. */
  readonly skipGoingMs: number
  readonly now: number
}

export interface DrainPlan {
  readonly pods: readonly Pod[]
  /** `warning: pod, pod`, one for each kind. */
  readonly warnings: readonly string[]
  /** What keeps the node from being drained, in the same form. */
  readonly faults: readonly string[]
}

interface Verdict {
  readonly go: boolean
  readonly warning?: string
  readonly fault?: string
}

const GO: Verdict = { go: true }
const STAY: Verdict = { go: false }

/** Which of a node's pods must go before it can be taken away. Pure. */
export function planDrain(pods: readonly Pod[], rules: DrainRules): DrainPlan {
  const going: Pod[] = []
  const warnings = new Map<string, string[]>()
  const faults = new Map<string, string[]>()
  const note = (into: Map<string, string[]>, text: string, pod: Pod): void => {
    const name = `${pod.metadata?.namespace}/${pod.metadata?.name}`
    into.set(text, [...(into.get(text) ?? []), name])
  }
  for (const pod of pods) {
    const verdict = verdictOn(pod, rules)
    if (verdict.go) going.push(pod)
    if (verdict.warning) note(warnings, verdict.warning, pod)
    if (verdict.fault) note(faults, verdict.fault, pod)
  }
  const lines = (from: Map<string, string[]>): string[] =>
    [...from].map(([text, names]) => `${text}: ${names.join(', ')}`)
  return { pods: going, warnings: lines(warnings), faults: lines(faults).sort() }
}

/** The rules in kubectl's order: the first that keeps a pod decides; of warnings the last counts. */
function verdictOn(pod: Pod, rules: DrainRules): Verdict {
  let last = GO
  for (const rule of [skipGoing, daemonSet, mirror, localStorage, withoutController]) {
    const verdict = rule(pod, rules)
    if (!verdict.go) return verdict
    if (verdict.warning) last = verdict
  }
  return last
}

const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
const controllerOf = (pod: Pod): string | undefined => pod.metadata?.ownerReferences?.find(o => o.controller)?.kind

function skipGoing(pod: Pod, { skipGoingMs, now }: DrainRules): Verdict {
  const since = pod.metadata?.deletionTimestamp
  return skipGoingMs > 0 && since && now - Date.parse(since) > skipGoingMs ? STAY : GO
}

function daemonSet(pod: Pod, { ignoreDaemonSets }: DrainRules): Verdict {
  // One that has ended is made anew in no case.
  if (controllerOf(pod) !== 'DaemonSet' || isFinished(pod)) return GO
  return ignoreDaemonSets
    ? { go: false, warning: 'ignoring DaemonSet-managed Pods' }
    : { go: false, fault: 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' }
}

function mirror(pod: Pod): Verdict {
  return pod.metadata?.annotations?.['kubernetes.io/config.mirror'] === undefined ? GO : STAY
}

function localStorage(pod: Pod, { deleteEmptyDir }: DrainRules): Verdict {
  if (!pod.spec?.volumes?.some(v => v.emptyDir) || isFinished(pod)) return GO
  return deleteEmptyDir
    ? { go: true, warning: 'deleting Pods with local storage' }
    : { go: false, fault: 'cannot delete Pods with local storage (use --delete-emptydir-data to override)' }
}

function withoutController(pod: Pod, { force }: DrainRules): Verdict {
  if (controllerOf(pod) !== undefined || isFinished(pod)) return GO
  return force
    ? { go: true, warning: 'deleting Pods that declare no controller' }
    : { go: false, fault: 'cannot delete Pods that declare no controller (use --force to override)' }
}
