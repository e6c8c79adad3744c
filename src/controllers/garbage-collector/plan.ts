import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { OwnerReference } from '../shared/types.ts'

export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'

/** How things stand with an owner that a reference names. */
export type OwnerState =
  /** It is there. */
  | 'solid'
  /** It is being deleted and waits for its dependents. */
  | 'waiting'
  /** It is not there, or another object has its name. */
  | 'absent'
  /** It cannot be told: its kind is unknown, or it cannot be where the reference would have it. */
  | 'unknown'

export interface GarbageFacts {
  readonly ownerState: (ref: Frozen<OwnerReference>) => OwnerState
  /** Objects that name this one as owner. */
  readonly dependents: readonly Frozen<KubeObject>[]
}

/** What the garbage collector does with one object. */
export type GarbagePlan =
  | { readonly action: 'none' }
  /** Remove the finalizer: its work is done. */
  | { readonly action: 'removeFinalizer'; readonly finalizer: string }
  /** Take the object out of its dependents' references, then remove the orphan finalizer. */
  | { readonly action: 'orphanDependents' }
  /** Look at these dependents, which the object waits for. */
  | { readonly action: 'visitDependents'; readonly dependents: readonly Frozen<KubeObject>[] }
  /** Other owners keep it: forget those that are gone or go. */
  | { readonly action: 'setOwners'; readonly references: readonly Frozen<OwnerReference>[] }
  | {
      readonly action: 'delete'
      readonly policy: 'Background' | 'Foreground' | 'Orphan'
      /** A circle: the references stop blocking first. */
      readonly unblock: boolean
    }

const NONE: GarbagePlan = { action: 'none' }

export const isDeleting = (o: Frozen<KubeObject>): boolean => !!o.metadata.deletionTimestamp

export const hasFinalizer = (o: Frozen<KubeObject>, finalizer: string): boolean =>
  o.metadata.finalizers?.includes(finalizer) === true

/** It waits for its dependents before it goes. */
export const isDeletingDependents = (o: Frozen<KubeObject>): boolean => isDeleting(o) && hasFinalizer(o, FOREGROUND)

/** Decides about one object; the rules are those of Kubernetes' attemptToDeleteItem and attemptToOrphan. */
export function planGarbage(object: Frozen<KubeObject>, facts: GarbageFacts): GarbagePlan {
  if (isDeleting(object)) {
    if (hasFinalizer(object, ORPHAN)) return { action: 'orphanDependents' }
    if (!hasFinalizer(object, FOREGROUND)) return NONE
    const blocking = facts.dependents.filter(d => blocks(d, object.metadata.uid))
    if (blocking.length === 0) return { action: 'removeFinalizer', finalizer: FOREGROUND }
    return { action: 'visitDependents', dependents: blocking.filter(d => !isDeletingDependents(d)) }
  }
  const references = object.metadata.ownerReferences ?? []
  if (references.length === 0) return NONE
  const states = references.map(ref => facts.ownerState(ref))
  if (states.includes('unknown')) return NONE
  if (states.includes('solid')) {
    const kept = references.filter((_, i) => states[i] === 'solid')
    return kept.length === references.length ? NONE : { action: 'setOwners', references: kept }
  }
  if (states.includes('waiting') && facts.dependents.length > 0)
    return { action: 'delete', policy: 'Foreground', unblock: facts.dependents.some(isDeletingDependents) }
  const policy = hasFinalizer(object, ORPHAN)
    ? 'Orphan'
    : hasFinalizer(object, FOREGROUND)
      ? 'Foreground'
      : 'Background'
  return { action: 'delete', policy, unblock: false }
}

const blocks = (dependent: Frozen<KubeObject>, uid: string | undefined): boolean =>
  dependent.metadata.ownerReferences?.some(r => r.uid === uid && r.blockOwnerDeletion === true) === true
