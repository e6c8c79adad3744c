import type { HostPort } from './host-ports.ts'
import type { ServicePort } from './model.ts'

/** Where UDP packets are sent on to, as `ip:port`, by where they come in: `ADDRESS PORT`, or `node PORT`. */
export type UdpTargets = ReadonlyMap<string, ReadonlySet<string>>

/** All that this node sends on over UDP. */
export function udpTargets(services: readonly ServicePort[], hostPorts: readonly HostPort[]): UdpTargets {
  const targets = new Map<string, Set<string>>()
  const add = (front: string, endpoints: readonly { ip: string; port: number }[]): void => {
    targets.set(front, new Set([...(targets.get(front) ?? []), ...endpoints.map(e => `${e.ip}:${e.port}`)]))
  }
  for (const s of services.filter(p => p.protocol === 'udp')) {
    add(`${s.clusterIp} ${s.port}`, s.internalLocal ? s.localEndpoints : s.endpoints)
    const outside = s.externalLocal ? [...s.localEndpoints, ...s.endpoints] : s.endpoints
    for (const ip of [...s.externalIps, ...s.loadBalancerIps]) add(`${ip} ${s.port}`, outside)
    if (s.nodePort > 0) add(`node ${s.nodePort}`, outside)
  }
  for (const h of hostPorts.filter(p => p.protocol === 'udp'))
    add(`${h.hostIp || 'node'} ${h.hostPort}`, [{ ip: h.podIp, port: h.containerPort }])
  return targets
}

/**
 * Which of the kernel's flows are to be forgotten after a change, as arguments of `conntrack -D -p udp`. UDP has no
 * end of a connection: as long as a client keeps sending, the kernel goes on sending to an endpoint that is gone, or
 * past a service that had none when it began. Flows to endpoints that are still there go on.
 */
export function staleFlows(before: UdpTargets, after: UdpTargets): string[][] {
  const stale: string[][] = []
  for (const [front, targets] of before) {
    const kept = after.get(front)
    for (const target of targets) {
      if (kept?.has(target)) continue
      const ip = target.slice(0, target.lastIndexOf(':'))
      stale.push([...matching(front), '--dst-nat', ip])
    }
  }
  for (const [front, targets] of after) {
    if (targets.size > 0 && !before.get(front)?.size) stale.push(matching(front))
  }
  return stale
}

function matching(front: string): string[] {
  const [ip = '', port = ''] = front.split(' ')
  return [...(ip === 'node' ? [] : ['--orig-dst', ip]), '--dport', port]
}
