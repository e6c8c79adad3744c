import type { EndpointSlice, Service } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'

/** Seconds that clients may keep an answer, as CoreDNS' kubernetes plugin gives. */
export const TTL_SECONDS = 5

/** What DNS reads of the cluster. */
export interface DnsWorld {
  service(namespace: string, name: string): Frozen<Service> | undefined
  slices(namespace: string, service: string): Iterable<Frozen<EndpointSlice>>
  /** The service with this cluster address. */
  serviceByIp(ip: string): Frozen<Service> | undefined
  /** Slices of headless services that hold this address. */
  slicesByIp(ip: string): Iterable<Frozen<EndpointSlice>>
  namespaceExists(name: string): boolean
}

export interface DnsRecord {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'SRV' | 'PTR' | 'CNAME' | 'TXT' | 'SOA' | 'NS'
  readonly ttl: number
  readonly data: unknown
}

/** An answer of our own; `undefined` from {@link answerQuestion} means that the question is for upstream. */
export interface DnsAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN'
  readonly answers: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
  /** A name outside the cluster whose addresses belong to the answer (ExternalName). */
  readonly chase?: string
}

const NXDOMAIN: DnsAnswer = { rcode: 'NXDOMAIN', answers: [], additionals: [] }
const NODATA: DnsAnswer = { rcode: 'NOERROR', answers: [], additionals: [] }

/**
 * Answers by the DNS specification of Kubernetes (version 1.1.0) for names below `domain` and for reverse names of
 * cluster addresses. `name` is lower-case without a final dot. Undefined: not ours.
 */
export function answerQuestion(world: DnsWorld, domain: string, name: string, type: string): DnsAnswer | undefined {
  if (name.endsWith('.in-addr.arpa')) return reverse(world, domain, name, type)
  if (name !== domain && !name.endsWith(`.${domain}`)) return undefined
  const labels = name
    .slice(0, Math.max(name.length - domain.length - 1, 0))
    .split('.')
    .filter(l => l !== '')
  const kind = labels.pop()
  if (kind === undefined) return type === 'SOA' ? soa(domain) : NODATA
  if (kind === 'dns-version' && labels.length === 0) {
    return type === 'TXT' ? found([{ name, type: 'TXT', ttl: 28800, data: '1.1.0' }]) : NODATA
  }
  if (kind === 'svc') return serviceAnswer(world, domain, labels, { name, type })
  if (kind === 'pod') return podAnswer(world, labels, { name, type })
  return NXDOMAIN
}

interface Question {
  readonly name: string
  readonly type: string
}

function serviceAnswer(world: DnsWorld, domain: string, labels: string[], q: Question): DnsAnswer {
  const namespace = labels.pop()
  if (namespace === undefined) return NODATA
  const serviceName = labels.pop()
  if (serviceName === undefined) return world.namespaceExists(namespace) ? NODATA : NXDOMAIN
  const service = world.service(namespace, serviceName)
  if (!service) return NXDOMAIN
  const base = `${serviceName}.${namespace}.svc.${domain}`
  if (service.spec?.type === 'ExternalName') {
    if (labels.length > 0) return NXDOMAIN
    const target = (service.spec.externalName ?? '').replace(/\.$/, '')
    const cname: DnsRecord = { name: q.name, type: 'CNAME', ttl: TTL_SECONDS, data: target }
    return q.type === 'A' || q.type === 'AAAA'
      ? { ...found([cname]), chase: target }
      : found(q.type === 'CNAME' ? [cname] : [])
  }
  const targets = targetsOf(world, service, namespace, serviceName)
  const [first, second] = labels
  // "If there are no ready endpoints for the headless service, the answer should be NXDOMAIN."
  if (labels.length === 0) return targets.length > 0 ? addresses(targets, q, base) : NXDOMAIN
  if (labels.length === 1) {
    const one = targets.filter(t => t.hostname === first)
    return one.length > 0 && service.spec?.clusterIP === 'None' ? addresses(one, q, base) : NXDOMAIN
  }
  if (labels.length === 2 && first?.startsWith('_') && second?.startsWith('_')) {
    return srv(targets, { port: first.slice(1), protocol: second.slice(1) }, q, base)
  }
  return NXDOMAIN
}

interface Target {
  readonly ip: string
  /** First label of the target's own name: the pod's hostname, or its address with dashes. */
  readonly hostname: string
  readonly ports: readonly { name: string; protocol: string; port: number }[]
}

