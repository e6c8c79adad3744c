import { ExactNumber, type ParsedText, plainNumbers, type RepeatedKeys, setOwn } from '../../base/json.ts'
import { inspect } from './inspect.ts'
import { decodeScalar, Wrong, zeroOf } from './scalars.ts'
import { type Field, type StructType, structType, type Type } from './types.ts'

/** A body that does not fit its Go type; the message is Go's: `json: cannot unmarshal string into Go struct field …`. */
export class DecodeError extends Error {}

export interface Decoded {
  /** What a Go round trip leaves: known fields in Go's order, empty values out, zero values of required fields in. */
  readonly object: Record<string, unknown>
  /** Texts of strict decoding in document order, at most 100: `unknown field "spec.foo"`, `duplicate field "data"`. */
  readonly unknown: readonly string[]
}

/**
 * Decodes a parsed body as Go's decoder and encoder would together. The result shares no object with the input,
 * apart from free-form parts (RawExtension and the like). Throws DecodeError.
 */
export function decode(schema: string, parsed: unknown, repeated?: RepeatedKeys): Decoded {
  const struct = structType(schema)
  if (!repeated) {
    const state: State = { unknown: false }
    try {
      const object = parsed === null ? zeroStruct(struct) : decodeStruct(struct, parsed, state)
      if (state.emptied) emptied.set(object, state.emptied)
      if (!state.unknown) return { object, unknown: [] }
      return { object, unknown: inspect(struct, parsed).strict }
    } catch (error) {
      if (!(error instanceof Wrong)) throw error
    }
  }
  const found = inspect(struct, parsed, repeated)
  if (found.error !== undefined) throw new DecodeError(found.error)
  const state: State = { unknown: false }
  const object = found.merged === null ? zeroStruct(struct) : decodeStruct(struct, found.merged, state)
  if (state.emptied) emptied.set(object, state.emptied)
  return { object, unknown: found.strict }
}

/** The places of empty lists that are written as null, by the object that they are in. */
const emptied = new WeakMap<object, readonly EmptyList[]>()

/** Lets a copy of a decoded object stand for it where empty lists are asked for. */
export function keepEmptyLists(from: Record<string, unknown>, to: Record<string, unknown>): void {
  const places = emptied.get(from)
  if (places)
    emptied.set(
      to,
      places.map(p => (p.parent === from ? { ...p, parent: to } : p)),
    )
  const names = givenEmpty.get(from)
  if (names) givenEmpty.set(to, names)
}

/**
 * Shows a decoded object as Go has it in memory while `look` runs: lists that were given and are empty stand as empty
 * lists, not as the null that they are stored as. `object` is what {@link decode} returned.
 */
export function withEmptyLists<T>(object: object, look: () => T): T {
  const places = emptied.get(object)?.filter(p => p.parent[p.name] === null)
  if (!places?.length) return look()
  for (const { parent, name } of places) parent[name] = []
  try {
    return look()
  } finally {
    for (const { parent, name } of places) parent[name] = null
  }
}

/** As {@link decode} for what parseJson and parseYaml return. */
export function decodeParsed(schema: string, parsed: ParsedText): Decoded {
  return decode(schema, parsed.value, parsed.repeated)
}

interface EmptyList {
  readonly parent: Record<string, unknown>
  readonly name: string
}

interface State {
  /** A field without a place was passed over. */
  unknown: boolean
  emptied?: EmptyList[]
}

function decodeStruct(struct: StructType, value: unknown, state: State): Record<string, unknown> {
  if (!isObject(value)) throw structWanted(struct, value)
  const input = value
  const out: Record<string, unknown> = {}
  let known = 0
  for (const field of struct.fields) {
    const { name } = field
    const given = Object.hasOwn(input, name) ? input[name] : undefined
    if (given === undefined) {
      if (!field.omitEmpty || isAlwaysWritten(field)) writeZero(field, out)
      continue
    }
    known++
    if (given === null) writeZero(field, out)
    else if (writeValue(struct, field, decodeValue(field.type, given, state), out))
      (state.emptied ??= []).push({ parent: out, name })
  }
  if (!state.unknown) {
    let all = 0
    for (const key in input) if (input[key] !== undefined) all++
    if (all !== known) state.unknown = true
  }
  return out
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof ExactNumber)

const structWanted = (struct: StructType, value: unknown): Wrong =>
  new Wrong({ kind: 'type', value: Array.isArray(value) ? 'array' : typeof value, type: struct.goName, stops: false })

/** omitempty does not leave out structs that are no pointers; omitzero does. */
const isAlwaysWritten = (field: Field): boolean => !field.pointer && !field.omitZero && isStructLike(field.type)

const isStructLike = (type: Type): boolean =>
  type.kind === 'struct' ||
  (type.kind === 'scalar' &&
    (type.scalar === 'time' ||
      type.scalar === 'microTime' ||
      type.scalar === 'quantity' ||
      type.scalar === 'intOrString'))

