import { objectKey } from '../kinds/object.ts'
import { type AffinityTerms, affinityTerms } from './affinity-terms.ts'
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
  readonly affinity: AffinityTerms | undefined
}

const NO_LOAD: Amounts = new Map()

/** Pods are never changed, so that what was worked out for one stays right as long as it lives. */
const known = new WeakMap<PodObject, PodInfo>()

export function podInfo(pod: PodObject): PodInfo {
  const info = known.get(pod) ?? workOut(pod)
  known.set(pod, info)
  return info
}

/** The same for a new form of the pod, without working it out again where it asks for the same things. */
export function podInfoAfter(before: PodInfo, pod: PodObject): PodInfo {
  const a = before.pod.spec
  const b = pod.spec
  const same =
    a?.containers === b?.containers &&
    a?.initContainers === b?.initContainers &&
    a?.resources === b?.resources &&
    a?.overhead === b?.overhead &&
    a?.affinity === b?.affinity &&
    a?.priority === b?.priority
  if (!same || known.has(pod)) return podInfo(pod)
  const info = { ...before, pod }
  known.set(pod, info)
  return info
}

function workOut(pod: PodObject): PodInfo {
  const { spec } = pod
  return {
    key: objectKey(pod),
    pod,
    requests: spec ? podRequests(spec) : NO_LOAD,
    load: spec ? podRequests(spec, { defaults: true }) : NO_LOAD,
    ports: hostPortsOf(pod),
    priority: spec?.priority ?? 0,
    affinity: affinityTerms(pod),
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
  /** Those of them that want or do not want other pods around. */
  readonly affine = new Map<string, PodInfo>()
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
    const before = this.pods.get(info.key)
    if (before && before.requests === info.requests && before.ports === info.ports) {
      // A new form of a pod that asks for the same.
      this.pods.set(info.key, info)
      if (info.affinity) this.affine.set(info.key, info)
      return
    }
    this.remove(info.key)
    this.pods.set(info.key, info)
    if (info.affinity) this.affine.set(info.key, info)
    add(this.requested, info.requests)
    add(this.load, info.load)
    this.usedPorts.push(...info.ports)
  }

  remove(key: string): void {
    const info = this.pods.get(key)
    if (!info) return
    this.pods.delete(key)
    this.affine.delete(key)
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
