import type { Node, Pod } from '../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { NodeInfo } from './node-info.ts'
import type { ClusterObjects } from './objects.ts'

export type PodObject = Frozen<Pod & KubeObject>
export type NodeObject = Frozen<Node & KubeObject>

/**
 * Why a node does not take a pod. `resolvable`: the pods that run there are the reason, so that taking some away
 * could help; else only a change of the node or the pod does.
 */
export interface Rejection {
  readonly reasons: readonly string[]
  readonly resolvable: boolean
}

/** A plugin that says which nodes can take a pod. Pure: `prepare` works out once what concerns the pod alone. */
export interface FilterPlugin {
  readonly name: string
  /**
   * A filter for this pod, or undefined where it has nothing to say about it.
   */
  prepare(pod: PodObject, cluster: ClusterView): PreparedFilter | undefined
  /** Which changes may make a rejected pod fit. */
  readonly wakesOn: readonly WakeEvent[]
}

export interface PreparedFilter {
  /** Rejects the pod wholly, with this text behind `0/N nodes are available: `. */
  readonly reject?: string
  /** Only these nodes come into question; the others are not looked at, and count as rejected by this plugin. */
  readonly only?: ReadonlySet<string>
  /** Undefined: the node will do. */
  filter(node: NodeInfo): Rejection | undefined
}

/** A plugin that says which of the nodes that fit is the better one. */
export interface ScorePlugin {
  readonly name: string
  readonly weight: number
  /** A score for this pod, or undefined where all nodes are the same to it. */
  prepare(pod: PodObject, cluster: ClusterView, fitting: readonly NodeInfo[]): PreparedScore | undefined
}

export interface PreparedScore {
  score(node: NodeInfo): number
  /** How raw scores become 0 to 100. */
  readonly normalize: Normalize
}

/** By the largest score, the same upside down, by a rule of the plugin's own; or they are 0 to 100 already. */
export type Normalize = 'none' | 'by-max' | 'by-max-reversed' | ((raw: readonly number[]) => readonly number[])

/** What plugins may see besides the pod and one node. */
export interface ClusterView {
  readonly nodes: readonly NodeInfo[]
  node(name: string): NodeInfo | undefined
  readonly objects: ClusterObjects
}

/** Changes of the cluster that can let a waiting pod fit. */
export type WakeEvent =
  | 'node-added'
  | 'node-removed'
  | 'node-allocatable'
  | 'node-labels'
  | 'node-taints'
  | 'node-schedulable'
  | 'pod-added'
  | 'pod-removed'
  | 'pod-changed'
  | 'storage'
  | 'namespace'

export const MAX_SCORE = 100

/** A rejection that taking pods away could heal. */
export const busy = (...reasons: string[]): Rejection => ({ reasons, resolvable: true })
/** A rejection that stays whatever pods are there. */
export const unfit = (...reasons: string[]): Rejection => ({ reasons, resolvable: false })
