import { type StructType, structType, type Type } from './types.ts'

/**
 * Sets the defaults that the schema names (such as protocol TCP of a port) where the draft has none. Changes `draft`.
 * Defaults that are Go's zero values come from decoding.
 */
export function applySchemaDefaults(schema: string, draft: object): void {
  const struct = structType(schema)
  if (hasDefaults({ kind: 'struct', struct })) defaultStruct(struct, draft as Record<string, unknown>)
}

function defaultStruct(struct: StructType, draft: Record<string, unknown>): void {
  for (const field of fieldsWithDefaults(struct)) {
    const value = draft[field.name]
    if (value === undefined || value === null) {
      if (field.default !== undefined) draft[field.name] = structuredClone(field.default)
    } else defaultValue(field.type, value)
  }
}

function defaultValue(type: Type, value: unknown): void {
  if (type.kind === 'struct' && isObject(value)) defaultStruct(type.struct, value)
  else if (type.kind === 'list' && Array.isArray(value)) for (const item of value) defaultValue(type.items, item)
  else if (type.kind === 'map' && isObject(value)) for (const key in value) defaultValue(type.values, value[key])
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

const known = new Map<StructType, StructType['fields']>()

/** Only these need a look: of a pod's hundreds of fields a handful. */
function fieldsWithDefaults(struct: StructType): StructType['fields'] {
  let fields = known.get(struct)
  if (!fields) {
    // Placed first: recursive types must find an answer.
    known.set(struct, struct.fields)
    fields = struct.fields.filter(f => f.default !== undefined || hasDefaults(f.type))
    known.set(struct, fields)
  }
  return fields
}

function hasDefaults(type: Type): boolean {
  if (type.kind === 'struct') return fieldsWithDefaults(type.struct).length > 0
  if (type.kind === 'list') return hasDefaults(type.items)
  return type.kind === 'map' && hasDefaults(type.values)
}
