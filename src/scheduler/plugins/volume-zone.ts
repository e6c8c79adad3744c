import { type FilterPlugin, unfit } from '../framework.ts'
import { claimsOf, hasClaims } from './volumes.ts'

const REASON = 'node(s) had no available volume zone'
const ZONE = 'topology.kubernetes.io/zone'
const REGION = 'topology.kubernetes.io/region'
/** Each label that says where a volume is, with its name of today. */
const LABELS: Readonly<Record<string, string>> = {
  [ZONE]: ZONE,
  [REGION]: REGION,
  'failure-domain.beta.kubernetes.io/zone': ZONE,
  'failure-domain.beta.kubernetes.io/region': REGION,
}

/** A volume with the label of a zone or region is used from nodes of that zone or region. */
export const volumeZone: FilterPlugin = {
  name: 'VolumeZone',
  wakesOn: ['node-added', 'node-labels', 'storage'],
  prepare: (pod, { objects }) => {
    if (!hasClaims(pod)) return undefined
    const claims = claimsOf(pod, objects)
    if (typeof claims === 'string') return undefined
    const wanted = claims.flatMap(claim => {
      const labels = objects.volume(claim.spec?.volumeName ?? '')?.metadata.labels ?? {}
      return Object.keys(LABELS).flatMap(key => {
        const value = labels[key]
        return value === undefined ? [] : [{ key, values: new Set(value.split('__')) }]
      })
    })
    if (wanted.length === 0) return undefined
    return {
      filter: ({ node }) => {
        const labels = node.metadata.labels ?? {}
        // A node that says nothing of where it is belongs to a cluster of one zone.
        if (!Object.keys(LABELS).some(key => labels[key] !== undefined)) return undefined
        const fits = wanted.every(w => w.values.has(labels[w.key] ?? labels[LABELS[w.key] ?? ''] ?? ''))
        return fits ? undefined : unfit(REASON)
      },
    }
  },
}
