import type { PodCondition } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import type { Pod } from './types.ts'

export type FrozenPod = Frozen<Pod>

export function podCondition(pod: FrozenPod, type: string): Frozen<PodCondition> | undefined {
  return pod.status?.conditions?.find(c => c.type === type)
}

export const isReady = (pod: FrozenPod): boolean => podCondition(pod, 'Ready')?.status === 'True'

/** All its containers have ended for good. */
export const hasEnded = (pod: FrozenPod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** Counts for its owner: neither ended nor being deleted. */
export const isActive = (pod: FrozenPod): boolean => !hasEnded(pod) && !pod.metadata.deletionTimestamp

/** Being deleted while its containers may still run. */
export const isTerminating = (pod: FrozenPod): boolean => !hasEnded(pod) && !!pod.metadata.deletionTimestamp

/** Milliseconds until the pod has been ready for `minReadySeconds`: 0 when it has, undefined while it is not ready. */
export function availableInMs(pod: FrozenPod, minReadySeconds: number, now: number): number | undefined {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status !== 'True') return undefined
  if (minReadySeconds === 0) return 0
  if (!ready.lastTransitionTime) return undefined
  return Math.max(Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - now, 0)
}

/** Sorts the pods that a scale-down should delete first to the front. */
export function byDeletionRank(pods: readonly FrozenPod[], related: readonly FrozenPod[], now: number): FrozenPod[] {
  const onNode = new Map<string, number>()
  for (const pod of related) {
    const node = pod.spec?.nodeName ?? ''
    if (isActive(pod)) onNode.set(node, (onNode.get(node) ?? 0) + 1)
  }
  const ranked = pods.map(pod => ({ pod, neighbours: onNode.get(pod.spec?.nodeName ?? '') ?? 0 }))
  return ranked.sort((a, b) => compareForDeletion(a, b, now)).map(r => r.pod)
}

interface Ranked {
  readonly pod: FrozenPod
  /** Related pods on the same node. */
  readonly neighbours: number
}

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

/**
 * Unassigned before assigned, Pending before Unknown before Running, not ready before ready, lower deletion cost,
 * more neighbours, ready for a shorter time, more restarts, younger. Times count by powers of two, so that pods
 * of about one age are picked at random (by uid).
 */
function compareForDeletion(a: Ranked, b: Ranked, now: number): number {
  const p = a.pod
  const q = b.pod
  return (
    Number(!!p.spec?.nodeName) - Number(!!q.spec?.nodeName) ||
    (PHASES[p.status?.phase ?? ''] ?? 0) - (PHASES[q.status?.phase ?? ''] ?? 0) ||
    Number(isReady(p)) - Number(isReady(q)) ||
    deletionCost(p) - deletionCost(q) ||
    b.neighbours - a.neighbours ||
    (isReady(p) && isReady(q) ? compareAges(p, q, readySince(p), readySince(q), now) : 0) ||
    restarts(q.status?.containerStatuses) - restarts(p.status?.containerStatuses) ||
    restarts(q.status?.initContainerStatuses) - restarts(p.status?.initContainerStatuses) ||
    compareAges(p, q, p.metadata.creationTimestamp, q.metadata.creationTimestamp, now)
  )
}

/** Cost from the annotation; 0 where it is missing or no integer. */
function deletionCost(pod: FrozenPod): number {
  const text = pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? ''
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0
}

const readySince = (pod: FrozenPod): string | undefined => podCondition(pod, 'Ready')?.lastTransitionTime

const restarts = (statuses: readonly { readonly restartCount: number }[] | undefined): number =>
  Math.max(0, ...(statuses ?? []).map(s => s.restartCount))

function compareAges(p: FrozenPod, q: FrozenPod, a: string | undefined, b: string | undefined, now: number): number {
  if (a === b) return 0
  if (!a || !b) return a ? 1 : -1
  const difference = agePower(a, now) - agePower(b, now)
  if (difference) return difference
  return (p.metadata.uid ?? '') < (q.metadata.uid ?? '') ? -1 : 1
}

/** The age's power of two in nanoseconds; -1 for a time that is still to come. */
function agePower(time: string, now: number): number {
  const age = now - Date.parse(time)
  return age <= 0 ? -1 : Math.floor(Math.log2(age * 1e6))
}
