import type { PodDNSConfig } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import { fqdnOf, hostnameOf, type PodView, podNamespaceOf, specOf, usesHostNetwork } from './pods.ts'

const LOCAL_NAMES = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`

/** What a pod sees as /etc/hosts. */
export function hostsFile(pod: PodView, options: { ip: string; clusterDomain: string; nodeHosts: string }): string {
  const { ip, clusterDomain, nodeHosts } = options
  const aliases = aliasLines(pod)
  if (usesHostNetwork(pod)) return `# Kubernetes-managed hosts file (host network).\n${nodeHosts}${aliases}`
  const fqdn = fqdnOf(pod, clusterDomain)
  const hostname = hostnameOf(pod, clusterDomain)
  const own = fqdn ? `${ip}\t${fqdn}\t${hostname.split('.')[0]}\n` : `${ip}\t${hostname}\n`
  return `# Kubernetes-managed hosts file.\n${LOCAL_NAMES}${own}${aliases}`
}

function aliasLines(pod: PodView): string {
  const aliases = specOf(pod).hostAliases ?? []
  if (!aliases.length) return ''
  const lines = aliases.map(a => `${a.ip}\t${(a.hostnames ?? []).join('\t')}\n`)
  return `\n# Entries added by HostAliases.\n${lines.join('')}`
}

/** A resolver file's parts. */
export interface Resolver {
  readonly nameservers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

/** Reads a resolver file; the last `search` line counts. */
export function parseResolver(text: string): Resolver {
  const nameservers: string[] = []
  let searches: string[] = []
  const options: string[] = []
  for (const line of text.split('\n')) {
    const [key, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (key === 'nameserver' && values[0]) nameservers.push(values[0])
    else if (key === 'search') searches = values.map(v => (v === '.' ? v : v.replace(/\.$/, '')))
    else if (key === 'options') options.push(...values)
  }
  return { nameservers, searches, options: [...new Set(options)] }
}

export interface ResolverInputs {
  readonly node: Resolver
  /** Empty where the cluster has no DNS. */
  readonly clusterDns: string
  readonly clusterDomain: string
}

/** What a pod sees as /etc/resolv.conf. */
export function resolverFile(pod: PodView, inputs: ResolverInputs): string {
  const merged = bounded(withConfig(baseResolver(pod, inputs), specOf(pod).dnsConfig))
  const lines = [
    ...(merged.searches.length ? [`search ${merged.searches.join(' ')}`] : []),
    ...merged.nameservers.map(n => `nameserver ${n}`),
    ...(merged.options.length ? [`options ${merged.options.join(' ')}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

const MAX_NAMESERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_CHARACTERS = 2048

/** As much as resolvers read. */
function bounded({ nameservers, searches, options }: Resolver): Resolver {
  const kept: string[] = []
  for (const search of searches.slice(0, MAX_SEARCHES)) {
    if ([...kept, search].join(' ').length > MAX_SEARCH_CHARACTERS) break
    kept.push(search)
  }
  return { nameservers: nameservers.slice(0, MAX_NAMESERVERS), searches: kept, options }
}

function baseResolver(pod: PodView, { node, clusterDns, clusterDomain }: ResolverInputs): Resolver {
  const { dnsPolicy = 'ClusterFirst' } = specOf(pod)
  if (dnsPolicy === 'None') return { nameservers: [], searches: [], options: [] }
  const cluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !usesHostNetwork(pod))
  if (!cluster || !clusterDns) return node
  const searches = [
    `${podNamespaceOf(pod)}.svc.${clusterDomain}`,
    `svc.${clusterDomain}`,
    clusterDomain,
    ...node.searches,
  ]
  return { nameservers: [clusterDns], searches: [...new Set(searches)], options: ['ndots:5'] }
}

function withConfig(base: Resolver, config: Frozen<PodDNSConfig> | undefined): Resolver {
  if (!config) return base
  const options = new Map(base.options.map(o => [o.split(':')[0] ?? '', o]))
  for (const { name = '', value } of config.options ?? [])
    options.set(name, value === undefined ? name : `${name}:${value}`)
  return {
    nameservers: [...new Set([...base.nameservers, ...(config.nameservers ?? [])])],
    searches: [...new Set([...base.searches, ...(config.searches ?? [])])],
    options: [...options.values()],
  }
}
