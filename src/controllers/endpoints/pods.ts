import { selectorFromLabels } from '../../base/selector.ts'
import type { Source } from '../../client/controller.ts'
import { source } from '../../client/controller.ts'
import type { Change, Informer } from '../../client/informer.ts'
import type { Informers } from '../../client/informers.ts'
import { node as nodeKind } from '../../kinds/core/node.ts'
import { pod as podKind } from '../../kinds/core/pod.ts'
import { service as serviceKind } from '../../kinds/core/service.ts'
import type { Frozen } from '../../kinds/object.ts'
import { objectKey } from '../../kinds/object.ts'
import { sameObject } from '../shared/equal.ts'
import type { FrozenPod } from '../shared/pods.ts'
import { hasEnded, isReady, podCondition } from '../shared/pods.ts'
import type { Node, Pod, Service } from '../shared/types.ts'

export const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time'
export const HEADLESS = 'service.kubernetes.io/headless'
export const ZONE = 'topology.kubernetes.io/zone'

export type FrozenService = Frozen<Service>

export const isHeadless = (service: FrozenService): boolean => service.spec?.clusterIP === 'None'

/** A service that gets its endpoints from the controllers: one with a selector, which is no mere alias. */
export const isSelecting = (service: FrozenService): boolean =>
  service.spec?.selector !== undefined && service.spec.type !== 'ExternalName'

/** The pods that a service selects and that have an address. */
export function podsOf(service: FrozenService, pods: Iterable<FrozenPod>, includeTerminating: boolean): FrozenPod[] {
  const selector = selectorFromLabels(service.spec?.selector)
  const found: FrozenPod[] = []
  for (const pod of pods)
    if (
      selector.matches(pod.metadata.labels) &&
      !hasEnded(pod) &&
      (pod.status?.podIP || pod.status?.podIPs?.length) &&
      (includeTerminating || !pod.metadata.deletionTimestamp)
    )
      found.push(pod)
  return found
}

export type Family = 'IPv4' | 'IPv6'

export const familyOf = (ip: string): Family => (ip.includes(':') ? 'IPv6' : 'IPv4')

/** The families that a service speaks. */
export function familiesOf(service: FrozenService): Family[] {
  const named = service.spec?.ipFamilies
  if (named?.length) return named as Family[]
  const ip = service.spec?.clusterIP
  return [ip && ip !== 'None' ? familyOf(ip) : 'IPv4']
}

/** The pod's addresses of a family. */
export function addressesOf(pod: FrozenPod, family: Family): string[] {
  const ips = pod.status?.podIPs?.map(p => p.ip) ?? []
  const all = ips.length ? ips : pod.status?.podIP ? [pod.status.podIP] : []
  return all.filter(ip => familyOf(ip) === family)
}

/** A pod's own host name counts where its subdomain names the service. */
export const hostnameOf = (pod: FrozenPod, service: FrozenService): string | undefined =>
  pod.spec?.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined

/** The services that a pod's change may concern. */
function servicesOfPod(services: Informer<Service>): (change: Change<Pod>) => Iterable<string> {
  return ({ type, object, previous }) => {
    if (type === 'updated' && !concernsEndpoints(object, previous)) return []
    const keys = new Set<string>()
    for (const service of services.lister.inNamespace(object.metadata.namespace ?? '')) {
      if (!isSelecting(service)) continue
      const selector = selectorFromLabels(service.spec?.selector)
      if (selector.matches(object.metadata.labels) || (previous && selector.matches(previous.metadata.labels)))
        keys.add(objectKey(service))
    }
    return keys
  }
}

function concernsEndpoints(a: FrozenPod, b: FrozenPod): boolean {
  return (
    isReady(a) !== isReady(b) ||
    hasEnded(a) !== hasEnded(b) ||
    a.metadata.deletionTimestamp !== b.metadata.deletionTimestamp ||
    a.status?.podIP !== b.status?.podIP ||
    a.spec?.nodeName !== b.spec?.nodeName ||
    !sameObject(a.status?.podIPs, b.status?.podIPs) ||
    !sameObject(a.metadata.labels, b.metadata.labels)
  )
}

/** The services with pods on a node that comes, goes, or moves to another zone. */
function servicesOfNode(services: Informer<Service>, pods: Informer<Pod>): (change: Change<Node>) => Iterable<string> {
  const ofPod = servicesOfPod(services)
  return ({ type, object, previous }) => {
    if (type === 'updated' && object.metadata.labels?.[ZONE] === previous.metadata.labels?.[ZONE]) return []
    const keys = new Set<string>()
    for (const pod of pods.lister.byIndex('node', object.metadata.name ?? ''))
      for (const key of ofPod({ type: 'added', object: pod })) keys.add(key)
    return keys
  }
}

/** Services and the pods behind each: what endpoints are made from. */
export class ServicePods {
  readonly services: Informer<Service>
  readonly nodes: Informer<Node>
  readonly #pods: Informer<Pod>

  constructor(informers: Informers) {
    this.services = informers.of(serviceKind)
    this.nodes = informers.of(nodeKind)
    this.#pods = informers.of(podKind)
    this.#pods.addIndex('node', p => (p.spec?.nodeName ? [p.spec.nodeName] : []))
  }

  /** The pods that a service selects: those whose node exists, or all where it publishes also what is not ready. */
  of(service: FrozenService, includeTerminating: boolean): FrozenPod[] {
    const pods = podsOf(service, this.#pods.lister.inNamespace(service.metadata.namespace ?? ''), includeTerminating)
    if (service.spec?.publishNotReadyAddresses) return pods
    return pods.filter(p => this.nodes.lister.get(p.spec?.nodeName ?? '') !== undefined)
  }

  /** Keys of the services that any change may concern. */
  sources(): Source[] {
    const { services, nodes } = this
    const pods = this.#pods
    return [source(services), source(pods, servicesOfPod(services)), source(nodes, servicesOfNode(services, pods))]
  }
}

/**
 * When what changed the endpoints of a service happened: a pod that became ready or not, or the service's creation.
 * Endpoints carry it for those who measure delays.
 */
export class TriggerTimes {
  readonly #known = new Map<string, { service: number; pods: Map<string, number> }>()

  /** The earliest new trigger in milliseconds since the epoch; undefined where there is none. */
  next(service: FrozenService, pods: readonly FrozenPod[]): number | undefined {
    const key = objectKey(service)
    const known = this.#known.get(key) ?? { service: 0, pods: new Map<string, number>() }
    const created = Date.parse(service.metadata.creationTimestamp ?? '') || 0
    const fresh: number[] = created > known.service ? [created] : []
    const times = new Map<string, number>()
    for (const pod of pods) {
      const time = Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '')
      if (Number.isNaN(time)) continue
      const name = pod.metadata.name ?? ''
      times.set(name, time)
      if (time > (known.pods.get(name) ?? 0)) fresh.push(time)
    }
    this.#known.set(key, { service: created, pods: times })
    return fresh.length ? Math.min(...fresh) : undefined
  }

  forget(serviceKey: string): void {
    this.#known.delete(serviceKey)
  }
}

/** Annotations with the trigger time, or without one where nothing new triggered the change. */
export function withTrigger(
  annotations: Readonly<Record<string, string>> | undefined,
  trigger: number | undefined,
): Record<string, string> {
  const { [LAST_CHANGE]: _, ...others } = annotations ?? {}
  return trigger === undefined ? others : { ...others, [LAST_CHANGE]: rfc3339Nano(trigger) }
}

/** RFC 3339 without trailing zeros of the second, as Go's RFC3339Nano. */
function rfc3339Nano(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0+Z$/, 'Z')
}
