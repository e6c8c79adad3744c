import { busy, type FilterPlugin } from '../framework.ts'
import { claimName, hasClaims } from './volumes.ts'

const REASON =
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod'

/** A claim of mode ReadWriteOncePod is used by one pod at a time. */
export const volumeRestrictions: FilterPlugin = {
  name: 'VolumeRestrictions',
  wakesOn: ['node-added', 'pod-removed', 'storage'],
  prepare: (pod, cluster) => {
    if (!hasClaims(pod)) return undefined
    const namespace = pod.metadata.namespace ?? ''
    const exclusive = new Set<string>()
    for (const volume of pod.spec?.volumes ?? []) {
      const name = claimName(pod, volume)
      const modes = name === undefined ? undefined : cluster.objects.claim(namespace, name)?.spec?.accessModes
      if (name !== undefined && modes?.includes('ReadWriteOncePod')) exclusive.add(name)
    }
    if (exclusive.size === 0) return undefined
    const used = cluster.nodes.some(info =>
      [...info.pods.values()].some(
        ({ pod: other }) =>
          other.metadata.namespace === namespace &&
          other.spec?.volumes?.some(v => exclusive.has(claimName(other, v) ?? '')),
      ),
    )
    return used ? { filter: () => busy(REASON) } : undefined
  },
}
