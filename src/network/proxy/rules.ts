import { BRIDGE, hashedChain, MASQUERADE_MARK, VXLAN } from '../names.ts'
import type { HostPort } from './host-ports.ts'
import type { Endpoint, ServicePort } from './model.ts'

/** Rules of one table: chain name → lines without `-A CHAIN`. The order of chains is that of the map. */
export type Chains = Map<string, string[]>

export interface RuleFacts {
  readonly services: readonly ServicePort[]
  readonly hostPorts: readonly HostPort[]
  readonly clusterCidr: string
  /** Address on which this node answers DNS. */
  readonly clusterDns: string
}

export const SERVICES = 'KUBELITE-SERVICES'
export const NODE_PORTS = 'KUBELITE-NODEPORTS'
export const HOST_PORTS = 'KUBELITE-HOSTPORTS'
export const POSTROUTING = 'KUBELITE-POSTROUTING'
const MASQUERADE = 'KUBELITE-MASQ'
export const MARK = 'KUBELITE-MARK-MASQ'
export const FORWARD = 'KUBELITE-FORWARD'
export const REJECT = 'KUBELITE-REJECT'

/** Where kubelite's chains hang in the tables of the kernel: [table, chain, rule]. */
export const JUMPS: readonly (readonly ['nat' | 'filter', string, string])[] = [
  ['nat', 'PREROUTING', `-j ${SERVICES}`],
  ['nat', 'OUTPUT', `-j ${SERVICES}`],
  ['nat', 'POSTROUTING', `-j ${POSTROUTING}`],
  ['filter', 'FORWARD', `-m conntrack --ctstate NEW -j ${REJECT}`],
  ['filter', 'OUTPUT', `-m conntrack --ctstate NEW -j ${REJECT}`],
  ['filter', 'INPUT', `-m conntrack --ctstate NEW -j ${REJECT}`],
  ['filter', 'FORWARD', `-j ${FORWARD}`],
]

const toMark = `-j ${MARK}`
const comment = (text: string): string => `-m comment --comment "${text.slice(0, 250)}"`

/** All chains of the nat table. The same facts give the same text: unchanged chains are not written again. */
export function planNat(facts: RuleFacts): Chains {
  const { clusterCidr } = facts
  const chains: Chains = new Map()
  const services: string[] = []
  const nodePorts: string[] = []
  for (const s of facts.services) {
    const reachable = s.internalLocal ? s.localEndpoints : s.endpoints
    const seed = `${s.id} ${s.protocol}`
    const to = `-p ${s.protocol} -m ${s.protocol} --dport`
    if (reachable.length > 0) {
      const chain = hashedChain('KL-SVC-', seed)
      services.push(`-d ${s.clusterIp}/32 ${to} ${s.port} ${comment(`${s.id} cluster IP`)} -j ${chain}`)
      const foreign = `! -s ${clusterCidr} -d ${s.clusterIp}/32 ${to} ${s.port} ${toMark}`
      chains.set(chain, [foreign, ...balance(s, reachable, chains)])
    }
    const outside = [...s.externalIps, ...s.loadBalancerIps]
    if (s.endpoints.length === 0 || (s.nodePort === 0 && outside.length === 0)) continue
    const external = hashedChain('KL-EXT-', seed)
    chains.set(external, externalRules(s, clusterCidr, chains))
    for (const ip of s.externalIps)
      services.push(`-d ${ip}/32 ${to} ${s.port} ${comment(`${s.id} external IP`)} -j ${external}`)
    for (const ip of s.loadBalancerIps) {
      const allowed = s.sourceRanges.length > 0 ? s.sourceRanges.map(range => `-s ${range} `) : ['']
      for (const from of allowed)
        services.push(`${from}-d ${ip}/32 ${to} ${s.port} ${comment(`${s.id} load balancer`)} -j ${external}`)
    }
    if (s.nodePort > 0) nodePorts.push(`${to} ${s.nodePort} ${comment(s.id)} -j ${external}`)
  }
  const hostPorts = facts.hostPorts.map(h => {
    const chain = hashedChain('KL-HP-', h.id)
    chains.set(chain, [
      `-s ${h.podIp}/32 ${toMark}`,
      `-s 127.0.0.0/8 ${toMark}`,
      `-p ${h.protocol} -m ${h.protocol} -j DNAT --to-destination ${h.podIp}:${h.containerPort}`,
    ])
    return `${h.hostIp ? `-d ${h.hostIp}/32 ` : ''}-p ${h.protocol} -m ${h.protocol} --dport ${h.hostPort} ${comment(h.id)} -j ${chain}`
  })
  const local = '-m addrtype --dst-type LOCAL'
  services.push(`${local} -j ${HOST_PORTS}`, `${local} -j ${NODE_PORTS}`)
  return new Map([
    // The mark must not stay on the packet: its VXLAN wrapping would be masqueraded once more.
    [MASQUERADE, [`-j MARK --xor-mark ${MASQUERADE_MARK.split('/')[0]}`, '-j MASQUERADE --random-fully']],
    [MARK, [`-j MARK --set-xmark ${MASQUERADE_MARK}`]],
    [
      POSTROUTING,
      [
        `-m mark --mark ${MASQUERADE_MARK} -j ${MASQUERADE}`,
        `-s ${clusterCidr} -d 224.0.0.0/4 -j RETURN`,
        `-s ${clusterCidr} ! -d ${clusterCidr} ${comment('pods to the outside')} -j MASQUERADE --random-fully`,
      ],
    ],
    ...[...chains].sort(([a], [b]) => (a < b ? -1 : 1)),
    [HOST_PORTS, hostPorts],
    [NODE_PORTS, nodePorts],
    [SERVICES, services],
  ])
}

