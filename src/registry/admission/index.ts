import { defaultStorageClass } from './default-storage-class.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccount } from './service-account.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition.ts'

/**
 * All built-in plugins in Kubernetes' order: quota last, when nothing else can refuse any more.
 * storage-object-in-use-protection.ts belongs after defaultStorageClass, and waits for the controllers that take its
 * finalizers away: without them claims and their namespaces could never be deleted.
 */
export const admissionPlugins = (): readonly AdmissionPlugin[] => [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  runtimeClass,
  podTopologyLabels,
  resourceQuota(),
]
