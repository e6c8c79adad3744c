import { readAsset } from '../../base/assets.ts'
import { componentSchemas, type OpenApiSchema, refOf } from '../../kinds/schema/openapi.ts'

/** A schema while it is being written out. */
export type Json = Record<string, unknown>

interface Descriptions {
  readonly texts: readonly string[]
  /** Schema → number of its own text or -1, and of each field's. */
  readonly types: Readonly<Record<string, readonly [number, Readonly<Record<string, number>>]>>
}

/** Descriptions take memory that only documents need: read for each document, not kept. */
function readDescriptions(): Descriptions {
  return JSON.parse(readAsset('src/kinds/generated/descriptions.json').toString('utf8')) as Descriptions
}

/** The named components and all that they refer to, described, in one of the two forms. */
export function componentsOf(names: Iterable<string>, form: 'v2' | 'v3'): Json {
  const all = componentSchemas()
  const descriptions = readDescriptions()
  const out = new Map<string, Json>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const schema = all[name]
    if (!schema || out.has(name)) continue
    out.set(name, described(name, schema, descriptions, form))
    open.push(...referencesOf(schema))
  }
  return Object.fromEntries([...out].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function referencesOf(schema: OpenApiSchema): string[] {
  const found: string[] = []
  const visit = (s: unknown): void => {
    if (typeof s !== 'object' || s === null) return
    if (Array.isArray(s)) {
      for (const x of s) visit(x)
      return
    }
    for (const [key, value] of Object.entries(s)) {
      if (key === '$ref' && typeof value === 'string') found.push(value.slice(value.lastIndexOf('/') + 1))
      else visit(value)
    }
  }
  visit(schema)
  return found
}

function described(name: string, schema: OpenApiSchema, descriptions: Descriptions, form: 'v2' | 'v3'): Json {
  const [own = -1, fields = {}] = descriptions.types[name] ?? []
  const text = (n: number | undefined): Json => {
    const found = n === undefined ? undefined : descriptions.texts[n]
    return found ? { description: found } : {}
  }
  const written = (form === 'v2' ? schemaV2(schema, true) : schemaV3(schema)) as Json & {
    properties?: Record<string, Json>
  }
  if (!written.properties) return { ...text(own), ...written }
  // A field that is another type and has no text of its own is told by that type's.
  const textOf = (field: string): Json => {
    const own = text(fields[field])
    const ref = refOf(schema.properties?.[field] ?? {})
    return own.description || !ref ? own : text(descriptions.types[ref]?.[0])
  }
  const properties = Object.fromEntries(Object.entries(written.properties).map(([k, v]) => [k, { ...textOf(k), ...v }]))
  return { ...text(own), ...written, properties }
}

/** OpenAPI 3: as generated, with full references. */
function schemaV3(schema: OpenApiSchema): Json {
  return mapSchema(schema, '#/components/schemas/', s => schemaV3(s))
}

/**
 * OpenAPI 2 knows no oneOf and no siblings of $ref: defaults go, a lone allOf becomes its reference.
 */
function schemaV2(schema: OpenApiSchema, top = false): Json {
  const { default: _default, allOf, oneOf, anyOf, ...rest } = schema
  const only = allOf?.length === 1 ? allOf[0] : undefined
  if (only?.$ref) return { $ref: `#/definitions/${only.$ref.slice(only.$ref.lastIndexOf('/') + 1)}` }
  // A choice of types is said in words by the format.
  if ((oneOf || anyOf) && !rest.type && top && rest.format)
    return { type: 'string', ...mapSchema(rest, '#/definitions/', s => schemaV2(s)) }
  return mapSchema(rest, '#/definitions/', s => schemaV2(s))
}

function mapSchema(schema: OpenApiSchema, prefix: string, inner: (s: OpenApiSchema) => Json): Json {
  const out: Json = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref') out[key] = prefix + String(value).slice(String(value).lastIndexOf('/') + 1)
    else if (key === 'properties')
      out[key] = Object.fromEntries(
        Object.entries(value as Record<string, OpenApiSchema>).map(([k, v]) => [k, inner(v)]),
      )
    else if ((key === 'items' || key === 'additionalProperties') && typeof value === 'object')
      out[key] = inner(value as OpenApiSchema)
    else if (key === 'allOf' || key === 'oneOf' || key === 'anyOf') out[key] = (value as OpenApiSchema[]).map(inner)
    else out[key] = value
  }
  return out
}
