import { formatTime } from '../../base/clock.ts'
import type { Namespace } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject, ObjectOf } from '../../kinds/object.ts'
import { anyObject, objectAs } from '../../kinds/object.ts'
import type { StorageHook } from '../hooks.ts'
import { finalizersFor } from '../plan-delete.ts'

type Whole = ObjectOf<Namespace>

/** A namespace is deleted in two steps: it becomes Terminating, and goes when its finalizers are done. */
export const namespaceHook: StorageHook = {
  planDelete(kind, object, options, now) {
    const namespace = object as Frozen<Whole>
    if (namespace.metadata.deletionTimestamp)
      return namespace.spec?.finalizers?.length ? { action: 'nothing' } : undefined
    const finalizers = finalizersFor(kind, object, options)
    const draft = anyObject({
      ...namespace,
      metadata: {
        ...namespace.metadata,
        deletionTimestamp: formatTime(now),
        ...(finalizers.length ? { finalizers } : {}),
      },
      status: { ...namespace.status, phase: 'Terminating' },
    } as KubeObject)
    if (finalizers.length === 0) delete draft.metadata.finalizers
    return { action: 'mark', object: draft }
  },
  endsWith(draft, old) {
    const { spec } = objectAs<Whole>(draft)
    return !spec?.finalizers?.length && old.metadata.deletionGracePeriodSeconds === 0
  },
}
