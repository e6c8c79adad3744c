import { compareQuantities, parseQuantity, tryParseQuantity, ZERO, type Quantity } from '../../base/quantity.ts'
import { selectorFromObject } from '../../base/selector.ts'
import type { Frozen } from '../../kinds/object.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../shared/types.ts'

export type Volume = Frozen<PersistentVolume>
export type Claim = Frozen<PersistentVolumeClaim>

const CLASS = 'volume.beta.kubernetes.io/storage-class'

/** The class that a claim or volume names; empty for none. The old annotation wins. */
export const classOf = (object: Volume | Claim): string =>
  object.metadata.annotations?.[CLASS] ?? object.spec?.storageClassName ?? ''

/** True where a claim leaves its class open, so that it may get the default one. */
export const leavesClassOpen = (claim: Claim): boolean =>
  claim.spec?.storageClassName === undefined && claim.metadata.annotations?.[CLASS] === undefined

/** True where the volume is the claim's: by name, and by uid unless it is only reserved. */
export function isBoundTo(volume: Volume, claim: Claim): boolean {
  const ref = volume.spec?.claimRef
  if (!ref || ref.name !== claim.metadata.name || ref.namespace !== claim.metadata.namespace) return false
  return !ref.uid || ref.uid === claim.metadata.uid
}

const sizeOf = (volume: Volume): Quantity => tryParseQuantity(volume.spec?.capacity?.['storage'] ?? '') ?? ZERO
const requestOf = (claim: Claim): Quantity => parseQuantity(claim.spec?.resources?.requests?.['storage'] ?? '0')
const isLargeEnough = (volume: Volume, claim: Claim): boolean =>
  compareQuantities(sizeOf(volume), requestOf(claim)) >= 0
const hasModes = (volume: Volume, claim: Claim): boolean =>
  (claim.spec?.accessModes ?? []).every(m => volume.spec?.accessModes?.includes(m))
const attributesClassOf = (object: Volume | Claim): string => object.spec?.volumeAttributesClassName ?? ''
const modeOf = (object: Volume | Claim): string => object.spec?.volumeMode ?? 'Filesystem'

/**
 * The volume for a claim: one that is reserved for it, or the smallest that fits; volumes with fewer access modes
 * come first. With `reservedOnly` no other than a reserved one.
 */
export function matchVolume(claim: Claim, volumes: Iterable<Volume>, reservedOnly: boolean): Volume | undefined {
  const selector = claim.spec?.selector
    ? selectorFromObject(claim.spec.selector as Parameters<typeof selectorFromObject>[0])
    : undefined
  const able = [...volumes].filter(v => hasModes(v, claim) && modeOf(v) === modeOf(claim) && isUsable(v, claim))
  const modes = new Set(able.map(v => v.spec?.accessModes?.length ?? 0))
  for (const count of [...modes].sort((a, b) => a - b)) {
    const group = able.filter(v => (v.spec?.accessModes?.length ?? 0) === count)
    const reserved = group.find(v => isBoundTo(v, claim))
    if (reserved) return reserved
    if (reservedOnly) continue
    const free = group.filter(
      v =>
        !v.spec?.claimRef &&
        classOf(v) === classOf(claim) &&
        attributesClassOf(v) === attributesClassOf(claim) &&
        (selector?.matches(v.metadata.labels as Record<string, string> | undefined) ?? true),
    )
    free.sort((a, b) => compareQuantities(sizeOf(a), sizeOf(b)) || (nameOf(a) < nameOf(b) ? -1 : 1))
    if (free[0]) return free[0]
  }
  return undefined
}

const isUsable = (volume: Volume, claim: Claim): boolean =>
  !volume.metadata.deletionTimestamp && isLargeEnough(volume, claim)
const nameOf = (v: Volume): string => v.metadata.name ?? ''

/** Why a volume that a claim asks for by name does not do; undefined where it does. */
export function mismatch(volume: Volume, claim: Claim): string | undefined {
  if (!isLargeEnough(volume, claim)) return 'requested PV is too small'
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match'
  if (attributesClassOf(volume) !== attributesClassOf(claim)) return 'volumeAttributesClassName does not match'
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode'
  return hasModes(volume, claim) ? undefined : 'incompatible accessMode'
}
