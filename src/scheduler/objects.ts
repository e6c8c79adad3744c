import {
  type LabelRequirement,
  type LabelSelector,
  type Labels,
  labelSelector,
  selectorFromLabels,
  selectorFromObject,
} from '../base/selector.ts'
import type { AnyKind } from '../client/client.ts'
import type { Informer } from '../client/informer.ts'
import type { Informers } from '../client/informers.ts'
import { type Lister, ObjectStore } from '../client/lister.ts'
import { replicaSet } from '../kinds/apps/replica-set.ts'
import { statefulSet } from '../kinds/apps/stateful-set.ts'
import { namespace } from '../kinds/core/namespace.ts'
import { persistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts'
import { persistentVolume } from '../kinds/core/persistent-volume.ts'
import { replicationController } from '../kinds/core/replication-controller.ts'
import { service } from '../kinds/core/service.ts'
import type {
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  Service,
  StatefulSet,
  StorageClass,
  VolumeAttachment,
} from '../kinds/generated/types.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import { podDisruptionBudget } from '../kinds/policy/pod-disruption-budget.ts'
import { csiNode } from '../kinds/storage/csi-node.ts'
import { storageClass } from '../kinds/storage/storage-class.ts'
import { volumeAttachment } from '../kinds/storage/volume-attachment.ts'
import type { PodObject, WakeEvent } from './framework.ts'

type Obj<T> = Frozen<T & KubeObject>
export type ClaimObject = Obj<PersistentVolumeClaim>
export type VolumeObject = Obj<PersistentVolume>
export type ClassObject = Obj<StorageClass>
export type BudgetObject = Obj<PodDisruptionBudget>

/** What pods were given that are being bound: it is not written yet, or not seen by all. */
export interface VolumePromises {
  /** The claim (`namespace/name`) that a volume is about to be bound to. */
  promisedTo(volume: string): string | undefined
  /** The node that a claim (`namespace/name`) is about to get a new volume on. */
  promisedNode(claim: string): string | undefined
}

/** What plugins read of other kinds than nodes and pods. */
export interface ClusterObjects extends VolumePromises {
  namespaceLabels(name: string): Labels
  claim(namespace: string, name: string): ClaimObject | undefined
  volume(name: string): VolumeObject | undefined
  volumes(): Iterable<VolumeObject>
  storageClass(name: string): ClassObject | undefined
  csiNode(name: string): Obj<CSINode> | undefined
  attachments(): Iterable<Obj<VolumeAttachment>>
  budgets(namespace: string): Iterable<BudgetObject>
  /** What the Services that select the pod and the controller that made it select together; undefined: nothing does. */
  groupOf(pod: PodObject): LabelSelector | undefined
}

/** A cluster that has nodes and pods only. */
export const NO_OBJECTS: ClusterObjects = {
  namespaceLabels: () => undefined,
  claim: () => undefined,
  volume: () => undefined,
  volumes: () => [],
  promisedTo: () => undefined,
  promisedNode: () => undefined,
  storageClass: () => undefined,
  csiNode: () => undefined,
  attachments: () => [],
  budgets: () => [],
  groupOf: () => undefined,
}

/** What a change of these kinds may mean to a pod that waits. The others are only read. */
const WAKES: readonly (readonly [AnyKind, WakeEvent])[] = [
  [namespace, 'namespace'],
  [persistentVolumeClaim, 'storage'],
  [persistentVolume, 'storage'],
  [storageClass, 'storage'],
  [csiNode, 'storage'],
  [volumeAttachment, 'storage'],
]

export interface InformedObjects {
  readonly objects: ClusterObjects
  /** Resolves when all listers are complete. */
  readonly synced: Promise<unknown>
  /** Ends the calls of `onWake`. */
  readonly attached: readonly Disposable[]
}

export interface ObjectsOptions {
  readonly informers: Informers
  /** What the server has: other kinds are taken to have no objects. */
  readonly served: readonly AnyKind[]
  /** Hears of changes that may help pods that wait. */
  readonly onWake: (event: WakeEvent) => void
  readonly promises: VolumePromises
}

/** The other kinds as informers hold them. */
export function informedObjects({ informers, served, onWake, promises }: ObjectsOptions): InformedObjects {
  const names = new Set(served.map(k => `${k.group}/${k.plural}`))
  const used: Informer<never>[] = []
  const listerOf = <T extends KubeObject>(kind: Kind<T>): Lister<T> => {
    if (!names.has(`${kind.group}/${kind.plural}`)) return new ObjectStore<T>()
    const informer = informers.of(kind)
    used.push(informer as unknown as Informer<never>)
    return informer.lister
  }
  const claims = listerOf(persistentVolumeClaim)
  const volumes = listerOf(persistentVolume)
  const classes = listerOf(storageClass)
  const csiNodes = listerOf(csiNode)
  const attachments = listerOf(volumeAttachment)
  const namespaces = listerOf(namespace)
  const budgets = listerOf(podDisruptionBudget)
  const workloads: Workloads = {
    services: listerOf(service),
    replicationControllers: listerOf(replicationController),
    replicaSets: listerOf(replicaSet),
    statefulSets: listerOf(statefulSet),
  }
  const wakes = WAKES.filter(([kind]) => names.has(`${kind.group}/${kind.plural}`))
  return {
    synced: Promise.all(used.map(i => i.whenSynced())),
    attached: wakes.map(([kind, event]) => informers.of(kind).onChange(() => onWake(event))),
    objects: {
      namespaceLabels: name => namespaces.get(name)?.metadata.labels,
      claim: (ns, name) => claims.get(`${ns}/${name}`),
      volume: name => volumes.get(name),
      volumes: () => volumes.all(),
      promisedTo: volume => promises.promisedTo(volume),
      promisedNode: claim => promises.promisedNode(claim),
      storageClass: name => classes.get(name),
      csiNode: name => csiNodes.get(name),
      attachments: () => attachments.all(),
      budgets: ns => budgets.inNamespace(ns),
      groupOf: pod => groupOf(pod, workloads),
    },
  }
}

interface Workloads {
  readonly services: Lister<Service & KubeObject>
  readonly replicationControllers: Lister<ReplicationController & KubeObject>
  readonly replicaSets: Lister<ReplicaSet & KubeObject>
  readonly statefulSets: Lister<StatefulSet & KubeObject>
}

function groupOf(pod: PodObject, from: Workloads): LabelSelector | undefined {
  const namespace = pod.metadata.namespace ?? ''
  const requirements: LabelRequirement[] = []
  for (const s of from.services.inNamespace(namespace)) {
    if (!s.spec?.selector || Object.keys(s.spec.selector).length === 0) continue
    const selector = selectorFromLabels(s.spec.selector)
    if (selector.matches(pod.metadata.labels)) requirements.push(...selector.requirements)
  }
  const owner = pod.metadata.ownerReferences?.find(o => o.controller)
  if (owner) requirements.push(...ownerSelector(owner.kind, `${namespace}/${owner.name}`, from))
  return requirements.length === 0 ? undefined : labelSelector(requirements)
}

function ownerSelector(kind: string, key: string, from: Workloads): readonly LabelRequirement[] {
  switch (kind) {
    case 'ReplicationController':
      return selectorFromLabels(from.replicationControllers.get(key)?.spec?.selector).requirements
    case 'ReplicaSet':
      return selectorFromObject(from.replicaSets.get(key)?.spec?.selector).requirements
    case 'StatefulSet':
      return selectorFromObject(from.statefulSets.get(key)?.spec?.selector).requirements
    default:
      return []
  }
}
