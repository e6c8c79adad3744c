import type { Kind } from '../../kinds/kind.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { objectKey } from '../../kinds/object.ts'
import type { AllKinds, AnyChange } from '../shared/all-kinds.ts'
import { sameObject } from '../shared/equal.ts'
import type { OwnerReference } from '../shared/types.ts'
import type { OwnerState } from './plan.ts'
import { isDeletingDependents } from './plan.ts'

/** Names an object of any kind in the work queue. */
export const itemKey = (kind: Kind, object: Frozen<KubeObject>): string => `${kind.storage} ${objectKey(object)}`

export interface Item {
  readonly kind: Kind
  readonly object: Frozen<KubeObject>
}

/** Who owns whom, over all kinds. The objects themselves are in the listers. */
export class OwnerGraph {
  readonly #all: AllKinds
  /** Owner's uid → keys of the objects that name it. */
  readonly #dependents = new Map<string, Set<string>>()
  /** Keys of objects with owners whose kind is unknown: looked at again when kinds come. */
  readonly #unknown = new Set<string>()
  readonly #kindByStorage = new Map<string, Kind>()

  constructor(all: AllKinds) {
    this.#all = all
  }

  /** Takes note of a change and returns the keys to look at. */
  apply({ kind, change }: AnyChange): Set<string> {
    const { object, previous, type } = change
    const key = itemKey(kind, object)
    const keys = new Set<string>()
    this.#kindByStorage.set(kind.storage, kind)
    const before = previous?.metadata.ownerReferences
    const now = type === 'deleted' ? undefined : object.metadata.ownerReferences
    if (type === 'deleted' || !sameObject(before, now)) {
      for (const ref of before ?? object.metadata.ownerReferences ?? []) this.#unlink(ref.uid, key)
      for (const ref of now ?? []) this.#link(ref.uid, key)
      for (const ref of before ?? object.metadata.ownerReferences ?? []) this.#addWaitingOwner(ref, object, keys)
    }
    if (type === 'deleted') {
      this.#unknown.delete(key)
      for (const dependent of this.dependentKeys(object.metadata.uid)) keys.add(dependent)
      return keys
    }
    if ((now?.length || object.metadata.deletionTimestamp) && concernsOwnership(object, previous)) keys.add(key)
    if (isDeletingDependents(object) && !(previous && isDeletingDependents(previous)))
      for (const dependent of this.dependentKeys(object.metadata.uid)) keys.add(dependent)
    return keys
  }

  dependentKeys(uid: string | undefined): Iterable<string> {
    return this.#dependents.get(uid ?? '') ?? []
  }

  dependents(uid: string | undefined): Item[] {
    return [...this.dependentKeys(uid)].map(key => this.item(key)).filter(i => i !== undefined)
  }

  /** The object behind a key, as it is now. */
  item(key: string): Item | undefined {
    const space = key.indexOf(' ')
    const kind = this.#kindByStorage.get(key.slice(0, space))
    const object = kind && this.#all.informer(kind)?.lister.get(key.slice(space + 1))
    return kind && object ? { kind, object } : undefined
  }

  /** The owner where its reference says it is, whatever its uid. */
  owner(ref: Frozen<OwnerReference>, dependent: Frozen<KubeObject>): Item | undefined {
    const kind = this.#all.named(ref.apiVersion, ref.kind)
    if (!kind) return undefined
    const key = kind.namespaced ? `${dependent.metadata.namespace ?? ''}/${ref.name}` : ref.name
    const object = this.#all.informer(kind)?.lister.get(key)
    return object && { kind, object }
  }

  ownerState(ref: Frozen<OwnerReference>, dependent: Item): OwnerState {
    const kind = this.#all.named(ref.apiVersion, ref.kind)
    // A lister that is not complete yet must not make owners look absent.
    if (!kind || !this.#all.informer(kind)?.synced) {
      this.#unknown.add(itemKey(dependent.kind, dependent.object))
      return 'unknown'
    }
    if (kind.namespaced && !dependent.object.metadata.namespace) return 'unknown'
    const owner = this.owner(ref, dependent.object)
    if (owner?.object.metadata.uid !== ref.uid) return 'absent'
    return isDeletingDependents(owner.object) ? 'waiting' : 'solid'
  }

  /** Objects whose owner's kind was unknown when they were looked at; forgets them. */
  takeUnknown(): string[] {
    const keys = [...this.#unknown]
    this.#unknown.clear()
    return keys
  }

  /** An object with the reference's uid somewhere else than where the reference says. */
  misplacedOwner(ref: Frozen<OwnerReference>, dependent: Item): boolean {
    const kind = this.#all.named(ref.apiVersion, ref.kind)
    const informer = kind && this.#all.informer(kind)
    if (!kind?.namespaced || !informer) return false
    for (const object of informer.lister.all())
      if (object.metadata.uid === ref.uid) return object.metadata.namespace !== dependent.object.metadata.namespace
    return false
  }

  /** An owner that waits for its dependents hears of each that leaves or stops blocking. */
  #addWaitingOwner(ref: Frozen<OwnerReference>, dependent: Frozen<KubeObject>, keys: Set<string>): void {
    const owner = this.owner(ref, dependent)
    if (owner && owner.object.metadata.uid === ref.uid && isDeletingDependents(owner.object))
      keys.add(itemKey(owner.kind, owner.object))
  }

  #link(uid: string, key: string): void {
    let keys = this.#dependents.get(uid)
    if (!keys) this.#dependents.set(uid, (keys = new Set()))
    keys.add(key)
  }

  #unlink(uid: string, key: string): void {
    const keys = this.#dependents.get(uid)
    if (keys?.delete(key) && keys.size === 0) this.#dependents.delete(uid)
  }
}

/** True where a change touches what the collector looks at; most changes of status do not. */
function concernsOwnership(object: Frozen<KubeObject>, previous: Frozen<KubeObject> | undefined): boolean {
  if (!previous) return true
  const [a, b] = [previous.metadata, object.metadata]
  return (
    a.uid !== b.uid ||
    !a.deletionTimestamp !== !b.deletionTimestamp ||
    !sameObject(a.ownerReferences, b.ownerReferences) ||
    !sameObject(a.finalizers, b.finalizers)
  )
}

/** As Kubernetes writes a reference in events: `[apps/v1/Deployment, namespace: a, name: b, uid: c]`. */
export function referenceText(ref: Frozen<OwnerReference>, namespace: string): string {
  return `[${ref.apiVersion}/${ref.kind}, namespace: ${namespace}, name: ${ref.name}, uid: ${ref.uid}]`
}
