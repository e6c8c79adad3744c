import { MILLI, parseQuantity, scaledValue, ZERO } from '../base/quantity.ts'
import { requestsOf, type Refusal } from './admission.ts'
import { type ContainerView, containersOf, isSidecar, type PodView, specOf } from './pods.ts'
import { resourcesText } from './step-pod.ts'

/** Requests and limits that the node grants to a pod's containers, by name: what they have until a resize is taken. */
export type Allocation = Readonly<Record<string, ContainerView['resources']>>

/** A resize that cannot be done now, as its condition shows it. */
export interface PendingResize {
  readonly reason: 'Deferred' | 'Infeasible'
  readonly message: string
}

export interface ResizeFacts {
  /** What the node has for pods. */
  readonly allocatable: Readonly<Record<string, string>>
  /** Why the node cannot take the pod as it is wanted beside its others. */
  readonly refusal: (pod: PodView) => Refusal | undefined
}

/** What a pod's spec wants for each container that can be resized. */
export function wantedAllocation(pod: PodView): Allocation {
  const resizable = containersOf(pod).filter(c => c.role === 'main' || c.role === 'sidecar')
  return Object.fromEntries(resizable.map(c => [c.spec.name, c.spec.resources]))
}

/** The pod as the node runs it: with what it was granted. The same object where that is what it wants. */
export function asAllocated(pod: PodView, granted: Allocation): PodView {
  if (!differs(pod, granted)) return pod
  const grant = <T extends ContainerView>(c: T): T => ({ ...c, resources: granted[c.name] })
  const spec = specOf(pod)
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(c => (c.name in granted ? grant(c) : c)),
      ...(spec.initContainers
        ? { initContainers: spec.initContainers.map(c => (isSidecar(c) && c.name in granted ? grant(c) : c)) }
        : {}),
    },
  }
}

/** True where a pod wants something else than it was granted. */
export function differs(pod: PodView, granted: Allocation): boolean {
  return Object.entries(wantedAllocation(pod)).some(
    ([name, resources]) => name in granted && resourcesText(resources) !== resourcesText(granted[name]),
  )
}

/** Why a resize must wait, or can never be; undefined where it can be done. */
export function resizeObstacle(wanted: PodView, { allocatable, refusal }: ResizeFacts): PendingResize | undefined {
  const requests = requestsOf(wanted)
  for (const [name, scale] of [
    ['memory', 0],
    ['cpu', MILLI],
  ] as const) {
    const requested = scaledValue(requests.get(name) ?? ZERO, scale)
    const capacity = scaledValue(parseQuantity(allocatable[name] ?? '0'), scale)
    if (requested <= capacity) continue
    const message = `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`
    return { reason: 'Infeasible', message }
  }
  const refused = refusal(wanted)
  return refused && { reason: 'Deferred', message: refused.message }
}

/** What events tell of a resize, in the kubelet's form. */
export function resizeDetails(pod: PodView, error = ''): string {
  const containers = Object.entries(wantedAllocation(pod)).map(([name, resources]) => ({ name, resources }))
  return JSON.stringify({ containers, generation: pod.metadata.generation, ...(error ? { error } : {}) })
}
