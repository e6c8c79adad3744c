import { isNotFound, StatusError } from '../../base/errors.ts'
import type { LabelSelector } from '../../base/selector.ts'
import type { Client } from '../../client/client.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { controllerOf, controllerRef } from './owners.ts'
import type { OwnerReference } from './types.ts'

/** What becomes of objects that an owner has or could have. */
export interface ClaimPlan<T extends KubeObject> {
  readonly keep: Frozen<T>[]
  readonly adopt: Frozen<T>[]
  readonly release: Frozen<T>[]
}

/**
 * An owner keeps its objects that its selector matches, lets go of its others, and takes matching objects without
 * a controller. While it is being deleted it takes and releases nothing; nor does it take what is being deleted.
 */
export function planClaim<T extends KubeObject>(
  owner: Frozen<KubeObject>,
  selector: LabelSelector,
  objects: Iterable<Frozen<T>>,
): ClaimPlan<T> {
  const plan: ClaimPlan<T> = { keep: [], adopt: [], release: [] }
  const deleting = owner.metadata.deletionTimestamp !== undefined
  for (const object of objects) {
    const { metadata } = object as Frozen<KubeObject>
    const ref = controllerOf(object as Frozen<KubeObject>)
    const matches = selector.matches(metadata.labels)
    if (ref) {
      if (ref.uid !== owner.metadata.uid) continue
      if (matches) plan.keep.push(object)
      else if (!deleting) plan.release.push(object)
    } else if (matches && !deleting && !metadata.deletionTimestamp && metadata.namespace === owner.metadata.namespace)
      plan.adopt.push(object)
  }
  return plan
}

/** Adopts and releases as planned and returns what the owner holds then. */
export async function applyClaim<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  ownerKind: Pick<Kind, 'group' | 'version' | 'kind'>,
  owner: Frozen<KubeObject>,
  plan: ClaimPlan<T>,
): Promise<Frozen<T>[]> {
  const adopted = await Promise.all(plan.adopt.map(o => adopt(client, kind, o, controllerRef(ownerKind, owner))))
  await Promise.all(plan.release.map(o => release(client, kind, o, owner.metadata.uid ?? '')))
  return [...plan.keep, ...adopted.filter(o => o !== undefined)]
}

async function adopt<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  object: Frozen<T>,
  ref: OwnerReference,
): Promise<Frozen<T> | undefined> {
  const { namespace = '', name = '', uid } = object.metadata as KubeObject['metadata']
  try {
    return await client.patch(kind, namespace, name, 'strategic', { metadata: { uid, ownerReferences: [ref] } })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function release<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  object: Frozen<T>,
  ownerUid: string,
): Promise<void> {
  const { namespace = '', name = '', uid } = object.metadata as KubeObject['metadata']
  const ownerReferences = [{ $patch: 'delete', uid: ownerUid }]
  try {
    await client.patch(kind, namespace, name, 'strategic', { metadata: { uid, ownerReferences } })
  } catch (error) {
    // 422: another object of that name, or the reference is gone already.
    if (isNotFound(error) || (error instanceof StatusError && error.code === 422)) return
    throw error
  }
}