/** The cluster address, or for headless services every endpoint that is ready. */
function targetsOf(world: DnsWorld, service: Frozen<Service>, namespace: string, name: string): Target[] {
  const clusterIp = service.spec?.clusterIP
  if (clusterIp && clusterIp !== 'None') {
    const ports = (service.spec?.ports ?? []).map(p => ({
      name: p.name ?? '',
      protocol: (p.protocol ?? 'TCP').toLowerCase(),
      port: p.port,
    }))
    return (service.spec?.clusterIPs ?? [clusterIp]).map(ip => ({ ip, hostname: '', ports }))
  }
  const targets = new Map<string, Target>()
  for (const slice of world.slices(namespace, name)) {
    const ports = (slice.ports ?? []).flatMap(p =>
      p.port ? [{ name: p.name ?? '', protocol: (p.protocol ?? 'TCP').toLowerCase(), port: p.port }] : [],
    )
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false && !service.spec?.publishNotReadyAddresses) continue
      for (const ip of endpoint.addresses) {
        const known = targets.get(ip)
        targets.set(ip, {
          ip,
          hostname: endpoint.hostname ?? known?.hostname ?? dashed(ip),
          ports: [...(known?.ports ?? []), ...ports],
        })
      }
    }
  }
  return [...targets.values()]
}

function addresses(targets: readonly Target[], q: Question, base: string): DnsAnswer {
  if (q.type === 'SRV') return srv(targets, undefined, q, base)
  const family = q.type === 'A' ? 4 : q.type === 'AAAA' ? 6 : 0
  const fitting = targets.filter(t => familyOf(t.ip) === family)
  return found(fitting.map(t => ({ name: q.name, type: q.type as 'A' | 'AAAA', ttl: TTL_SECONDS, data: t.ip })))
}

function srv(
  targets: readonly Target[],
  want: { port: string; protocol: string } | undefined,
  q: Question,
  base: string,
): DnsAnswer {
  const answers: DnsRecord[] = []
  const additionals = new Map<string, DnsRecord>()
  const all = targets.flatMap(t =>
    t.ports.filter(p => !want || (p.name === want.port && p.protocol === want.protocol)).map(p => ({ t, p })),
  )
  if (want && all.length === 0) return NXDOMAIN
  if (q.type !== 'SRV') return NODATA
  const weight = all.length > 0 ? Math.floor(100 / all.length) : 0
  for (const { t, p } of all) {
    const target = t.hostname ? `${t.hostname}.${base}` : base
    answers.push({ name: q.name, type: 'SRV', ttl: TTL_SECONDS, data: { priority: 0, weight, port: p.port, target } })
    additionals.set(`${target} ${t.ip}`, {
      name: target,
      type: familyOf(t.ip) === 6 ? 'AAAA' : 'A',
      ttl: TTL_SECONDS,
      data: t.ip,
    })
  }
  return { rcode: 'NOERROR', answers, additionals: [...additionals.values()] }
}

/** `10-42-0-7.default.pod.DOMAIN`: the name holds the address. */
function podAnswer(world: DnsWorld, labels: string[], q: Question): DnsAnswer {
  const namespace = labels.pop()
  if (namespace === undefined) return NODATA
  if (!world.namespaceExists(namespace)) return NXDOMAIN
  if (labels.length === 0) return NODATA
  const ip = (labels[0] ?? '').replaceAll('-', '.')
  if (labels.length !== 1 || !/^\d{1,3}(\.\d{1,3}){3}$/.test(ip) || ip.split('.').some(o => Number(o) > 255))
    return NXDOMAIN
  return q.type === 'A' ? found([{ name: q.name, type: 'A', ttl: TTL_SECONDS, data: ip }]) : NODATA
}

function reverse(world: DnsWorld, domain: string, name: string, type: string): DnsAnswer | undefined {
  const ip = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.')
  const service = world.serviceByIp(ip)
  const names: string[] = []
  if (service) names.push(`${service.metadata?.name}.${service.metadata?.namespace}.svc.${domain}`)
  for (const slice of world.slicesByIp(ip)) {
    const owner = slice.metadata?.labels?.['kubernetes.io/service-name']
    const endpoint = slice.endpoints?.find(e => e.addresses.includes(ip) && e.conditions?.ready !== false)
    if (owner && endpoint)
      names.push(`${endpoint.hostname ?? dashed(ip)}.${owner}.${slice.metadata?.namespace}.svc.${domain}`)
  }
  if (names.length === 0) return undefined
  return found(type === 'PTR' ? [...new Set(names)].map(data => ({ name, type: 'PTR', ttl: TTL_SECONDS, data })) : [])
}

/** The start-of-authority record, which goes with every answer without data. */
export function soaRecord(domain: string): DnsRecord {
  const data = {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: TTL_SECONDS,
  }
  return { name: domain, type: 'SOA', ttl: TTL_SECONDS, data }
}

const soa = (domain: string): DnsAnswer => found([soaRecord(domain)])
const found = (answers: readonly DnsRecord[]): DnsAnswer => ({ rcode: 'NOERROR', answers, additionals: [] })
const dashed = (ip: string): string => ip.replaceAll('.', '-').replaceAll(':', '-')
const familyOf = (ip: string): 4 | 6 => (ip.includes(':') ? 6 : 4)
