import type { ManagedFieldsEntry } from '../kinds/generated/types.ts'
import type { Kind } from '../kinds/kind.ts'
import type { AnyObject, Frozen, KubeObject } from '../kinds/object.ts'
import { membersEqual } from './equal.ts'

export interface TrackedUpdate {
  readonly kind: Kind
  readonly subresource: string
  /** The object before; missing on create. */
  readonly live: Frozen<KubeObject> | undefined
  /** The object as the request wants it, decoded and with defaults. Its managedFields are set. */
  readonly draft: AnyObject
  readonly manager: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Keeps `metadata.managedFields` true for writes other than apply. */
export interface FieldTracker {
  trackUpdate(update: TrackedUpdate): void
}

const MANAGED = new Set(['managedFields', 'resourceVersion'])
const METADATA = new Set(['metadata'])
const TIME = new Set(['time'])

/** True where only the times of managed fields differ: then nothing has changed. */
export function sameFields(draft: AnyObject, live: Frozen<KubeObject>): boolean {
  return (
    membersEqual(draft.metadata as never, live.metadata as never, MANAGED) &&
    membersEqual(draft, live as unknown as Record<string, unknown>, METADATA) &&
    sameManagedFields(draft.metadata.managedFields ?? [], (live.metadata.managedFields ?? []) as ManagedFieldsEntry[])
  )
}

function sameManagedFields(a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[]): boolean {
  return a.length === b.length && a.every((entry, i) => membersEqual(entry as never, b[i] as never, TIME))
}
