import type { Kind } from '../../kinds/kind.ts'
import { apiVersionOf } from '../../kinds/kind.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { Informer } from '../../client/informer.ts'
import type { OwnerReference } from './types.ts'

type Named = Pick<Kind, 'group' | 'version' | 'kind'>

/** The owner reference of the object's controller. */
export function controllerOf(object: Frozen<KubeObject>): Frozen<OwnerReference> | undefined {
  return object.metadata.ownerReferences?.find(r => r.controller === true)
}

/** The group of an owner reference: versions of a group show the same objects. */
export function ownerGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** True where the reference names an object of the kind, in whatever version. */
export const refersTo = (ref: Frozen<OwnerReference>, kind: Named): boolean =>
  ref.kind === kind.kind && ownerGroup(ref.apiVersion) === kind.group

/** The reference that makes `owner` the controller of what carries it. */
export function controllerRef(kind: Named, owner: Frozen<KubeObject>): OwnerReference {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

const INDEX = 'controller'
const orphansOf = (namespace: string): string => `orphans/${namespace}`

/** Lets {@link claimable} find objects by their controller, and those without one by namespace. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(INDEX, o => {
    const ref = controllerOf(o as Frozen<KubeObject>)
    return [ref ? ref.uid : orphansOf((o.metadata as { namespace?: string }).namespace ?? '')]
  })
}

/** Objects whose controller is `owner`. */
export function controlledBy<T extends KubeObject>(informer: Informer<T>, owner: Frozen<KubeObject>): Frozen<T>[] {
  return [...informer.lister.byIndex(INDEX, owner.metadata.uid ?? '')]
}

/** Objects whose controller is `owner`, and those of its namespace that have none. */
export function claimable<T extends KubeObject>(informer: Informer<T>, owner: Frozen<KubeObject>): Frozen<T>[] {
  const orphans = informer.lister.byIndex(INDEX, orphansOf(owner.metadata.namespace ?? ''))
  return [...controlledBy(informer, owner), ...orphans]
}
