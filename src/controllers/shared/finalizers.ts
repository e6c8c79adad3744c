import type { Client } from '../../client/client.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'

export type FinalizerPlan = 'add' | 'remove' | 'keep'

/** What a protecting finalizer needs: there while the object lives, gone when it is deleted and nobody uses it. */
export function planFinalizer(
  object: Frozen<KubeObject>,
  finalizer: string,
  isUsed: (object: Frozen<KubeObject>) => boolean,
): FinalizerPlan {
  const has = object.metadata.finalizers?.includes(finalizer) ?? false
  if (!object.metadata.deletionTimestamp) return has ? 'keep' : 'add'
  return has && !isUsed(object) ? 'remove' : 'keep'
}

/** Writes the object with or without the finalizer, guarded by its revision. */
export async function applyFinalizer<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  object: Frozen<T>,
  finalizer: string,
  plan: FinalizerPlan,
): Promise<void> {
  if (plan === 'keep') return
  const metadata = object.metadata as Frozen<KubeObject>['metadata']
  const others = (metadata.finalizers ?? []).filter(f => f !== finalizer)
  const finalizers = plan === 'add' ? [...others, finalizer] : others
  await client.update(kind, { ...object, metadata: { ...metadata, finalizers } } as Frozen<T>)
}
