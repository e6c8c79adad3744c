import type * as g from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'

/** The objects that controllers work on: generated types with names and metadata that are sure to be there. */
export type ClusterRole = KubeObject & g.ClusterRole
export type ConfigMap = KubeObject & g.ConfigMap
export type Deployment = KubeObject & g.Deployment
export type Endpoints = KubeObject & g.Endpoints
export type EndpointSlice = KubeObject & g.EndpointSlice
export type Lease = KubeObject & g.Lease
export type Namespace = KubeObject & g.Namespace
export type Node = KubeObject & g.Node
export type PersistentVolume = KubeObject & g.PersistentVolume
export type PersistentVolumeClaim = KubeObject & g.PersistentVolumeClaim
export type Pod = KubeObject & g.Pod
export type PodDisruptionBudget = KubeObject & g.PodDisruptionBudget
export type ReplicaSet = KubeObject & g.ReplicaSet
export type ReplicationController = KubeObject & g.ReplicationController
export type ResourceQuota = KubeObject & g.ResourceQuota
export type Secret = KubeObject & g.Secret
export type Service = KubeObject & g.Service
export type ServiceAccount = KubeObject & g.ServiceAccount
export type StorageClass = KubeObject & g.StorageClass

export type PodTemplate = Frozen<g.PodTemplateSpec>
export type OwnerReference = g.OwnerReference
