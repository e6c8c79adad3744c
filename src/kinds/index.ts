import { lease } from './coordination/lease.ts'
import { configMap } from './core/config-map.ts'
import { endpoints } from './core/endpoints.ts'
import { event } from './core/event.ts'
import { limitRange } from './core/limit-range.ts'
import { namespace } from './core/namespace.ts'
import { node } from './core/node.ts'
import { podTemplate } from './core/pod-template.ts'
import { pod } from './core/pod.ts'
import { replicationController } from './core/replication-controller.ts'
import { deployment } from './apps/deployment.ts'
import { replicaSet } from './apps/replica-set.ts'
import { persistentVolume } from './core/persistent-volume.ts'
import { persistentVolumeClaim } from './core/persistent-volume-claim.ts'
import { resourceQuota } from './core/resource-quota.ts'
import { secret } from './core/secret.ts'
import { service } from './core/service.ts'
import { serviceAccount } from './core/service-account.ts'
import { endpointSlice } from './discovery/endpoint-slice.ts'
import { eventsEvent } from './events/event.ts'
import { type AnyKind, anyKind, type Kind } from './kind.ts'
import { ingress } from './networking/ingress.ts'
import { ingressClass } from './networking/ingress-class.ts'
import { ipAddress } from './networking/ip-address.ts'
import { networkPolicy } from './networking/network-policy.ts'
import { serviceCidr } from './networking/service-cidr.ts'
import { runtimeClass } from './node/runtime-class.ts'
import { podDisruptionBudget } from './policy/pod-disruption-budget.ts'
import { clusterRole } from './rbac/cluster-role.ts'
import { clusterRoleBinding } from './rbac/cluster-role-binding.ts'
import { role } from './rbac/role.ts'
import { roleBinding } from './rbac/role-binding.ts'
import { DESCRIPTIONS } from './generated/column-descriptions.ts'

import { priorityClass } from './scheduling/priority-class.ts'
import { csiDriver } from './storage/csi-driver.ts'
import { csiNode } from './storage/csi-node.ts'
import { csiStorageCapacity } from './storage/csi-storage-capacity.ts'
import { storageClass } from './storage/storage-class.ts'
import { volumeAttachment } from './storage/volume-attachment.ts'
import { volumeAttributesClass } from './storage/volume-attributes-class.ts'

const any = (...list: AnyKind[]): Kind[] => list.map(anyKind)

/** Name and age mean the same everywhere. */
const COMMON = DESCRIPTIONS['/namespaces'] ?? {}

/** All built-in kinds, in the order of discovery: by group, then by plural. */
export const KINDS: readonly Kind[] = [
  ...any(configMap, endpoints, event, limitRange, namespace, node, persistentVolumeClaim, persistentVolume),
  ...any(pod, podTemplate, replicationController, resourceQuota, secret, serviceAccount, service),
  ...any(deployment, replicaSet),
  ...any(eventsEvent),
  ...any(ingressClass, ingress, ipAddress, networkPolicy, serviceCidr),
  ...any(podDisruptionBudget),
  ...any(clusterRoleBinding, clusterRole, roleBinding, role),
  ...any(csiDriver, csiNode, csiStorageCapacity, storageClass, volumeAttachment, volumeAttributesClass),
  ...any(priorityClass),
  ...any(lease),
  ...any(runtimeClass),
  ...any(endpointSlice),
].map(withDescriptions)

/** Columns say what they show in the words of the API documentation. */
function withDescriptions(kind: Kind): Kind {
  const texts = DESCRIPTIONS[`${kind.group}/${kind.plural}`]
  return {
    ...kind,
    columns: kind.columns.map(c => ({
      ...c,
      description: texts?.[c.name] ?? (c.description || (COMMON[c.name] ?? '')),
    })),
  }
}

/** Finds kinds by resource and by name. Structurally the KindTable of the registry. */
export interface KindLookup {
  all(): readonly Kind[]
  byResource(group: string, version: string, plural: string): Kind | undefined
  byKind(group: string, version: string, kind: string): Kind | undefined
}

/** A table of kinds that does not change. Defaults to all built-in kinds. */
export function kindTable(kinds: readonly Kind[] = KINDS): KindLookup {
  const resources = new Map(kinds.map(k => [`${k.group}/${k.version}/${k.plural}`, k]))
  const names = new Map(kinds.map(k => [`${k.group}/${k.version}/${k.kind}`, k]))
  return {
    all: () => kinds,
    byResource: (group, version, plural) => resources.get(`${group}/${version}/${plural}`),
    byKind: (group, version, kind) => names.get(`${group}/${version}/${kind}`),
  }
}
