import type { FieldError } from '../base/field-error.ts'
import type { Kind } from '../kinds/kind.ts'
import type { AnyObject, Frozen, KubeObject } from '../kinds/object.ts'
import type { Reservation } from './admission/plugin.ts'
import type { DeleteOptions } from './api.ts'
import { type DeletePlan, planDelete } from './plan-delete.ts'

/** What one storage does around writes beyond its kind's rules: allocation of addresses and ports. */
export interface StorageHook {
  /**
   * After preparation of a new object, with the faults that validation found so far: they are thrown after this. May
   * change `draft`. A dry run cancels what it took.
   */
  beginCreate?(draft: AnyObject, dryRun: boolean, faults: readonly FieldError[]): Reservation
  beginUpdate?(draft: AnyObject, old: Frozen<KubeObject>, dryRun: boolean, faults: readonly FieldError[]): Reservation
  /** The object is gone. */
  removed?(object: Frozen<KubeObject>): void
  /** What a delete does first, where the storage has rules of its own; undefined: as for all others. */
  planDelete?(kind: Kind, object: Frozen<KubeObject>, options: DeleteOptions, now: number): DeletePlan | undefined
  /** Whether an update of an object that is being deleted ends it. Defaults to: no finalizers left, no grace left. */
  endsWith?(draft: AnyObject, old: Frozen<KubeObject>): boolean
}

const NOTHING: Reservation = { commit: () => {}, cancel: () => {} }

/** The hooks of all storages. */
export class Hooks {
  readonly #byStorage: ReadonlyMap<string, StorageHook>

  constructor(byStorage: ReadonlyMap<string, StorageHook>) {
    this.#byStorage = byStorage
  }

  beginCreate(kind: Kind, draft: AnyObject, dryRun: boolean, faults: readonly FieldError[]): Reservation {
    return this.#byStorage.get(kind.storage)?.beginCreate?.(draft, dryRun, faults) ?? NOTHING
  }

  beginUpdate(
    kind: Kind,
    draft: AnyObject,
    old: Frozen<KubeObject>,
    dryRun: boolean,
    faults: readonly FieldError[],
  ): Reservation {
    return this.#byStorage.get(kind.storage)?.beginUpdate?.(draft, old, dryRun, faults) ?? NOTHING
  }

  planDelete(kind: Kind, object: Frozen<KubeObject>, options: DeleteOptions, now: number): DeletePlan {
    const own = this.#byStorage.get(kind.storage)?.planDelete?.(kind, object, options, now)
    return own ?? planDelete(kind, object, options, now)
  }

  removed(kind: Kind, object: Frozen<KubeObject>): void {
    this.#byStorage.get(kind.storage)?.removed?.(object)
  }

  /** True where this update lets the object go: its last finalizer was removed while it is being deleted. */
  endsWith(kind: Kind, draft: AnyObject, old: Frozen<KubeObject>): boolean {
    if (draft.metadata.finalizers?.length) return false
    const hook = this.#byStorage.get(kind.storage)?.endsWith
    return hook ? hook(draft, old) : old.metadata.deletionGracePeriodSeconds === 0
  }
}
