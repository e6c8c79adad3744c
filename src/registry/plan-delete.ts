import { formatTime } from '../base/clock.ts'
import type { Kind } from '../kinds/kind.ts'
import type { AnyObject, Frozen, KubeObject } from '../kinds/object.ts'
import type { DeleteOptions } from './api.ts'

const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** What a delete does to an object. */
export type DeletePlan =
  /** It goes at once. With an object: that is written first, as the graceful deletion with no time left. */
  | { readonly action: 'remove'; readonly object?: KubeObject }
  /** It stays, changed so: a finalizer or its grace period holds it. */
  | { readonly action: 'mark'; readonly object: KubeObject }
  /** It is being deleted already, and this request changes nothing. */
  | { readonly action: 'nothing' }

/** Decides what a delete does, by the kind's grace period, the finalizers and the wanted propagation. */
export function planDelete(kind: Kind, object: Frozen<KubeObject>, options: DeleteOptions, now: number): DeletePlan {
  const draft: AnyObject = { ...(object as AnyObject), metadata: { ...(object as AnyObject).metadata } }
  const graceful = planGrace(kind, draft, options, now)
  if (graceful === 'pending') return { action: 'nothing' }
  draft.metadata.finalizers = finalizersFor(kind, object, options)
  if (draft.metadata.finalizers.length === 0) delete draft.metadata.finalizers
  const held = draft.metadata.finalizers !== undefined
  if (graceful === 'none') {
    if (!held) return { action: 'remove' }
    markDeleted(draft, now)
    return { action: 'mark', object: draft }
  }
  return held || (draft.metadata.deletionGracePeriodSeconds ?? 0) > 0
    ? { action: 'mark', object: draft }
    : { action: 'remove', object: draft }
}

/** For kinds with a grace period: sets it, shortens it, or finds that it runs already. */
function planGrace(kind: Kind, draft: AnyObject, options: DeleteOptions, now: number): 'set' | 'pending' | 'none' {
  if (!kind.gracePeriod) return 'none'
  const meta = draft.metadata
  const requested =
    options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds
  if (meta.deletionTimestamp) {
    const period = meta.deletionGracePeriodSeconds
    if (!period) return 'none'
    if (requested === undefined || requested >= period) return 'pending'
    meta.deletionTimestamp = formatTime(Date.parse(meta.deletionTimestamp) + (requested - period) * 1000)
    meta.deletionGracePeriodSeconds = requested
    return 'set'
  }
  const seconds = kind.gracePeriod(draft, requested)
  meta.deletionTimestamp = formatTime(now + seconds * 1000)
  meta.deletionGracePeriodSeconds = seconds
  if (meta.generation) meta.generation++
  return 'set'
}

/** An object that only finalizers hold: it is to go now. */
function markDeleted({ metadata }: AnyObject, now: number): void {
  if (!metadata.deletionTimestamp && metadata.generation) metadata.generation++
  if (!metadata.deletionTimestamp || Date.parse(metadata.deletionTimestamp) > now)
    metadata.deletionTimestamp = formatTime(now)
  metadata.deletionGracePeriodSeconds = 0
}

/** The finalizers after the garbage collector's own are set as the request wants it. */
export function finalizersFor(kind: Kind, object: Frozen<KubeObject>, options: DeleteOptions): string[] {
  const present = (object.metadata.finalizers ?? []) as readonly string[]
  const wanted = propagationOf(kind, present, options)
  const others = present.filter(f => f !== ORPHAN && f !== FOREGROUND)
  const own = wanted === 'Orphan' ? [ORPHAN] : wanted === 'Foreground' ? [FOREGROUND] : []
  const same = own.every(f => present.includes(f)) && others.length + own.length === present.length
  return same ? [...present] : [...others, ...own]
}

/** The request decides, then a finalizer that is there already, then the kind. */
function propagationOf(kind: Kind, present: readonly string[], options: DeleteOptions): string {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background'
  if (options.propagationPolicy !== undefined) return options.propagationPolicy
  if (present.includes(ORPHAN)) return 'Orphan'
  if (present.includes(FOREGROUND)) return 'Foreground'
  return kind.defaultPropagation
}
