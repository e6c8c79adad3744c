import { apiVersionOf, type Kind } from '../kinds/kind.ts'
import type { AnyObject, Frozen, KubeObject } from '../kinds/object.ts'
import { componentAtom } from '../kinds/schema/atoms.ts'
import { decode, withEmptyLists } from '../kinds/schema/decode.ts'
import { structType } from '../kinds/schema/types.ts'
import type { KindTable } from './api.ts'
import type { BodyKind } from './bodies.ts'
import { type Fields, fieldsOf } from './patch/fields.ts'
import { type Tracking, trackUpdate } from './patch/ownership.ts'

/** Turns an object of a kind into another version of it; undefined where that is not served. */
export type VersionConverter = (
  kind: Kind,
  object: Record<string, unknown>,
  apiVersion: string,
) => Record<string, unknown> | undefined

export interface TrackedUpdate {
  readonly kind: Kind
  readonly subresource: string
  /** The object before; missing on create. */
  readonly live: Frozen<KubeObject> | undefined
  /** The object as the request wants it, decoded and with defaults. Its managedFields are set. */
  readonly draft: AnyObject
  readonly manager: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Keeps `metadata.managedFields` true for writes other than apply. */
export class FieldTracker {
  readonly #convert: VersionConverter

  constructor(kinds: KindTable) {
    this.#convert = versionConverter(kinds)
  }

  get convert(): VersionConverter {
    return this.#convert
  }

  trackUpdate({ kind, subresource, live, draft, manager, now }: TrackedUpdate): void {
    const managedFields = withEmptyLists(draft, () =>
      trackUpdate({
        ...trackingOf(kind, subresource, this.#convert),
        old: live ?? zeroObject(kind),
        next: draft,
        manager,
        now,
      }),
    )
    if (managedFields.length) draft.metadata.managedFields = managedFields
    else delete draft.metadata.managedFields
  }
}

/** Longest name of a field manager, in bytes. */
const MAX_MANAGER = 128

/** The field manager of a request that names none: its user agent up to the first slash, as far as it is printable. */
export function managerOf(userAgent: string): string {
  let name = ''
  for (const c of userAgent.split('/')[0] ?? '') {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c)) continue
    if (Buffer.byteLength(name) + Buffer.byteLength(c) > MAX_MANAGER) break
    name += c
  }
  return name || 'unknown'
}

const zeros = new Map<string, object>()

/** What Go writes of an empty object of the kind. Do not change it. */
export function zeroObject(kind: BodyKind): object {
  let zero = zeros.get(kind.schema)
  if (!zero) {
    zero = { ...decode(kind.schema, null).object, kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: {} }
    zeros.set(kind.schema, zero)
  }
  return zero
}

export function trackingOf(kind: Kind, subresource: string, convert: VersionConverter): Tracking {
  const apiVersion = apiVersionOf(kind)
  return {
    atom: componentAtom(kind.schema),
    apiVersion,
    subresource,
    resetFields: resetFieldsOf(kind, subresource),
    convert: (object, version) => (version === apiVersion ? object : convert(kind, object, version)),
  }
}

const resets = new WeakMap<Kind, Map<string, Fields>>()

/** What this endpoint resets: the object's own leaves status alone, status leaves all the rest alone. */
function resetFieldsOf(kind: Kind, subresource: string): Fields {
  let known = resets.get(kind)
  if (!known) resets.set(kind, (known = new Map()))
  let fields = known.get(subresource)
  if (!fields) known.set(subresource, (fields = fieldsOf(...resetPaths(kind, subresource))))
  return fields
}

function resetPaths(kind: Kind, subresource: string): readonly (readonly string[])[] {
  const own = kind.resetFields?.[subresource]
  if (own) return own.map(path => path.split('.'))
  if (subresource === '') return kind.status ? [['status']] : []
  if (subresource !== 'status') return []
  const others = structType(kind.schema).fields.map(f => f.name)
  return others.filter(name => !['apiVersion', 'kind', 'metadata', 'status'].includes(name)).map(name => [name])
}

/** Kinds that share their storage are versions of each other. */
function versionConverter(kinds: KindTable): VersionConverter {
  return (kind, object, apiVersion) => {
    const other = kinds.all().find(k => k.storage === kind.storage && apiVersionOf(k) === apiVersion)
    if (!other) return undefined
    const given = object as AnyObject
    const stored = kind.toStored ? kind.toStored(given) : given
    const shown = other.fromStored ? other.fromStored(stored) : stored
    return { ...shown, kind: other.kind, apiVersion }
  }
}
