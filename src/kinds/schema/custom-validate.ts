import type { FieldError } from '../../base/field-error.ts'
import { duplicate, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '../../base/field-error.ts'
import { ownOf } from '../../base/json.ts'
import { formatFits } from './custom-formats.ts'
import { isJsonObject, type JsonObject, memberSchema, type StructuralSchema } from './structural.ts'

/** Faults of a custom resource against its schema, worded as Kubernetes words them. Metadata is checked elsewhere. */
export function validateCustom(schema: StructuralSchema, object: JsonObject): FieldError[] {
  return [...check(schema, object, ''), ...checkListTypes(schema, object, '')]
}

const NO_PLACE = '<nil>'
const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)
/** How messages begin: `spec.x in body`. */
const inBody = (path: string): string => `${path} in body`

function check(schema: StructuralSchema, value: unknown, path: string): FieldError[] {
  const faults = checkType(schema, value, path)
  if (value === null) return [...faults, ...checkEnum(schema, value, path)]
  faults.push(...checkCombined(schema, value, path))
  if (typeof value === 'string') faults.push(...checkText(schema, value, path))
  else if (typeof value === 'number') faults.push(...checkNumber(schema, value, path))
  else if (Array.isArray(value)) faults.push(...checkItems(schema, value, path))
  faults.push(...checkEnum(schema, value, path))
  if (isJsonObject(value)) faults.push(...checkMembers(schema, value, path))
  return faults
}

/** Beyond 64 bits Go has only doubles. */
const isInteger = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63

function jsonType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return isInteger(value) ? 'integer' : 'number'
  return typeof value === 'object' ? 'object' : typeof value
}

function checkType(schema: StructuralSchema, value: unknown, path: string): FieldError[] {
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : []
  if (types.length === 0) return []
  const found = jsonType(value)
  if (
    found === 'null'
      ? schema.nullable === true
      : types.includes(found) || (found === 'integer' && types.includes('number'))
  )
    return []
  return [typeInvalid(path, found, `${inBody(path)} must be of type ${types.join(',')}: ${JSON.stringify(found)}`)]
}

function checkText(schema: StructuralSchema, value: string, path: string): FieldError[] {
  const faults: FieldError[] = []
  const length = [...value].length
  const { minLength, maxLength, pattern, format } = schema
  if (maxLength !== undefined && length > maxLength) faults.push(tooLong(path, maxLength))
  if (minLength !== undefined && length < minLength)
    faults.push(invalid(path, value, `${inBody(path)} should be at least ${minLength} chars long`))
  if (pattern && !matches(pattern, value))
    faults.push(invalid(path, value, `${inBody(path)} should match '${pattern}'`))
  if (format && !formatFits(format, value))
    faults.push(invalid(path, value, `${inBody(path)} must be of type ${format}: ${JSON.stringify(value)}`))
  return faults
}

const patterns = new Map<string, RegExp | undefined>()

/** A pattern that JavaScript cannot read fits everything: it was checked when the definition was made. */
function matches(pattern: string, value: string): boolean {
  if (!patterns.has(pattern)) patterns.set(pattern, compile(pattern))
  return patterns.get(pattern)?.test(value) ?? true
}

function compile(pattern: string): RegExp | undefined {
  for (const flags of ['u', ''])
    try {
      return new RegExp(pattern, flags)
    } catch {
      // Tried without the flag, which forbids needless escapes.
    }
  return undefined
}

const INT_RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
}

function checkNumber(schema: StructuralSchema, value: number, path: string): FieldError[] {
  const faults: FieldError[] = []
  const { minimum, maximum, multipleOf, format = '' } = schema
  const fault = (text: string): void => void faults.push(invalid(path, value, `${inBody(path)} should be ${text}`))
  if (schema.type === 'integer') {
    const range = ownOf(INT_RANGES, format)
    if (!isInteger(value) || (range && (value < range[0] || value > range[1]))) {
      const what = range ? `with format ${format}` : format === 'int64' ? 'with format int64' : '(default format)'
      faults.push(invalid(NO_PLACE, '', `Checked value must be of type integer ${what} in ${path}`))
    }
  }
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) fault(`a multiple of ${multipleOf}`)
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum))
    fault(schema.exclusiveMaximum ? `less than ${maximum}` : `less than or equal to ${maximum}`)
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum))
    fault(schema.exclusiveMinimum ? `greater than ${minimum}` : `greater than or equal to ${minimum}`)
  return faults
}

function isMultiple(value: number, of: number): boolean {
  const ratio = value / of
  return Math.abs(ratio - Math.round(ratio)) < 1e-9
}

function checkItems(schema: StructuralSchema, value: readonly unknown[], path: string): FieldError[] {
  const faults: FieldError[] = []
  const { items, minItems, maxItems } = schema
  if (items) for (const [i, item] of value.entries()) faults.push(...check(items, item, `${path}[${i}]`))
  if (minItems !== undefined && value.length < minItems)
    faults.push(invalid(path, value.length, `${inBody(path)} should have at least ${minItems} items`))
  if (maxItems !== undefined && value.length > maxItems) faults.push(tooMany(path, value.length, maxItems))
  if (schema.uniqueItems && repeatedIndexes(value).length > 0)
    faults.push(invalid(path, '', `${inBody(path)} shouldn't contain duplicates`))
  return faults
}

