import type { Lister } from '../../client/lister.ts'
import type { EndpointSlice, Namespace, Service } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { DnsWorld } from './records.ts'

/** Names of the indexes that DNS wants: slices by service, slices and services by address. */
export const SERVICES_BY_IP = 'cluster-ip'
export const SLICES_BY_IP = 'endpoint-ip'

/** Cluster addresses of a service, as index values. */
export function ipsOfService(service: Frozen<Service>): string[] {
  const ips = service.spec?.clusterIPs ?? (service.spec?.clusterIP ? [service.spec.clusterIP] : [])
  return ips.filter(ip => ip !== 'None' && ip !== '')
}

/** Addresses in a slice of a headless service, as index values: only those have reverse names. */
export function ipsOfSlice(slice: Frozen<EndpointSlice>): string[] {
  if (slice.metadata?.labels?.['service.kubernetes.io/headless'] === undefined) return []
  return (slice.endpoints ?? []).flatMap(e => [...e.addresses])
}

export interface WorldListers {
  readonly services: Lister<Service & KubeObject>
  readonly slices: Lister<EndpointSlice & KubeObject>
  readonly namespaces: Lister<Namespace & KubeObject>
  /** Index name under which slices are found by `namespace/name` of their service. */
  readonly slicesByService: string
}

/** The cluster as DNS reads it, from listers. */
export function dnsWorld(l: WorldListers): DnsWorld {
  return {
    service: (namespace, name) => l.services.get(`${namespace}/${name}`),
    slices: (namespace, service) => l.slices.byIndex(l.slicesByService, `${namespace}/${service}`),
    serviceByIp: ip => [...l.services.byIndex(SERVICES_BY_IP, ip)][0],
    slicesByIp: ip => l.slices.byIndex(SLICES_BY_IP, ip),
    namespaceExists: name => l.namespaces.get(name) !== undefined,
  }
}
