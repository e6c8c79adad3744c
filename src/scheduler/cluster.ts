import { objectKey } from '../kinds/object.ts'
import { semanticEqual } from '../kinds/validation/equal.ts'
import type { ClusterView, NodeObject, PodObject, WakeEvent } from './framework.ts'
import { NodeInfo, type PodInfo, podInfo, podInfoAfter } from './node-info.ts'
import { type ClusterObjects, NO_OBJECTS } from './objects.ts'

/** The scheduler's picture of the cluster: kept up by informers, and ahead of them by the pods that it has placed. */
export class Cluster implements ClusterView {
  objects: ClusterObjects = NO_OBJECTS
  readonly nodes: NodeInfo[] = []
  readonly #byName = new Map<string, NodeInfo>()
  /** Where a pod counts: its key → node name, also for nodes that are not there (yet). */
  readonly #placed = new Map<string, string>()
  /** Pods of nodes that are not there (yet). */
  readonly #strays = new Map<string, Map<string, PodInfo>>()
  /** Pods that have been promised room on a node by preemption: where each is, and which each node has. */
  readonly #nominations = new Map<string, string>()
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

  /** Counts a pod on a node, in place of where it counted before. False where it counted there already. */
  place(pod: PodObject, node: string): boolean {
    const key = objectKey(pod)
    const target = this.#byName.get(node)
    const before = this.#placed.get(key) === node ? (target?.pods ?? this.#strays.get(node))?.get(key) : undefined
    const info = before ? podInfoAfter(before, pod) : podInfo(pod)
    if (!before) this.unplace(key)
    this.#placed.set(key, node)
    if (target) target.add(info)
    else this.#strayPods(node).set(key, info)
    return before === undefined
  }

  /** The pod takes nothing any more. False where it took nothing before. */
  unplace(key: string): boolean {
    const node = this.#placed.get(key)
    if (node === undefined) return false
    this.#placed.delete(key)
    this.#byName.get(node)?.remove(key)
    const strays = this.#strays.get(node)
    if (strays?.delete(key) && strays.size === 0) this.#strays.delete(node)
    return true
  }

  /** Promises a pod room on a node, in place of an earlier promise. */
  nominate(pod: PodObject, node: string): void {
    const key = objectKey(pod)
    this.denominate(key)
    this.#nominations.set(key, node)
    const pods = this.#nominated.get(node) ?? new Map<string, PodInfo>()
    pods.set(key, podInfo(pod))
    this.#nominated.set(node, pods)
  }

  denominate(key: string): void {
    const node = this.#nominations.get(key)
    if (node === undefined) return
    this.#nominations.delete(key)
    const pods = this.#nominated.get(node)
    if (pods?.delete(key) && pods.size === 0) this.#nominated.delete(node)
  }

  /** Pods of lower priority that have been promised room on a node. */
  nominatedBelow(node: string, priority: number): PodInfo[] {
    return [...(this.#nominated.get(node)?.values() ?? [])].filter(p => p.priority < priority)
  }

  /** A node with the pods of at least this pod's priority that have been promised room there; undefined without any. */
  promisedBeside(pod: PodObject): ((info: NodeInfo) => NodeInfo | undefined) | undefined {
    if (this.#nominated.size === 0) return undefined
    const key = objectKey(pod)
    const priority = pod.spec?.priority ?? 0
    return info => {
      const promised = [...(this.#nominated.get(info.name)?.values() ?? [])].filter(
        p => p.key !== key && p.priority >= priority && !info.pods.has(p.key),
      )
      if (promised.length === 0) return undefined
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
  const differ = (a: unknown, b: unknown): boolean => !semanticEqual(a, b)
  const events: WakeEvent[] = []
  if (differ(before.status?.allocatable, after.status?.allocatable)) events.push('node-allocatable')
  if (differ(before.metadata.labels, after.metadata.labels)) events.push('node-labels')
  if (differ(before.spec?.taints, after.spec?.taints)) events.push('node-taints')
  if ((before.spec?.unschedulable ?? false) !== (after.spec?.unschedulable ?? false)) events.push('node-schedulable')
  return events
}