function checkEnum({ enum: values, nullable }: StructuralSchema, value: unknown, path: string): FieldError[] {
  if (!values || values.some(v => canonical(v) === canonical(value)) || (value === null && nullable)) return []
  return [
    notSupported(
      path,
      value,
      values.map(v => (typeof v === 'string' ? v : JSON.stringify(v))),
    ),
  ]
}

function checkMembers(schema: StructuralSchema, value: JsonObject, path: string): FieldError[] {
  const faults: FieldError[] = []
  const count = Object.keys(value).length
  const { minProperties, maxProperties } = schema
  if (minProperties !== undefined && count < minProperties)
    faults.push(invalid(path, count, `${inBody(path)} should have at least ${minProperties} properties`))
  if (maxProperties !== undefined && count > maxProperties) faults.push(tooMany(path, count, maxProperties))
  for (const [key, member] of Object.entries(value)) {
    const type = memberSchema(schema, key)
    if (type) faults.push(...check(type, member, join(path, key)))
  }
  for (const key of schema.required ?? []) if (!Object.hasOwn(value, key)) faults.push(required(join(path, key)))
  return faults
}

/** allOf, anyOf, oneOf and not: Kubernetes names no field for the combination itself. */
function checkCombined(schema: StructuralSchema, value: unknown, path: string): FieldError[] {
  const { allOf, anyOf, oneOf, not } = schema
  if (!allOf && !anyOf && !oneOf && !not) return []
  const faults: FieldError[] = []
  const fault = (text: string): void => void faults.push(invalid(NO_PLACE, '', `${JSON.stringify(path)} ${text}`))
  if (anyOf?.length) {
    const results = anyOf.map(s => check(s, value, path))
    if (results.every(r => r.length > 0)) {
      fault('must validate at least one schema (anyOf)')
      faults.push(...bestOf(results))
    }
  }
  if (oneOf?.length) {
    const results = oneOf.map(s => check(s, value, path))
    const fits = results.filter(r => r.length === 0).length
    if (fits === 0) {
      fault('must validate one and only one schema (oneOf). Found none valid')
      faults.push(...bestOf(results))
    } else if (fits > 1) fault(`must validate one and only one schema (oneOf). Found ${fits} valid alternatives`)
  }
  if (allOf?.length) {
    const results = allOf.map(s => check(s, value, path))
    for (const result of results) faults.push(...result)
    if (results.some(r => r.length > 0))
      fault(`must validate all the schemas (allOf)${results.every(r => r.length > 0) ? '. None validated' : ''}`)
  }
  if (not && check(not, value, path).length === 0) fault('must not validate the schema (not)')
  return faults
}

/** The alternative that came nearest speaks for all. */
const bestOf = (results: readonly FieldError[][]): FieldError[] =>
  results.reduce((best, r) => (r.length < best.length ? r : best), results[0] ?? [])

/** Items of sets must differ, items of maps in their keys. */
function checkListTypes(schema: StructuralSchema, value: unknown, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const faults = checkUnique(schema, value, path)
    const { items } = schema
    if (items) for (const [i, item] of value.entries()) faults.push(...checkListTypes(items, item, `${path}[${i}]`))
    return faults
  }
  if (!isJsonObject(value)) return []
  const { properties } = schema
  return Object.entries(value).flatMap(([key, member]) => {
    const type = memberSchema(schema, key)
    if (!type) return []
    const isField = properties && Object.hasOwn(properties, key)
    return checkListTypes(type, member, isField ? join(path, key) : `${path}[${key}]`)
  })
}

function checkUnique(schema: StructuralSchema, value: readonly unknown[], path: string): FieldError[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return repeatedIndexes(value).map(i => duplicate(`${path}[${i}]`, value[i]))
    case 'map': {
      const wrong = value.findIndex(item => item !== null && !isJsonObject(item))
      if (wrong >= 0)
        return [invalid(`${path}[${wrong}]`, value[wrong], 'must be an object for an array of list-type map')]
      const keys = value.map(item => keysOf(item, schema['x-kubernetes-list-map-keys'] ?? []))
      return repeatedIndexes(keys).map(i => duplicate(`${path}[${i}]`, keys[i]))
    }
    default:
      return []
  }
}

const keysOf = (item: unknown, keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.flatMap(key => (isJsonObject(item) && Object.hasOwn(item, key) ? [[key, item[key]]] : [])))

/** Of each value that stands more than once the second place. */
function repeatedIndexes(values: readonly unknown[]): number[] {
  const seen = new Map<string, number>()
  const repeated: number[] = []
  for (const [i, value] of values.entries()) {
    const id = canonical(value)
    const times = seen.get(id) ?? 0
    if (times === 1) repeated.push(i)
    seen.set(id, times + 1)
  }
  return repeated
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null'
  return `{${Object.keys(value)
    .sort()
    .map(k => `${JSON.stringify(k)}:${canonical(value[k])}`)
    .join(',')}}`
}
