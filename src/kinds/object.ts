import type { ObjectMeta } from './generated/types.ts'

/** Any API object: what the store holds, clients send, and watchers see. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** An object whose other fields are read by name: for code that serves every kind. */
export type AnyObject = KubeObject & Record<string, unknown>

/** An object for code that reads and writes its fields by name. */
export const anyObject = (object: KubeObject): AnyObject => object as AnyObject

/**
 * An object that code for every kind holds as the type of its kind. The caller knows the kind; that the object fits it
 * is so because it was decoded by the kind's schema.
 */
export const objectAs = <T extends KubeObject>(object: AnyObject): T => object as T

/** All the way down readonly: stored objects are shared by everyone and never changed. */
export type Frozen<T> = T extends (infer U)[]
  ? readonly Frozen<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T

/** `namespace/name`, or `name` for cluster-scoped objects: the key of work queues and listers. */
export function objectKey(object: { metadata: { name?: string | undefined; namespace?: string | undefined } }): string {
  const { name = '', namespace } = object.metadata
  return namespace ? `${namespace}/${name}` : name
}

/** A generated type as a whole object: `ObjectOf<Service>` has apiVersion, kind and metadata for sure. */
export type ObjectOf<T> = T & KubeObject
