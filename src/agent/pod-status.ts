import { formatTime } from '../base/clock.ts'
import { addQuantities, formatQuantity, parseQuantity, ZERO } from '../base/quantity.ts'
import type { ContainerStatus, PodSpec, PodStatus } from '../kinds/generated/types.ts'
import { computeQosClass } from '../kinds/core/pod/qos.ts'
import { containerStatuses, type StatusFacts } from './container-status.ts'
import { type ConditionFacts, conditionsOf } from './pod-conditions.ts'
import { type Phase, phaseOf } from './pod-phase.ts'
import { containersOf, isTerminalPhase, type PodView, specOf, usesHostNetwork } from './pods.ts'
import { restartsAll } from './step-pod.ts'

export interface PodFacts extends StatusFacts {
  /** Empty while the pod has none. */
  readonly podIp: string
  readonly hostIp: string
  readonly sandboxReady: boolean
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** The agent ended the pod, for this reason. */
  readonly verdict?: { readonly reason: string; readonly message: string }
  /** Nothing of the pod runs any more and nothing will. */
  readonly ended: boolean
  readonly resize?: ConditionFacts['resize']
}

/** The whole status of a pod as this node sees it. */
export function podStatusOf(pod: PodView, facts: PodFacts, now: number): PodStatus {
  const init = containerStatuses(pod, facts, 'init')
  const main = containerStatuses(pod, facts, 'main')
  const ephemeral = containerStatuses(pod, facts, 'ephemeral')
  const phase = phaseIn(pod, facts, init, main)
  const sandboxReady = facts.sandboxReady && !facts.ended
  const conditions = conditionsOf(
    pod,
    {
      phase,
      init,
      main,
      sandboxReady,
      ...(facts.resize && !facts.ended ? { resize: facts.resize } : {}),
      ...(hasRestartAllRule(pod) ? { restartingAll: !facts.ended && restartsAll(pod, facts.all) } : {}),
    },
    now,
  )
  const status: PodStatus = {
    ...keptFields(pod),
    ...baseOf(pod, facts),
    phase,
    conditions,
    ...(facts.verdict ? { ...facts.verdict } : {}),
    ...addressesOf(pod, facts),
    ...(init.length ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    ...(ephemeral.length ? { ephemeralContainerStatuses: ephemeral } : {}),
    ...podResources(specOf(pod) as PodSpec),
  }
  return facts.ended ? endStatus(status) : status
}

const hasRestartAllRule = (pod: PodView): boolean =>
  containersOf(pod).some(c => c.spec.restartPolicyRules?.some(r => r.action === 'RestartAllContainers'))

/** What a pod reports that this node refused to run. */
export function rejectedStatus(pod: PodView, reason: string, message: string, now: number): PodStatus {
  return {
    ...keptFields(pod),
    ...baseOf(pod, { startedAt: now }),
    phase: 'Failed',
    reason,
    message: `Pod was rejected: ${message}`,
  }
}

/** Parts of the status that other writers own. */
function keptFields(pod: PodView): Partial<PodStatus> {
  const { nominatedNodeName, resourceClaimStatuses, extendedResourceClaimStatus } = (pod.status ?? {}) as PodStatus
  return {
    ...(nominatedNodeName ? { nominatedNodeName } : {}),
    ...(resourceClaimStatuses ? { resourceClaimStatuses } : {}),
    ...(extendedResourceClaimStatus ? { extendedResourceClaimStatus } : {}),
  }
}

function baseOf(pod: PodView, facts: { readonly startedAt: number }): Partial<PodStatus> {
  return {
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    qosClass: pod.status?.qosClass ?? computeQosClass(specOf(pod) as PodSpec),
    startTime: pod.status?.startTime ?? formatTime(facts.startedAt),
  }
}

/** A pod ends when the agent says so; until its containers have stopped it keeps the phase that it had. */
function phaseIn(
  pod: PodView,
  facts: PodFacts,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
): Phase {
  const old = (pod.status?.phase || 'Pending') as Phase
  if (isTerminalPhase(old)) return old
  const phase = phaseOf(pod, init, main, facts.ended)
  const wanted = facts.verdict ? 'Failed' : phase
  return isTerminalPhase(wanted) && !facts.ended ? (old === 'Pending' && anyRan(main) ? 'Running' : old) : wanted
}

const anyRan = (statuses: readonly ContainerStatus[]): boolean => statuses.some(s => s.containerID)

function addressesOf(pod: PodView, facts: PodFacts): Partial<PodStatus> {
  const ip = usesHostNetwork(pod) ? facts.hostIp : facts.podIp || pod.status?.podIP || ''
  return {
    hostIP: facts.hostIp,
    hostIPs: [{ ip: facts.hostIp }],
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
  }
}

const LOST = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
}

/** The last status of a pod: what never ran counts as failed, so that no pod ends without a verdict. */
function endStatus(status: PodStatus): PodStatus {
  const initialized = status.conditions?.find(c => c.type === 'Initialized')?.status === 'True'
  const lost = (s: ContainerStatus): ContainerStatus =>
    s.state?.terminated ? s : { ...s, state: { terminated: { ...LOST } }, ready: false, started: false }
  const init = status.initContainerStatuses ?? []
  const lastRan = init.findLastIndex(s => s.containerID || s.state?.terminated)
  return {
    ...status,
    ...(init.length ? { initContainerStatuses: init.map((s, i) => (i <= lastRan ? lost(s) : s)) } : {}),
    containerStatuses: initialized ? (status.containerStatuses ?? []).map(lost) : (status.containerStatuses ?? []),
    phase: isTerminalPhase(status.phase) ? (status.phase as string) : 'Failed',
  }
}

/** Amounts of the whole pod. */
function podResources(spec: PodSpec): Partial<PodStatus> {
  const requests = sumOf(spec.containers.map(c => c.resources?.requests))
  const limits = sumOf(spec.containers.map(c => c.resources?.limits))
  const has = Object.keys(requests).length > 0
  return {
    ...(has ? { allocatedResources: requests } : {}),
    resources: { ...(Object.keys(limits).length ? { limits } : {}), ...(has ? { requests } : {}) },
  }
}

function sumOf(lists: readonly (Record<string, string> | undefined)[]): Record<string, string> {
  const sums: Record<string, string> = {}
  for (const list of lists) {
    for (const [name, amount] of Object.entries(list ?? {})) {
      const before = sums[name]
      sums[name] = formatQuantity(addQuantities(before ? parseQuantity(before) : ZERO, parseQuantity(amount)))
    }
  }
  return sums
}
