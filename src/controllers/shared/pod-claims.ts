import type { Frozen } from '../../kinds/object.ts'
import type { FrozenPod } from './pods.ts'
import type { PersistentVolumeClaim } from './types.ts'

/** Names of the claims that a pod's volumes stand for, those made for ephemeral volumes too. */
export function claimNames(pod: FrozenPod): string[] {
  return (pod.spec?.volumes ?? []).flatMap(v => {
    if (v.persistentVolumeClaim) return [v.persistentVolumeClaim.claimName]
    return v.ephemeral ? [`${pod.metadata.name}-${v.name}`] : []
  })
}

/** The name of the index of pods by the keys of their claims; see {@link claimKeys}. */
export const PODS_BY_CLAIM = 'claim'

export const claimKeys = (pod: FrozenPod): string[] =>
  claimNames(pod).map(name => `${pod.metadata.namespace ?? ''}/${name}`)

/**
 * True where a pod that has a node holds the claim: kubelets start no pod on a claim that is being deleted, so
 * pods without a node do not count. A claim of an ephemeral volume goes with its pod, and must not wait for it.
 */
export function usesClaim(pod: FrozenPod, claim: Frozen<PersistentVolumeClaim>): boolean {
  if (!pod.spec?.nodeName) return false
  const { name, ownerReferences } = claim.metadata
  return (pod.spec.volumes ?? []).some(v => {
    if (v.persistentVolumeClaim) return v.persistentVolumeClaim.claimName === name
    if (!v.ephemeral || isShutDown(pod) || `${pod.metadata.name}-${v.name}` !== name) return false
    return ownerReferences?.some(r => r.controller === true && r.uid === pod.metadata.uid) ?? false
  })
}

/** The kubelet is done with the pod, or it was deleted by force. */
const isShutDown = ({ metadata }: FrozenPod): boolean =>
  !!metadata.deletionTimestamp && metadata.deletionGracePeriodSeconds === 0
