import type { Resource } from '../api/discovery.ts'
import { describePriorityClass, describeRole, describeRoleBinding } from './access.ts'
import {
  describeConfigMap,
  describeLimitRange,
  describeNamespace,
  describeQuota,
  describeSecret,
  describeServiceAccount,
} from './core.ts'
import { describeAny } from './generic.ts'
import { describeEndpoints, describeEndpointSlice, describeService } from './network.ts'
import { describeIngress } from './ingress.ts'
import { describeNode } from './node.ts'
import { describePod } from './pod.ts'
import { describeBudget } from './policy.ts'
import type { Describer } from './shared.ts'
import { describeClaim, describeStorageClass, describeVolume } from './storage.ts'
import { describeDeployment, describeReplicaSet, describeReplicationController } from './workloads.ts'

/** By `Kind.group`; the type of the object is that of the kind. */
const DESCRIBERS: Readonly<Record<string, unknown>> = {
  'ConfigMap.': describeConfigMap,
  'Endpoints.': describeEndpoints,
  'LimitRange.': describeLimitRange,
  'Namespace.': describeNamespace,
  'Node.': describeNode,
  'PersistentVolume.': describeVolume,
  'PersistentVolumeClaim.': describeClaim,
  'Pod.': describePod,
  'ReplicationController.': describeReplicationController,
  'ResourceQuota.': describeQuota,
  'Secret.': describeSecret,
  'Service.': describeService,
  'ServiceAccount.': describeServiceAccount,
  'Deployment.apps': describeDeployment,
  'ReplicaSet.apps': describeReplicaSet,
  'EndpointSlice.discovery.k8s.io': describeEndpointSlice,
  'Ingress.networking.k8s.io': describeIngress,
  'PodDisruptionBudget.policy': describeBudget,
  'ClusterRole.rbac.authorization.k8s.io': describeRole,
  'ClusterRoleBinding.rbac.authorization.k8s.io': describeRoleBinding,
  'Role.rbac.authorization.k8s.io': describeRole,
  'RoleBinding.rbac.authorization.k8s.io': describeRoleBinding,
  'PriorityClass.scheduling.k8s.io': describePriorityClass,
  'StorageClass.storage.k8s.io': describeStorageClass,
}

/** The describer of a resource; the one for any object where it has none of its own. */
export function describerOf(resource: Pick<Resource, 'kind' | 'group'>): Describer {
  return (DESCRIBERS[`${resource.kind}.${resource.group}`] as Describer | undefined) ?? describeAny
}
