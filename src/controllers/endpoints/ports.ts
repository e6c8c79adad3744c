import type { EndpointPort as CorePort, ServicePort } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import type { FrozenPod } from '../shared/pods.ts'

/** The port of a pod that a service's port leads to; undefined where it names one that the pod has not. */
export function findPort(pod: FrozenPod, port: Frozen<ServicePort>): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target || port.port
  const protocol = port.protocol ?? 'TCP'
  const restartable = (pod.spec?.initContainers ?? []).filter(c => c.restartPolicy === 'Always')
  for (const container of [...(pod.spec?.containers ?? []), ...restartable])
    for (const p of container.ports ?? [])
      if (p.name === target && (p.protocol ?? 'TCP') === protocol) return p.containerPort
  return undefined
}

/** A port as Endpoints and slices hold it. */
export interface Port {
  readonly name: string
  readonly port: number | undefined
  readonly protocol: string
  readonly appProtocol: string | undefined
}

/** The pod's ports for a service, without those that it has not. */
export function portsOf(pod: FrozenPod, ports: readonly Frozen<ServicePort>[]): Port[] {
  return ports.flatMap(p => {
    const port = findPort(pod, p)
    if (port === undefined) return []
    return [{ name: p.name ?? '', port, protocol: p.protocol ?? 'TCP', appProtocol: p.appProtocol }]
  })
}

/**
 * Kubernetes keeps ports in the order of a hash over Go's print of them; clients see that order. In slices all
 * fields are pointers.
 */
export function inSliceOrder(ports: readonly Port[]): Port[] {
  return byHash(
    ports,
    p =>
      `(v1.EndpointPort){Name:(*string)${p.name} Protocol:(*v1.Protocol)${p.protocol} ` +
      `Port:(*int32)${p.port ?? '<nil>'} AppProtocol:(*string)${p.appProtocol ?? '<nil>'}}`,
  )
}

/** As {@link inSliceOrder}, for the ports of Endpoints. */
export function inSubsetOrder(ports: readonly Port[]): Port[] {
  return byHash(
    ports,
    p =>
      `(v1.EndpointPort){Name:(string)${p.name} Port:(int32)${p.port ?? 0} Protocol:(v1.Protocol)${p.protocol} ` +
      `AppProtocol:(*string)${p.appProtocol ?? '<nil>'}}`,
  )
}

function byHash(ports: readonly Port[], print: (port: Port) => string): Port[] {
  if (ports.length < 2) return [...ports]
  return ports
    .map(port => ({ port, hash: fnv128a(print(port)) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0))
    .map(p => p.port)
}

const PRIME = 0x13bn | (1n << 88n)
const OFFSET = 0x6c62272e07bb014262b821756295c58dn
const MASK = (1n << 128n) - 1n

function fnv128a(text: string): bigint {
  let hash = OFFSET
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK
  return hash
}

/** A port as the core API writes it: an empty name is left out. */
export const corePort = (p: Port): CorePort => ({
  ...(p.name ? { name: p.name } : {}),
  port: p.port ?? 0,
  protocol: p.protocol,
  ...(p.appProtocol === undefined ? {} : { appProtocol: p.appProtocol }),
})
