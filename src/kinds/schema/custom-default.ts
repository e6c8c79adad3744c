import { isJsonObject, memberSchema, type StructuralSchema } from './structural.ts'

const isPlainNull = (schema: StructuralSchema | undefined, value: unknown): boolean =>
  value === null && schema !== undefined && schema.nullable !== true

/** Removes nulls from fields that may not be null and have no default. Changes `value`. */
export function dropNulls(schema: StructuralSchema | undefined, value: unknown): void {
  if (Array.isArray(value)) for (const item of value) dropNulls(schema?.items, item)
  else if (isJsonObject(value) && schema)
    for (const key of Object.keys(value)) {
      const member = memberSchema(schema, key)
      if (isPlainNull(member, value[key]) && member?.default === undefined) delete value[key]
      else dropNulls(member, value[key])
    }
}

/** Sets the defaults of a schema, from the outside in. Changes `value`. */
export function defaultCustom(schema: StructuralSchema | undefined, value: unknown): void {
  if (!schema) return
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      if (isPlainNull(schema.items, item)) value[i] = structuredClone(schema.items?.default ?? null)
      defaultCustom(schema.items, value[i])
    }
    return
  }
  if (!isJsonObject(value)) return
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined || property.default === null) continue
    if (!Object.hasOwn(value, key) || isPlainNull(property, value[key])) value[key] = structuredClone(property.default)
  }
  for (const key of Object.keys(value)) {
    const member = memberSchema(schema, key)
    if (isPlainNull(member, value[key])) value[key] = structuredClone(member?.default ?? null)
    defaultCustom(member, value[key])
  }
}
