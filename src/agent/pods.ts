import type { Container, EphemeralContainer, Pod } from '../kinds/generated/types.ts'
import type { Frozen, ObjectOf } from '../kinds/object.ts'

/** A pod as the API gave it. */
export type PodView = Frozen<ObjectOf<Pod>>
export type ContainerView = Frozen<Container> | Frozen<EphemeralContainer>

export type ContainerRole = 'init' | 'sidecar' | 'main' | 'ephemeral'

/** A container of a pod's spec with its part in the pod's life. */
export interface PodContainer {
  readonly role: ContainerRole
  readonly spec: ContainerView
}

export const podNameOf = (pod: PodView): string => pod.metadata.name ?? ''
export const podNamespaceOf = (pod: PodView): string => pod.metadata.namespace ?? ''
export const podUidOf = (pod: PodView): string => pod.metadata.uid ?? ''

/** All containers in the order in which they start: init containers and sidecars, main ones, ephemeral ones. */
export function containersOf(pod: PodView): PodContainer[] {
  const { initContainers = [], containers, ephemeralContainers = [] } = specOf(pod)
  return [
    ...initContainers.map(spec => ({ role: isSidecar(spec) ? ('sidecar' as const) : ('init' as const), spec })),
    ...containers.map(spec => ({ role: 'main' as const, spec })),
    ...ephemeralContainers.map(spec => ({ role: 'ephemeral' as const, spec })),
  ]
}

export function specOf(pod: PodView): NonNullable<PodView['spec']> {
  if (!pod.spec) throw new Error(`Pod ${podNamespaceOf(pod)}/${podNameOf(pod)} has no spec`)
  return pod.spec
}

export const isSidecar = (c: ContainerView): boolean => c.restartPolicy === 'Always'

/** `web_default(1b9c…)`: how the kubelet names a pod in its messages. */
export const podTitle = (pod: PodView): string => `${podNameOf(pod)}_${podNamespaceOf(pod)}(${podUidOf(pod)})`

/** Field path of a container in its pod, as events name it. */
export function fieldPathOf(c: PodContainer): string {
  const list = c.role === 'main' ? 'containers' : c.role === 'ephemeral' ? 'ephemeralContainers' : 'initContainers'
  return `spec.${list}{${c.spec.name}}`
}

export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed'

export const usesHostNetwork = (pod: PodView): boolean => specOf(pod).hostNetwork === true

/** The pod's own host name: at most 63 characters, as the kernel wants it. */
export function hostnameOf(pod: PodView, clusterDomain: string): string {
  const spec = specOf(pod)
  if (spec.hostnameOverride) return spec.hostnameOverride
  const short = shorten(spec.hostname || podNameOf(pod))
  const fqdn = fqdnOf(pod, clusterDomain)
  return spec.setHostnameAsFQDN && fqdn ? fqdn : short
}

/** The name under the pod's subdomain; empty without one. */
export function fqdnOf(pod: PodView, clusterDomain: string): string {
  const { hostname, subdomain } = specOf(pod)
  return subdomain
    ? `${shorten(hostname || podNameOf(pod))}.${subdomain}.${podNamespaceOf(pod)}.svc.${clusterDomain}`
    : ''
}

function shorten(name: string): string {
  return name.length <= 63 ? name : name.slice(0, 63).replace(/[-.]+$/, '')
}
