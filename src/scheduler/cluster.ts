import { objectKey } from '../kinds/object.ts'
import type { ClusterView, NodeObject, PodObject, WakeEvent } from './framework.ts'
import { NodeInfo, type PodInfo, podInfo } from './node-info.ts'

/** The scheduler's picture of the cluster: kept up by informers, and ahead of them by the pods that it has placed. */
export class Cluster implements ClusterView {
  readonly nodes: NodeInfo[] = []
  readonly #byName = new Map<string, NodeInfo>()
  /** Where a pod counts: its key → node name, also for nodes that are not there (yet). */
  readonly #placed = new Map<string, string>()
  /** Pods of nodes that are not there (yet). */
  readonly #strays = new Map<string, Map<string, PodInfo>>()
  /** Pods that have been promised room on a node by preemption. */
  readonly #nominated = new Map<string, Map<string, PodInfo>>()

  node(name: string): NodeInfo | undefined {
    return this.#byName.get(name)
  }

  /** Takes over a node and tells what changed for pods that wait. */
  putNode(node: NodeObject): WakeEvent[] {
    const name = node.metadata.name ?? ''
    const known = this.#byName.get(name)
    if (known) {
      const events = nodeChanges(known.node, node)
      known.update(node)
      return events
    }
    const info = new NodeInfo(node)
    for (const pod of this.#strays.get(name)?.values() ?? []) info.add(pod)
    this.#strays.delete(name)
    this.#byName.set(name, info)
    this.nodes.push(info)
    return ['node-added']
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name)
    if (!info) return
    this.#byName.delete(name)
    this.nodes.splice(this.nodes.indexOf(info), 1)
    if (info.pods.size > 0) this.#strays.set(name, new Map(info.pods))
  }

  /** Counts a pod on a node, in place of where it counted before. */
  place(pod: PodObject, node: string): void {
    const info = podInfo(pod)
    this.unplace(info.key)
    this.#placed.set(info.key, node)
    const target = this.#byName.get(node)
    if (target) target.add(info)
    else this.#strayPods(node).set(info.key, info)
  }

  /** The pod takes nothing any more. False where it took nothing before. */
  unplace(key: string): boolean {
    const node = this.#placed.get(key)
    if (node === undefined) return false
    this.#placed.delete(key)
    this.#byName.get(node)?.remove(key)
    this.#strays.get(node)?.delete(key)
    return true
  }

  nominate(pod: PodObject, node: string): void {
    this.denominate(objectKey(pod))
    const pods = this.#nominated.get(node) ?? new Map<string, PodInfo>()
    pods.set(objectKey(pod), podInfo(pod))
    this.#nominated.set(node, pods)
  }

  denominate(key: string): void {
    for (const [node, pods] of this.#nominated) if (pods.delete(key) && pods.size === 0) this.#nominated.delete(node)
  }

  /** A node as a pod must see it: room promised to others of at least its priority counts as taken. */
  seenBy(pod: PodObject): (info: NodeInfo) => NodeInfo {
    const key = objectKey(pod)
    const priority = pod.spec?.priority ?? 0
    return info => {
      const promised = [...(this.#nominated.get(info.name)?.values() ?? [])].filter(
        p => p.key !== key && p.priority >= priority && !info.pods.has(p.key),
      )
      if (promised.length === 0) return info
      const copy = info.without([])
      for (const p of promised) copy.add(p)
      return copy
    }
  }

  #strayPods(node: string): Map<string, PodInfo> {
    const pods = this.#strays.get(node) ?? new Map<string, PodInfo>()
    this.#strays.set(node, pods)
    return pods
  }
}

/** What a changed node means to pods that wait. */
export function nodeChanges(before: NodeObject, after: NodeObject): WakeEvent[] {
  const differ = (a: unknown, b: unknown): boolean => a !== b && JSON.stringify(a) !== JSON.stringify(b)
  const events: WakeEvent[] = []
  if (differ(before.status?.allocatable, after.status?.allocatable)) events.push('node-allocatable')
  if (differ(before.metadata.labels, after.metadata.labels)) events.push('node-labels')
  if (differ(before.spec?.taints, after.spec?.taints)) events.push('node-taints')
  if ((before.spec?.unschedulable ?? false) !== (after.spec?.unschedulable ?? false)) events.push('node-schedulable')
  return events
}
