import { ExactNumber } from '../../base/json.ts'
import { decodeScalar, Wrong } from './scalars.ts'
import { structType, type ScalarName, type StructType, type Type } from './types.ts'

/**
 * What is wrong with a value that a kind cannot hold, in the words of Go's converter from maps (which strategic merge
 * patches go through) rather than of its JSON decoder. Undefined where nothing is, or nothing that it would tell.
 */
export function restoreFault(schema: string, value: unknown): string | undefined {
  return ofStruct(structType(schema), value)
}

function ofStruct(struct: StructType, value: unknown): string | undefined {
  const kind = goKind(value)
  if (kind !== 'map') return `cannot restore struct from: ${kind}`
  for (const field of struct.fields) {
    const member = (value as Record<string, unknown>)[field.name]
    if (member === null || member === undefined) continue
    const fault = ofType(field.type, member)
    if (fault !== undefined) return fault
  }
  return undefined
}

function ofType(type: Type, value: unknown): string | undefined {
  if (value === null) return undefined
  const kind = goKind(value)
  switch (type.kind) {
    case 'struct':
      return ofStruct(type.struct, value)
    case 'map':
      if (kind !== 'map') return `cannot restore map from ${kind}`
      return first(Object.values(value as object), v => ofType(type.values, v))
    case 'list':
      if (kind !== 'slice') return `cannot restore slice from ${kind}`
      return first(value as unknown[], v => ofType(type.items, v))
    case 'scalar':
      return ofScalar(type.scalar, value, kind)
    default:
      return undefined
  }
}

function first(values: readonly unknown[], fault: (value: unknown) => string | undefined): string | undefined {
  for (const value of values) {
    const found = fault(value)
    if (found !== undefined) return found
  }
  return undefined
}

/** Types that are converted by their kind; all others read JSON by themselves. */
const SIMPLE: Partial<Record<ScalarName, string>> = {
  string: 'string',
  boolean: 'bool',
  int32: 'int32',
  int64: 'int64',
  number: 'float64',
}

function ofScalar(scalar: ScalarName, value: unknown, kind: string): string | undefined {
  try {
    decodeScalar(scalar, value)
    return undefined
  } catch (error) {
    if (!(error instanceof Wrong)) throw error
    const { fault } = error
    if (scalar === 'bytes' && fault.kind === 'text') return `error decoding from json: ${fault.text}`
    const wanted = SIMPLE[scalar]
    if (wanted === undefined)
      return fault.kind === 'text'
        ? fault.text
        : `json: cannot unmarshal ${fault.value} into Go value of type ${fault.type}`
    const isNumber = kind === 'int64' || kind === 'float64'
    const converts = isNumber && wanted !== 'bool' && (wanted !== 'string' || kind === 'int64')
    return converts ? `cannot convert ${kind} to ${wanted}` : `unrecognized type: ${wanted}`
  }
}

/** The kind of a Go value that was read from JSON without a type. */
function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice'
  if (value instanceof ExactNumber) return /[.eE]/.test(value.text) ? 'float64' : 'int64'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64'
    default:
      return 'map'
  }
}