function writeZero(field: Field, out: Record<string, unknown>): void {
  if (field.pointer || field.omitZero) {
    if (!field.omitEmpty) out[field.name] = null
  } else if (field.type.kind === 'struct') {
    out[field.name] = zeroStruct(field.type.struct)
  } else if (!field.omitEmpty || isStructLike(field.type)) {
    // A nil list or map is written as null.
    out[field.name] = field.type.kind === 'scalar' ? zeroOf(field.type.scalar) : null
  }
}

/** True for an empty list that is written as null. */
function writeValue(struct: StructType, field: Field, value: unknown, out: Record<string, unknown>): boolean {
  if (!field.pointer) {
    if (isEmpty(field.type, value)) {
      if (typeof value === 'object' && value !== null) noteEmpty(out, field.name)
      if (field.omitEmpty) {
        // An empty list of managers asks for a reset: the tracking of ownership must see it.
        if (field.name === 'managedFields' && value !== null) out[field.name] = value
        if (isStructLike(field.type) && !field.omitZero) out[field.name] = value
        return false
      }
      if (Array.isArray(value) && !struct.keepsEmptyLists) {
        out[field.name] = null
        return true
      }
    }
  } else if (value === null && field.omitEmpty) {
    // A pointer to a zero time is no nil pointer: it is written as null.
    out[field.name] = null
    return false
  }
  out[field.name] = value
  return false
}

const givenEmpty = new WeakMap<object, Set<string>>()

function noteEmpty(parent: object, name: string): void {
  const names = givenEmpty.get(parent)
  if (names) names.add(name)
  else givenEmpty.set(parent, new Set([name]))
}

/**
 * Whether a body gave this list or map and left it empty: Go tells that from nothing given until the object is
 * stored. `parent` is an object that {@link decode} made; without `name` the answer is about any of its fields.
 */
export function wasGivenEmpty(parent: object, name?: string): boolean {
  const names = givenEmpty.get(parent)
  return names !== undefined && (name === undefined || names.has(name))
}

function isEmpty(type: Type, value: unknown): boolean {
  if (value === '' || value === 0 || value === false || value === null) return !(type.kind === 'raw' && value !== null)
  if (Array.isArray(value)) return type.kind === 'list' && value.length === 0
  if (type.kind === 'map') {
    for (const _ in value as object) return false
    return true
  }
  return false
}

const zeros = new Map<StructType, boolean>()

/** An object of a kind with nothing set, as Go writes it: what ownership of a create is measured against. */
export function zeroObject(schema: string, apiVersion: string, kind: string): Record<string, unknown> {
  return { ...zeroStruct(structType(schema)), apiVersion, kind }
}

/** The struct as Go writes it when nothing was given. */
export function zeroStruct(struct: StructType): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  // Most structs have no zero values to write.
  if (zeros.get(struct) === true) return out
  for (const field of struct.fields) if (!field.omitEmpty || isAlwaysWritten(field)) writeZero(field, out)
  zeros.set(struct, Object.keys(out).length === 0)
  return out
}

/** `value` is not null. */
function decodeValue(type: Type, value: unknown, state: State): unknown {
  switch (type.kind) {
    case 'scalar':
      return decodeScalar(type.scalar, value)
    case 'struct':
      return decodeStruct(type.struct, value, state)
    case 'list':
      return decodeList(type.items, value, state)
    case 'map':
      return decodeMap(type.values, value, state)
    case 'raw':
      if (type.takes === 'object' && !isObject(value))
        throw new Wrong({ kind: 'type', value: typeof value, type: 'map[string]interface {}', stops: false })
      return plainNumbers(value)
  }
}

function decodeList(items: Type, value: unknown, state: State): unknown[] {
  if (!Array.isArray(value)) throw new Wrong({ kind: 'type', value: typeof value, type: '[]', stops: false })
  const out = Array.from<unknown>({ length: value.length })
  for (let i = 0; i < value.length; i++)
    out[i] = value[i] === null ? zeroValue(items) : decodeValue(items, value[i], state)
  return out
}

function decodeMap(values: Type, value: unknown, state: State): Record<string, unknown> {
  if (!isObject(value)) throw new Wrong({ kind: 'type', value: typeof value, type: 'map', stops: false })
  const input = value
  const keys = Object.keys(input)
  sortKeys(keys)
  const out: Record<string, unknown> = {}
  for (const key of keys) {
    const member = input[key]
    if (member === undefined) continue
    setOwn(out, key, member === null ? zeroValue(values) : decodeValue(values, member, state))
  }
  return out
}

/** Go writes maps in the order of their keys. Most are short and already in order. */
function sortKeys(keys: string[]): void {
  for (let i = 1; i < keys.length; i++)
    if ((keys[i] as string) < (keys[i - 1] as string)) {
      keys.sort()
      return
    }
}

/** What null stands for as an item of a list or a member of a map. Bytes come back as the empty text. */
function zeroValue(type: Type): unknown {
  switch (type.kind) {
    case 'struct':
      return zeroStruct(type.struct)
    case 'scalar':
      return type.scalar === 'bytes' ? '' : zeroOf(type.scalar)
    default:
      return null
  }
}
