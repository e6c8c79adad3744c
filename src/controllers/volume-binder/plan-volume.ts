import type { Claim, Volume } from './match.ts'
import { BOUND_BY_CONTROLLER, type Told } from './plan-claim.ts'

const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'

export type VolumePlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'phase'; readonly phase: 'Available' | 'Bound' }
  /** Its claim is not bound to it yet: that is the claim's part. */
  | { readonly do: 'wake-claim' }
  /** Its claim went elsewhere: it is free again, or again only reserved. */
  | { readonly do: 'unbind' }
  | { readonly do: 'release'; readonly then: Reclaim }

/** What becomes of a volume whose claim is gone. */
export type Reclaim = { readonly do: 'retain' | 'delete' } | { readonly do: 'fail'; readonly told: Told }

/** What to do for a volume. `claim` is the one that its claimRef names, of whatever uid. */
export function planVolume(volume: Volume, claim: Claim | undefined): VolumePlan {
  const ref = volume.spec?.claimRef
  if (!ref?.uid) return { do: 'phase', phase: 'Available' }
  if (!claim || claim.metadata.uid !== ref.uid) return { do: 'release', then: planReclaim(volume) }
  const bound = claim.spec?.volumeName
  if (!bound) return { do: 'wake-claim' }
  if (bound === volume.metadata.name) return { do: 'phase', phase: 'Bound' }
  const made = volume.metadata.annotations?.[PROVISIONED_BY] !== undefined
  if (made && volume.spec?.persistentVolumeReclaimPolicy === 'Delete')
    return { do: 'release', then: planReclaim(volume) }
  return { do: 'unbind' }
}

/** There are no plugins that could empty a volume; of a host's path only what is temporary may be forgotten. */
export function planReclaim(volume: Volume): Reclaim {
  const { persistentVolumeReclaimPolicy: policy, hostPath } = volume.spec ?? {}
  const failed = (reason: string, message: string): Reclaim => ({
    do: 'fail',
    told: { type: 'Warning', reason, message },
  })
  if (policy === 'Recycle') return failed('VolumeFailedRecycle', 'No recycler plugin found for the volume!')
  if (policy !== 'Delete' || volume.metadata.deletionTimestamp) return { do: 'retain' }
  const provisioner = volume.metadata.annotations?.[PROVISIONED_BY]
  // Whoever made it deletes it.
  if (provisioner !== undefined && !provisioner.startsWith('kubernetes.io/')) return { do: 'retain' }
  if (!hostPath)
    return failed(
      'VolumeFailedDelete',
      `error getting deleter volume plugin for volume ${JSON.stringify(volume.metadata.name)}: no deletable volume plugin matched`,
    )
  // The path is one of a node's, which the controllers cannot reach: the volume goes, the directory stays.
  if (/^\/tmp\/.+/.test(hostPath.path)) return { do: 'delete' }
  return failed('VolumeFailedDelete', `host_path deleter only supports /tmp/.+ but received provided ${hostPath.path}`)
}

/** The volume without its claim: reserved for it as before where a user wrote that, else free. */
export function unbound(volume: Volume): Volume {
  const { [BOUND_BY_CONTROLLER]: ours, ...annotations } = volume.metadata.annotations ?? {}
  const { claimRef, ...spec } = volume.spec ?? {}
  const { uid: _uid, ...reserved } = claimRef ?? {}
  const { annotations: _all, ...metadata } = volume.metadata
  return {
    ...volume,
    metadata: { ...metadata, ...(Object.keys(annotations).length ? { annotations } : {}) },
    spec: { ...spec, ...(ours === undefined ? { claimRef: reserved } : {}) },
  } as Volume
}
