import type { Node, NodeSpec, Pod, PodSpec } from '../../src/kinds/generated/types.ts'
import type { KubeObject } from '../../src/kinds/object.ts'
import { Cluster } from '../../src/scheduler/cluster.ts'
import { type CycleOptions, type Placement, placePod } from '../../src/scheduler/cycle.ts'
import type { NodeObject, PodObject } from '../../src/scheduler/framework.ts'
import { failureMessage } from '../../src/scheduler/messages.ts'
import { type ClusterObjects, NO_OBJECTS } from '../../src/scheduler/objects.ts'
import { filterPlugins, scorePlugins } from '../../src/scheduler/plugins/index.ts'

export interface NodeShape {
  readonly labels?: Record<string, string>
  readonly taints?: NodeSpec['taints']
  readonly unschedulable?: boolean
  readonly allocatable?: Record<string, string>
  readonly images?: { names: string[]; sizeBytes: number }[]
}

/** A node with 4 cores, 8Gi and room for 10 pods unless told otherwise; its hostname is a label. */
export function nodeOf(name: string, shape: NodeShape = {}): NodeObject {
  const node: Node & KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...shape.labels } },
    spec: {
      ...(shape.taints ? { taints: shape.taints } : {}),
      ...(shape.unschedulable ? { unschedulable: true } : {}),
    },
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '10', ...shape.allocatable },
      ...(shape.images ? { images: shape.images } : {}),
    },
  }
  return node
}

export interface PodShape {
  readonly namespace?: string
  readonly labels?: Record<string, string>
  readonly requests?: Record<string, string>
  readonly spec?: Partial<PodSpec>
  readonly metadata?: Record<string, unknown>
  readonly status?: Pod['status']
}

/** A pod of one container in namespace `ns` unless told otherwise. */
export function podOf(name: string, shape: PodShape = {}): PodObject {
  const { namespace = 'ns', labels, requests, spec, metadata, status } = shape
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: `uid-${name}`, generation: 1, ...(labels ? { labels } : {}), ...metadata },
    spec: {
      schedulerName: 'default-scheduler',
      containers: [{ name: 'c', image: 'img:1', ...(requests ? { resources: { requests } } : {}) }],
      ...spec,
    },
    ...(status ? { status } : {}),
  } as PodObject
}

/** Nodes with the pods that run on them. */
export function clusterOf(
  nodes: readonly (readonly [NodeObject, ...PodObject[]])[],
  objects: Partial<ClusterObjects> = {},
): Cluster {
  const cluster = new Cluster()
  cluster.objects = { ...NO_OBJECTS, ...objects }
  for (const [node, ...pods] of nodes) {
    cluster.putNode(node)
    for (const pod of pods) cluster.place(pod, node.metadata.name ?? '')
  }
  return cluster
}

/** Looks for a node with all plugins; the first of equals wins. */
export function place(pod: PodObject, cluster: Cluster, over: Partial<CycleOptions> = {}): Placement {
  const promised = cluster.promisedBeside(pod)
  return placePod(pod, cluster, {
    filters: filterPlugins,
    scores: scorePlugins,
    start: 0,
    random: () => 1,
    ...(promised ? { promised } : {}),
    ...over,
  })
}

/** Where the pod goes; else why it goes nowhere, without a word on preemption. */
export function outcome(pod: PodObject, cluster: Cluster): string {
  const placement = place(pod, cluster)
  return 'failure' in placement ? failureMessage(placement.failure, undefined) : placement.node
}
