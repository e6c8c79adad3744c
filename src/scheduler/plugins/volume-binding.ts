import { type FilterPlugin, unfit } from '../framework.ts'
import { claimsOf, hasClaims, isBound, planVolumes, usableOn, waitsForNode } from './volumes.ts'

const UNBOUND = 'pod has unbound immediate PersistentVolumeClaims'
const ELSEWHERE = "node(s) didn't match PersistentVolume's node affinity"
const NO_VOLUME = "node(s) didn't find available persistent volumes to bind"
const GONE = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'

/** A pod's claims must be bound to volumes that the node can use, or the node must have volumes for them. */
export const volumeBinding: FilterPlugin = {
  name: 'VolumeBinding',
  wakesOn: ['node-added', 'node-labels', 'storage'],
  prepare: (pod, { objects }) => {
    if (!hasClaims(pod)) return undefined
    const claims = claimsOf(pod, objects)
    const nowhere = (reject: string): { reject: string; filter: () => undefined } => ({
      reject,
      filter: () => undefined,
    })
    if (typeof claims === 'string') return nowhere(claims)
    const bound = claims.filter(isBound)
    const waiting = claims.filter(c => !isBound(c) && waitsForNode(c, objects))
    if (bound.length + waiting.length < claims.length) return nowhere(UNBOUND)
    const volumes = bound.map(c => objects.volume(c.spec?.volumeName ?? ''))
    return {
      filter: ({ node }) => {
        if (volumes.includes(undefined)) return unfit(GONE)
        const reasons: string[] = []
        if (volumes.some(v => v && !usableOn(v, node))) reasons.push(ELSEWHERE)
        if (waiting.length > 0 && !planVolumes(waiting, node, objects)) reasons.push(NO_VOLUME)
        return reasons.length > 0 ? unfit(...reasons) : undefined
      },
    }
  },
}
