import { isAscii } from 'node:buffer'
import { goJson } from '../base/json.ts'
import { Sharing } from '../base/share.ts'
import { apiVersionOf, type Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { Codec } from '../store/store.ts'
import type { Stored } from './api.ts'

/** Set in tests: a stored object that someone changes throws at once. */
const verify = process.env.KUBELITE_VERIFY === 'all'

/** Order of metadata fields in JSON, as Kubernetes writes them. */
const META_ORDER = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const

/**
 * An object at a revision: `object` with kind, apiVersion and metadata first, in Kubernetes' order, and
 * `metadata.resourceVersion` set. Fields that are undefined are left out. The rest is shared with `object`.
 */
export function withRevision(object: Frozen<KubeObject>, revision: number): KubeObject {
  const { kind, apiVersion, metadata, ...rest } = object as KubeObject
  const meta: Record<string, unknown> = {}
  const from = metadata as unknown as Record<string, unknown>
  for (const field of META_ORDER) {
    if (field === 'resourceVersion') meta[field] = String(revision)
    else if (from[field] !== undefined) meta[field] = from[field]
  }
  return { kind, apiVersion, metadata: meta, ...rest } as KubeObject
}

/** The key of an object among those of its kind: `namespace/name` or `name`. */
export function keyOf(namespace: string, name: string): string {
  return namespace ? `${namespace}/${name}` : name
}

/** Where the objects of a kind are in the store. */
export function prefixOf(kind: Pick<Kind, 'storage'>): string {
  return `${kind.storage}/`
}

/** What stored objects have in common is in memory once. */
const sharing = new Sharing()

function sharedParts(object: KubeObject): KubeObject {
  const out = object as unknown as Record<string, unknown>
  const metadata = object.metadata as unknown as Record<string, unknown>
  for (const field of Object.keys(out)) if (!UNLIKE.has(field)) out[field] = sharing.share(out[field])
  for (const field of Object.keys(metadata)) if (!UNLIKE.has(field)) metadata[field] = sharing.share(metadata[field])
  return object
}

/** Fields that are like no other object's; and the one key that cannot be assigned to. */
const UNLIKE = new Set(['metadata', 'name', 'uid', 'resourceVersion', '__proto__'])

/** A stored object made from a value. `object` must hold its resourceVersion and belongs to the result from now on. */
export function storedFromObject<T extends KubeObject>(key: string, revision: number, object: Frozen<T>): Stored<T> {
  return new Value<T>(key, revision, verify ? deepFreeze(object) : object, undefined)
}

/** A stored object at a new revision: what {@link withRevision} makes of it. */
export function storedAt(key: string, revision: number, object: Frozen<KubeObject>): Stored {
  return storedFromObject(key, revision, sharedParts(withRevision(object, revision)) as Frozen<KubeObject>)
}

/** Values of the store are JSON; objects are read from it when first looked at. */
export const storedCodec: Codec<Stored> = {
  encode: stored => stored.json(),
  decode: (bytes, key, revision) => new Value(objectKeyOfStoreKey(key), revision, undefined, jsonFrom(bytes)),
}

/** `group/plural/namespace/name` → `namespace/name`. */
export function objectKeyOfStoreKey(key: string): string {
  return key.slice(key.indexOf('/', key.indexOf('/') + 1) + 1)
}

/** `group/plural/namespace/name` → `group/plural`. */
export function storageOfStoreKey(key: string): string {
  return key.slice(0, key.indexOf('/', key.indexOf('/') + 1))
}

class Value<T extends KubeObject> implements Stored<T> {
  readonly key: string
  readonly revision: number
  #object: Frozen<T> | undefined
  #json: string | Buffer | undefined

  constructor(key: string, revision: number, object: Frozen<T> | undefined, json: string | Buffer | undefined) {
    this.key = key
    this.revision = revision
    this.#object = object
    this.#json = json
  }

  get object(): Frozen<T> {
    if (this.#object === undefined) {
      const parsed = sharedParts(JSON.parse(this.keptJson.toString()) as KubeObject) as unknown as Frozen<T>
      this.#object = verify ? deepFreeze(parsed) : parsed
    }
    return this.#object
  }

  get keptJson(): string | Buffer {
    this.#json ??= jsonOf(goJson(this.#object))
    return this.#json
  }

  json(): Buffer {
    const { keptJson } = this
    return typeof keptJson === 'string' ? Buffer.from(keptJson, 'latin1') : keptJson
  }
}

// A text in V8's heap costs its letters and little more, and leaves no holes when it goes: a small Buffer is part of a
// larger block that lives as long as any of the others in it. Beyond ASCII a text could take two bytes for each letter.

function jsonOf(text: string): string | Buffer {
  const length = Buffer.byteLength(text)
  if (length === text.length) return text
  const own = Buffer.allocUnsafeSlow(length)
  own.write(text)
  return own
}

function jsonFrom(bytes: Uint8Array): string | Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isAscii(buffer)) return buffer.toString('latin1')
  const own = Buffer.allocUnsafeSlow(buffer.length)
  buffer.copy(own)
  return own
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}

const views = new WeakMap<Kind, WeakMap<Stored, Stored>>()

/** A stored object as `kind` shows it: itself, unless the kind shares its storage with another. */
export function viewOf(kind: Kind, stored: Stored): Stored {
  if (!kind.fromStored) return stored
  let made = views.get(kind)
  if (!made) views.set(kind, (made = new WeakMap()))
  let view = made.get(stored)
  if (!view) {
    const object = kind.fromStored(stored.object as KubeObject)
    const shown = { ...object, kind: kind.kind, apiVersion: apiVersionOf(kind) } as Frozen<KubeObject>
    view =
      stored.revision === 0 ? storedDry(stored.key, undefined, shown) : storedAt(stored.key, stored.revision, shown)
    made.set(stored, view)
  }
  return view
}

/** What a dry run would have stored: never part of the cache. Without a revision where the object is new. */
export function storedDry(key: string, revision: number | undefined, object: Frozen<KubeObject>): Stored {
  const ordered = withRevision(object, revision ?? 0)
  // What the body of a new object names stays: nobody looks at it.
  const { resourceVersion: given } = object.metadata
  if (revision === undefined && given) ordered.metadata.resourceVersion = given
  else if (revision === undefined) delete ordered.metadata.resourceVersion
  return storedFromObject(key, revision ?? 0, ordered as Frozen<KubeObject>)
}
