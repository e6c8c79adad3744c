import { formatTime } from '../../base/clock.ts'
import type { Namespace } from '../../kinds/generated/types.ts'
import type { AnyObject, Frozen, KubeObject } from '../../kinds/object.ts'
import type { StorageHook } from '../hooks.ts'
import { finalizersFor } from '../plan-delete.ts'

type Whole = KubeObject & Namespace

/** A namespace is deleted in two steps: it becomes Terminating, and goes when its finalizers are done. */
export const namespaceHook: StorageHook = {
  planDelete(kind, object, options, now) {
    const namespace = object as Frozen<Whole>
    if (namespace.metadata.deletionTimestamp)
      return namespace.spec?.finalizers?.length ? { action: 'nothing' } : undefined
    const finalizers = finalizersFor(kind, object, options)
    const draft = {
      ...namespace,
      metadata: {
        ...namespace.metadata,
        deletionTimestamp: formatTime(now),
        ...(finalizers.length ? { finalizers } : {}),
      },
      status: { ...namespace.status, phase: 'Terminating' },
    } as unknown as AnyObject
    if (finalizers.length === 0) delete draft.metadata.finalizers
    return { action: 'mark', object: draft }
  },
  endsWith(draft, old) {
    const { spec } = draft as unknown as Whole
    return !spec?.finalizers?.length && old.metadata.deletionGracePeriodSeconds === 0
  },
}
