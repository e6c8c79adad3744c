import { objectKey } from '../kinds/object.ts'
import type { NodeObject, PodObject } from './framework.ts'
import { add, type Amounts, amounts, podRequests, subtract } from './resources.ts'

/** A port that a pod takes of its node. */
export interface UsedPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

/** What a pod takes, worked out once. */
export interface PodInfo {
  readonly key: string
  readonly pod: PodObject
  readonly requests: Amounts
  /** As `requests`, with a little for containers that ask for nothing: for spreading load. */
  readonly load: Amounts
  readonly ports: readonly UsedPort[]
  readonly priority: number
}

const NO_LOAD: Amounts = new Map()

export function podInfo(pod: PodObject): PodInfo {
  const spec = pod.spec
  if (!spec) return { key: objectKey(pod), pod, requests: NO_LOAD, load: NO_LOAD, ports: [], priority: 0 }
  return {
    key: objectKey(pod),
    pod,
    requests: podRequests(spec),
    load: podRequests(spec, { defaults: true }),
    ports: hostPortsOf(pod),
    priority: spec.priority ?? 0,
  }
}

/** The node's ports that a pod wants. */
export function hostPortsOf(pod: PodObject): UsedPort[] {
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter(c => c.restartPolicy === 'Always'),
  ]
  return containers.flatMap(c =>
    (c.ports ?? []).flatMap(p =>
      p.hostPort ? [{ ip: p.hostIP || '0.0.0.0', protocol: p.protocol || 'TCP', port: p.hostPort }] : [],
    ),
  )
}

/** Two uses of a port clash when number and protocol are the same and one wants every address or both the same. */
export function portsClash(a: UsedPort, b: UsedPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0'
}

/** One node with the pods that are bound to it or about to be: sums are kept, so that a filter only compares. */
export class NodeInfo {
  node: NodeObject
  allocatable: Amounts = NO_LOAD
  readonly requested = new Map<string, number>()
  readonly load = new Map<string, number>()
  readonly pods = new Map<string, PodInfo>()
  readonly usedPorts: UsedPort[] = []

  constructor(node: NodeObject) {
    this.node = node
    this.update(node)
  }

  get name(): string {
    return this.node.metadata.name ?? ''
  }

  update(node: NodeObject): void {
    this.node = node
    this.allocatable = amounts(node.status?.allocatable)
  }

  add(info: PodInfo): void {
    this.remove(info.key)
    this.pods.set(info.key, info)
    add(this.requested, info.requests)
    add(this.load, info.load)
    this.usedPorts.push(...info.ports)
  }

  remove(key: string): void {
    const info = this.pods.get(key)
    if (!info) return
    this.pods.delete(key)
    subtract(this.requested, info.requests)
    subtract(this.load, info.load)
    for (const port of info.ports) this.usedPorts.splice(this.usedPorts.indexOf(port), 1)
  }

  /** The node as if these pods were not on it. */
  without(keys: Iterable<string>): NodeInfo {
    const copy = new NodeInfo(this.node)
    const gone = new Set(keys)
    for (const info of this.pods.values()) if (!gone.has(info.key)) copy.add(info)
    return copy
  }
}
