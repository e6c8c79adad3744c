import type { EndpointSlice, Service } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp'

/** One port of a service with the places that its traffic may go to. */
export interface ServicePort {
  /** `namespace/name:port`, the text of comments and the seed of chain names. */
  readonly id: string
  readonly protocol: Protocol
  readonly port: number
  readonly nodePort: number
  readonly clusterIp: string
  readonly externalIps: readonly string[]
  /** Addresses of a load balancer that sends packets on as they are. */
  readonly loadBalancerIps: readonly string[]
  /** Clients that may use {@link loadBalancerIps}; everybody where it is empty. */
  readonly sourceRanges: readonly string[]
  /** Where load balancers ask whether this node has endpoints; 0 for nowhere. */
  readonly healthCheckPort: number
  /** Seconds for which a client keeps its endpoint; 0 without affinity. */
  readonly affinitySeconds: number
  readonly internalLocal: boolean
  readonly externalLocal: boolean
  /** Where traffic goes that may go anywhere. */
  readonly endpoints: readonly Endpoint[]
  /** Where traffic goes that must stay on this node. */
  readonly localEndpoints: readonly Endpoint[]
}

export interface Endpoint {
  readonly ip: string
  readonly port: number
}

interface Candidate extends Endpoint {
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly local: boolean
  /** Nodes and zones whose traffic it is meant for. */
  readonly forNodes: readonly string[]
  readonly forZones: readonly string[]
}

/** Where this node is. */
export interface NodePlace {
  readonly name: string
  /** Empty where the node has none. */
  readonly zone: string
}

/** Services with their endpoints as this node's proxy needs them, sorted by id. */
export function planServicePorts(
  services: Iterable<Frozen<Service>>,
  slicesOf: (serviceKey: string) => Iterable<Frozen<EndpointSlice>>,
  place: NodePlace,
): ServicePort[] {
  const out: ServicePort[] = []
  for (const service of services) {
    const { spec, metadata, status } = service
    const clusterIp = spec?.clusterIP
    if (!spec || !clusterIp || clusterIp === 'None' || spec.type === 'ExternalName' || clusterIp.includes(':')) continue
    const key = `${metadata?.namespace}/${metadata?.name}`
    const slices = [...slicesOf(key)].filter(s => s.addressType === 'IPv4')
    const balanced = spec.type === 'LoadBalancer'
    const ingress = balanced ? (status?.loadBalancer?.ingress ?? []).filter(i => i.ipMode !== 'Proxy') : []
    for (const port of spec.ports ?? []) {
      const candidates = slices.flatMap(slice =>
        candidatesOf(slice, port.name ?? '', port.protocol ?? 'TCP', place.name),
      )
      out.push({
        id: `${key}:${port.name ?? ''}`,
        protocol: (port.protocol ?? 'TCP').toLowerCase() as Protocol,
        port: port.port,
        nodePort: port.nodePort ?? 0,
        clusterIp,
        externalIps: (spec.externalIPs ?? []).filter(isIpv4),
        loadBalancerIps: ingress.map(i => i.ip ?? '').filter(isIpv4),
        sourceRanges: (spec.loadBalancerSourceRanges ?? []).map(r => r.trim()).filter(isIpv4),
        healthCheckPort: balanced ? (spec.healthCheckNodePort ?? 0) : 0,
        affinitySeconds:
          spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800) : 0,
        internalLocal: spec.internalTrafficPolicy === 'Local',
        externalLocal: spec.externalTrafficPolicy === 'Local',
        endpoints: usable(near(candidates, place)),
        localEndpoints: usable(candidates.filter(c => c.local)),
      })
    }
  }
  return out.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.protocol < b.protocol ? -1 : 1))
}

function candidatesOf(slice: Frozen<EndpointSlice>, portName: string, protocol: string, nodeName: string): Candidate[] {
  const port = slice.ports?.find(p => (p.name ?? '') === portName && (p.protocol ?? 'TCP') === protocol)?.port
  if (!port) return []
  return (slice.endpoints ?? []).flatMap(e => {
    // Missing conditions mean ready, and serving follows ready (discovery.k8s.io/v1).
    const ready = e.conditions?.ready ?? true
    const facts = {
      ready,
      serving: e.conditions?.serving ?? ready,
      terminating: e.conditions?.terminating ?? false,
      local: e.nodeName === nodeName,
      forNodes: (e.hints?.forNodes ?? []).map(h => h.name),
      forZones: (e.hints?.forZones ?? []).map(h => h.name),
    }
    return e.addresses.slice(0, 1).map(ip => ({ ip, port, ...facts }))
  })
}

const isIpv4 = (ip: string): boolean => ip !== '' && !ip.includes(':')

/**
 * The endpoints that are meant for this node, or else for its zone. Hints count only where every ready endpoint has
 * them and one of them means this place: nobody is to be left without.
 */
function near(candidates: readonly Candidate[], { name, zone }: NodePlace): readonly Candidate[] {
  const ready = candidates.filter(c => c.ready)
  for (const [list, here] of [
    ['forNodes', name],
    ['forZones', zone],
  ] as const) {
    const meant = ready.filter(c => c[list].includes(here))
    if (meant.length > 0 && ready.every(c => c[list].length > 0)) return meant
  }
  return candidates
}

/** Ready endpoints; where there are none, those that end but still serve. Each once, in order of address. */
function usable(candidates: readonly Candidate[]): Endpoint[] {
  const ready = candidates.filter(c => c.ready)
  const chosen = ready.length > 0 ? ready : candidates.filter(c => c.serving && c.terminating)
  const unique = new Map(chosen.map(c => [`${c.ip}:${c.port}`, { ip: c.ip, port: c.port }]))
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, e]) => e)
}
