import { ownOf } from '../base/json.ts'

/**
 * Versions that a Kubernetes API server of 1.36 no longer serves but still knows the types of: an object in one of
 * them is told apart from one of an unknown kind. By kind, those of the storage group and of earlier groups.
 */
const APPS = ['apps/v1beta1', 'apps/v1beta2']
const RBAC = ['rbac.authorization.k8s.io/v1alpha1', 'rbac.authorization.k8s.io/v1beta1']
const FORMER: Readonly<Record<string, readonly string[]>> = {
  ControllerRevision: APPS,
  DaemonSet: ['apps/v1beta2', 'extensions/v1beta1'],
  Deployment: [...APPS, 'extensions/v1beta1'],
  ReplicaSet: ['apps/v1beta2', 'extensions/v1beta1'],
  StatefulSet: APPS,
  CronJob: ['batch/v1beta1'],
  EndpointSlice: ['discovery.k8s.io/v1beta1'],
  Event: ['events.k8s.io/v1beta1'],
  Ingress: ['extensions/v1beta1', 'networking.k8s.io/v1beta1'],
  IngressClass: ['networking.k8s.io/v1beta1'],
  Lease: ['coordination.k8s.io/v1beta1'],
  NetworkPolicy: ['extensions/v1beta1'],
  PodDisruptionBudget: ['policy/v1beta1'],
  PriorityClass: ['scheduling.k8s.io/v1alpha1', 'scheduling.k8s.io/v1beta1'],
  RuntimeClass: ['node.k8s.io/v1alpha1', 'node.k8s.io/v1beta1'],
  Role: RBAC,
  RoleBinding: RBAC,
  ClusterRole: RBAC,
  ClusterRoleBinding: RBAC,
  CSIDriver: ['storage.k8s.io/v1beta1'],
  CSINode: ['storage.k8s.io/v1beta1'],
  CSIStorageCapacity: ['storage.k8s.io/v1alpha1', 'storage.k8s.io/v1beta1'],
  StorageClass: ['storage.k8s.io/v1beta1'],
  VolumeAttachment: ['storage.k8s.io/v1alpha1', 'storage.k8s.io/v1beta1'],
}

/** True where `apiVersion` is a version of the kind that is known, but not served any more. */
export const isFormerVersion = (kind: string, apiVersion: string): boolean =>
  ownOf(FORMER, kind)?.includes(apiVersion) ?? false