/** All chains of the filter table: forwarding for pods, and a clear refusal for services without endpoints. */
export function planFilter(facts: RuleFacts): Chains {
  // Packets from pods may be routed to loopback addresses, for the answers of node ports; they must not begin there.
  const reject = [BRIDGE, VXLAN].map(link => `-i ${link} -d 127.0.0.0/8 -j DROP`)
  // A firewall of the machine that lets nothing in must not keep pods from names.
  for (const protocol of ['udp', 'tcp'])
    reject.push(`-i ${BRIDGE} -d ${facts.clusterDns}/32 -p ${protocol} -m ${protocol} --dport 53 -j ACCEPT`)
  for (const s of facts.services) {
    const outside = [...s.externalIps, ...s.loadBalancerIps]
    const to = `-p ${s.protocol} -m ${s.protocol} --dport`
    const refuse = `${comment(`${s.id} has no endpoints`)} -j REJECT`
    const drop = `${comment(`${s.id} has no local endpoints`)} -j DROP`
    if (s.endpoints.length === 0) {
      reject.push(`-d ${s.clusterIp}/32 ${to} ${s.port} ${refuse}`)
      for (const ip of outside) reject.push(`-d ${ip}/32 ${to} ${s.port} ${refuse}`)
      if (s.nodePort > 0) reject.push(`-m addrtype --dst-type LOCAL ${to} ${s.nodePort} ${refuse}`)
      continue
    }
    // Those who may have been sent on by now.
    if (s.sourceRanges.length > 0) {
      const shut = `${comment(`${s.id} is not for this source`)} -j DROP`
      for (const ip of s.loadBalancerIps) reject.push(`-d ${ip}/32 ${to} ${s.port} ${shut}`)
    }
    // The cluster has endpoints, but none on this node, where the traffic must stay: dropped, not refused.
    if (s.internalLocal && s.localEndpoints.length === 0) {
      reject.push(`-d ${s.clusterIp}/32 ${to} ${s.port} ${drop}`)
    }
    // What comes from this node and its pods has been sent on by now: only the outside still has these addresses.
    if (s.externalLocal && s.localEndpoints.length === 0) {
      for (const ip of outside) reject.push(`-d ${ip}/32 ${to} ${s.port} ${drop}`)
      if (s.nodePort > 0) reject.push(`-m addrtype --dst-type LOCAL ${to} ${s.nodePort} ${drop}`)
    }
  }
  return new Map([
    [REJECT, reject],
    [
      FORWARD,
      [
        '-m conntrack --ctstate INVALID -j DROP',
        `-m mark --mark ${MASQUERADE_MARK} -j ACCEPT`,
        `-s ${facts.clusterCidr} -j ACCEPT`,
        `-d ${facts.clusterCidr} -j ACCEPT`,
      ],
    ],
  ])
}

function externalRules(s: ServicePort, clusterCidr: string, chains: Chains): string[] {
  if (!s.externalLocal) return [toMark, ...balance(s, s.endpoints, chains)]
  // Pods and this node itself are not "external": they may use every endpoint.
  const anywhere = hashedChain('KL-EXT-', `${s.id} ${s.protocol} anywhere`)
  chains.set(anywhere, balance(s, s.endpoints, chains))
  const rules = [
    `-s ${clusterCidr} -j ${anywhere}`,
    `-m addrtype --src-type LOCAL ${toMark}`,
    `-m addrtype --src-type LOCAL -j ${anywhere}`,
  ]
  return [...rules, ...balance(s, s.localEndpoints, chains)]
}

/** Jumps to one chain for each endpoint: first to the one a client had before, else by equal chance. */
function balance(s: ServicePort, endpoints: readonly Endpoint[], chains: Chains): string[] {
  const targets = endpoints.map(e => ({ e, chain: hashedChain('KL-SEP-', `${s.id} ${s.protocol} ${e.ip}:${e.port}`) }))
  for (const { e, chain } of targets) {
    const remember = s.affinitySeconds > 0 ? `-m recent --name ${chain} --set ` : ''
    chains.set(chain, [
      `-s ${e.ip}/32 ${toMark}`,
      `${remember}-p ${s.protocol} -m ${s.protocol} -j DNAT --to-destination ${e.ip}:${e.port}`,
    ])
  }
  const sticky =
    s.affinitySeconds > 0
      ? targets.map(t => `-m recent --name ${t.chain} --rcheck --seconds ${s.affinitySeconds} --reap -j ${t.chain}`)
      : []
  const random = targets.map((t, i) => {
    const left = targets.length - i
    const chance = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(10)} ` : ''
    return `${chance}-j ${t.chain}`
  })
  return [...sticky, ...random]
}
