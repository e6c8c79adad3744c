import { ExactNumber, type RepeatedKeys, setOwn } from '../../base/json.ts'
import { decodeScalar, describeValue, type Fault, Wrong } from './scalars.ts'
import type { Field, StructType, Type } from './types.ts'

/** What reading a body in the order of its text finds, as Go's decoder meets it. */
export interface Findings {
  /** The first type error, or the one that stopped decoding. */
  readonly error?: string
  /** Unknown and duplicate fields, each once, at most 100. */
  readonly strict: string[]
  /** The body with repeated keys resolved as Go does: structs and their members merge, maps and lists start anew. */
  readonly merged: unknown
}

const MAX_STRICT = 100

/** The slow and careful reading of a body, for those in which the fast one met something. */
export function inspect(struct: StructType, value: unknown, repeated?: RepeatedKeys): Findings {
  const inspector = new Inspector(repeated)
  let merged: unknown = value
  try {
    merged = inspector.value({ kind: 'struct', struct }, value, undefined)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return { error: error.text, strict: [], merged }
  }
  const { firstError, strict } = inspector
  return { ...(firstError === undefined ? {} : { error: firstError }), strict: [...strict], merged }
}

/** A fault after which Go's decoder does not go on. */
class Stop extends Error {
  readonly text: string
  constructor(text: string) {
    super(text)
    this.text = text
  }
}

class Inspector {
  readonly strict = new Set<string>()
  firstError: string | undefined
  readonly #repeated: RepeatedKeys | undefined
  /** Where we are for strict errors: `spec.containers[0]`. */
  #path = ''
  /** Where we are for type errors: Go's field stack has no indexes and no map keys, and names embedded structs. */
  #stack: string[] = []
  #structName = ''

  constructor(repeated: RepeatedKeys | undefined) {
    this.#repeated = repeated
  }

  /** `before` is what an earlier repetition of the same key left. */
  value(type: Type, value: unknown, before: unknown): unknown {
    if (value === null) return type.kind === 'struct' ? (before ?? null) : null
    switch (type.kind) {
      case 'struct':
        return this.#struct(type.struct, value, before)
      case 'list':
        return this.#list(type, value)
      case 'map':
        return this.#map(type, value, before)
      case 'scalar':
        try {
          decodeScalar(type.scalar, value)
        } catch (error) {
          if (!(error instanceof Wrong)) throw error
          this.#fault(error.fault)
        }
        return value
      case 'raw':
        if (
          type.takes === 'object' &&
          (typeof value !== 'object' || Array.isArray(value) || value instanceof ExactNumber)
        )
          this.#fault({ kind: 'type', value: describeValue(value), type: 'map[string]interface {}', stops: true })
        return value
    }
  }

  #struct(struct: StructType, value: unknown, before: unknown): unknown {
    if (!isObject(value)) {
      this.#fault({ kind: 'type', value: describeValue(value), type: goTypeName(struct), stops: false })
      return before ?? null
    }
    const out: Record<string, unknown> = isObject(before) ? { ...before } : {}
    const seen = new Set<string>()
    const { path, stack, structName } = this.#mark()
    for (const [key, member] of this.#repeated?.get(value) ?? Object.entries(value)) {
      if (member === undefined) continue
      const field = struct.field(key)
      if (!field) {
        this.#report('unknown', path, key)
        continue
      }
      if (seen.has(key)) this.#report('duplicate', path, key)
      seen.add(key)
      this.#path = path === '' ? key : `${path}.${key}`
      this.#structName = struct.goName
      this.#stack.push(...field.embedded, key)
      setOwn(out, key, this.#member(field, member, out[key]))
      this.#stack.length = stack
    }
    this.#path = path
    this.#structName = structName
    return out
  }

  /** A null after a value empties pointers, lists and maps, and leaves the rest. */
  #member(field: Field, member: unknown, before: unknown): unknown {
    if (member === null) {
      const clears =
        field.pointer || field.type.kind === 'list' || field.type.kind === 'map' || field.type.kind === 'raw'
      return clears ? null : (before ?? null)
    }
    return this.value(field.type, member, before)
  }

  #map(type: Type & { kind: 'map' }, value: unknown, before: unknown): unknown {
    if (!isObject(value)) {
      this.#fault({ kind: 'type', value: describeValue(value), type: goMapName(type), stops: false })
      return before ?? null
    }
    const out: Record<string, unknown> = isObject(before) ? { ...before } : {}
    const seen = new Set<string>()
    const { path } = this.#mark()
    for (const [key, member] of this.#repeated?.get(value) ?? Object.entries(value)) {
      if (seen.has(key)) this.#report('duplicate', path, key)
      seen.add(key)
      this.#path = path === '' ? key : `${path}.${key}`
      setOwn(out, key, this.value(type.values, member, undefined))
    }
    this.#path = path
    return out
  }

  #list(type: Type & { kind: 'list' }, value: unknown): unknown {
    if (!Array.isArray(value)) {
      this.#fault({ kind: 'type', value: describeValue(value), type: goListName(type), stops: false })
      return null
    }
    const { path } = this.#mark()
    const out = value.map((item, i) => {
      this.#path = `${path}[${i}]`
      return this.value(type.items, item, undefined)
    })
    this.#path = path
    return out
  }

  #mark(): { path: string; stack: number; structName: string } {
    return { path: this.#path, stack: this.#stack.length, structName: this.#structName }
  }

  #report(what: 'unknown' | 'duplicate', path: string, key: string): void {
    if (this.strict.size < MAX_STRICT)
      this.strict.add(`${what} field ${JSON.stringify(path === '' ? key : `${path}.${key}`)}`)
  }

  #fault(fault: Fault): void {
    const text =
      fault.kind === 'text'
        ? fault.text
        : `json: cannot unmarshal ${fault.value} into Go ${
            this.#stack.length > 0 ? `struct field ${this.#structName}.${this.#stack.join('.')}` : 'value'
          } of type ${fault.type}`
    if (fault.stops) throw new Stop(text)
    this.firstError ??= text
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof ExactNumber)

/** `v1.Container`: package and type. */
const goTypeName = (struct: StructType): string => struct.name.split('.').slice(-2).join('.')

function goName(type: Type): string {
  switch (type.kind) {
    case 'struct':
      return goTypeName(type.struct)
    case 'list':
      return goListName(type)
    case 'map':
      return goMapName(type)
    case 'scalar':
      return (
        { bytes: '[]uint8', boolean: 'bool', number: 'float64', time: 'v1.Time', microTime: 'v1.MicroTime' }[
          type.scalar as string
        ] ?? type.scalar
      )
    case 'raw':
      return 'interface {}'
  }
}
const goListName = (type: Type & { kind: 'list' }): string => `[]${goName(type.items)}`
const goMapName = (type: Type & { kind: 'map' }): string => `map[string]${goName(type.values)}`
