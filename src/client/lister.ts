import type { Frozen, KubeObject } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'

/** Values under which an index finds an object. */
export type IndexValues<T extends KubeObject> = (object: Frozen<T>) => readonly string[]

/** Reads an informer's objects. They are shared: nobody may change them. Order is not defined. */
export interface Lister<T extends KubeObject> {
  readonly size: number
  /** By `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): Frozen<T> | undefined
  all(): IterableIterator<Frozen<T>>
  /** The objects of one namespace. */
  inNamespace(namespace: string): Iterable<Frozen<T>>
  /** The objects which an index names `value`. The index must have been added. */
  byIndex(index: string, value: string): Iterable<Frozen<T>>
  /** How many objects an index names `value`. */
  count(index: string, value: string): number
}

interface Index<T extends KubeObject> {
  readonly values: IndexValues<T>
  readonly buckets: Map<string, Map<string, Frozen<T>>>
}

const NAMESPACE = 'namespace'

/** The objects of an informer by key and by indexes. Only its informer writes to it. */
export class ObjectStore<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, Frozen<T>>()
  readonly #indexes = new Map<string, Index<T>>()

  constructor() {
    this.addIndex(NAMESPACE, o => (o.metadata.namespace ? [o.metadata.namespace] : []))
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): Frozen<T> | undefined {
    return this.#objects.get(key)
  }

  all(): IterableIterator<Frozen<T>> {
    return this.#objects.values()
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys()
  }

  inNamespace(namespace: string): Iterable<Frozen<T>> {
    return this.byIndex(NAMESPACE, namespace)
  }

  byIndex(index: string, value: string): Iterable<Frozen<T>> {
    return this.#index(index).buckets.get(value)?.values() ?? []
  }

  count(index: string, value: string): number {
    return this.#index(index).buckets.get(value)?.size ?? 0
  }

  #index(name: string): Index<T> {
    const index = this.#indexes.get(name)
    if (!index) throw new Error(`No index ${name}`)
    return index
  }

  /** Adds an index over what is there and what will come. The same name again changes nothing. */
  addIndex(name: string, values: IndexValues<T>): void {
    if (this.#indexes.has(name)) return
    const index: Index<T> = { values, buckets: new Map() }
    this.#indexes.set(name, index)
    for (const [key, object] of this.#objects) enter(index, key, object)
  }

  /** Stores the object and returns the one that it replaces. */
  put(object: Frozen<T>): Frozen<T> | undefined {
    const key = objectKey(object)
    const previous = this.#objects.get(key)
    this.#objects.set(key, object)
    for (const index of this.#indexes.values()) {
      if (previous) leave(index, key, previous)
      enter(index, key, object)
    }
    return previous
  }

  /** Removes the object and returns it. */
  remove(key: string): Frozen<T> | undefined {
    const previous = this.#objects.get(key)
    if (!previous) return undefined
    this.#objects.delete(key)
    for (const index of this.#indexes.values()) leave(index, key, previous)
    return previous
  }
}

function enter<T extends KubeObject>(index: Index<T>, key: string, object: Frozen<T>): void {
  for (const value of index.values(object)) {
    let bucket = index.buckets.get(value)
    if (!bucket) index.buckets.set(value, (bucket = new Map()))
    bucket.set(key, object)
  }
}

function leave<T extends KubeObject>(index: Index<T>, key: string, object: Frozen<T>): void {
  for (const value of index.values(object)) {
    const bucket = index.buckets.get(value)
    if (bucket?.delete(key) && bucket.size === 0) index.buckets.delete(value)
  }
}
