import type { Pod } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import type { Protocol } from './model.ts'

/** A port of this node that belongs to a pod. */
export interface HostPort {
  readonly id: string
  readonly protocol: Protocol
  readonly hostPort: number
  /** Empty: every address of the node. */
  readonly hostIp: string
  readonly podIp: string
  readonly containerPort: number
}

/** The host ports of the pods that run on this node with an address of their own. */
export function planHostPorts(pods: Iterable<Frozen<Pod>>, nodeName: string): HostPort[] {
  const out: HostPort[] = []
  for (const pod of pods) {
    const { spec, status, metadata } = pod
    const podIp = status?.podIP
    if (spec?.nodeName !== nodeName || spec.hostNetwork || !podIp) continue
    if (status?.phase === 'Succeeded' || status?.phase === 'Failed') continue
    const containers = [...spec.containers, ...(spec.initContainers ?? []).filter(c => c.restartPolicy === 'Always')]
    for (const p of containers.flatMap(c => c.ports ?? [])) {
      if (!p.hostPort) continue
      const protocol = (p.protocol ?? 'TCP').toLowerCase() as Protocol
      const hostIp = p.hostIP && p.hostIP !== '0.0.0.0' && !p.hostIP.includes(':') ? p.hostIP : ''
      const id = `${metadata?.namespace}/${metadata?.name} ${protocol} ${hostIp}:${p.hostPort}`
      out.push({ id, protocol, hostPort: p.hostPort, hostIp, podIp, containerPort: p.containerPort })
    }
  }
  // Ports of one address come before those of every address: the first rule that fits wins.
  return out.sort((a, b) => Number(a.hostIp === '') - Number(b.hostIp === '') || (a.id < b.id ? -1 : 1))
}
