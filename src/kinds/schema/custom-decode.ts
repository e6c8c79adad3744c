import { ExactNumber, type ParsedText, plainNumbers, repeatedFieldTexts, setOwn } from '../../base/json.ts'
import { decode, DecodeError, type Decoded } from './decode.ts'
import { defaultCustom, dropNulls } from './custom-default.ts'
import { isJsonObject, type JsonObject, memberSchema, META_FIELDS, type StructuralSchema } from './structural.ts'

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/**
 * Reads a custom resource: metadata as of any object, unknown fields pruned, defaults set, keys sorted. Without a
 * schema everything is kept. The result shares no object with the input. Throws DecodeError.
 */
export function decodeCustom(schema: StructuralSchema | undefined, parsed: ParsedText): Decoded {
  const { value } = parsed
  if (!isJsonObject(value) || value instanceof ExactNumber)
    throw new DecodeError(
      `json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type map[string]interface {}`,
    )
  const object = sortedCopy(plainNumbers(value)) as JsonObject
  const unknown: string[] = []
  coerceMetadata(object, '', unknown)
  if (schema) {
    const paths: string[] = []
    pruneObject({ ...schema, 'x-kubernetes-embedded-resource': true }, object, '', paths)
    coerceEmbedded(schema, object, '', paths)
    unknown.push(...paths.sort().map(p => `unknown field ${JSON.stringify(p)}`))
    dropNulls(schema, object)
    defaultCustom(schema, object)
  }
  return { object, unknown: [...repeatedFieldTexts(parsed), ...unknown] }
}

function sortedCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedCopy)
  if (!isJsonObject(value)) return value
  const out: JsonObject = {}
  for (const key of Object.keys(value).sort()) if (value[key] !== undefined) setOwn(out, key, sortedCopy(value[key]))
  return out
}

function coerceMetadata(object: JsonObject, path: string, unknown: string[]): void {
  const { metadata } = object
  if (metadata === undefined) return
  const decoded = decode(OBJECT_META, metadata)
  object['metadata'] = sortedCopy(decoded.object)
  const prefix = path === '' ? 'metadata' : `${path}.metadata`
  for (const text of decoded.unknown) unknown.push(text.replace(/^(\w+ field ")/, `$1${prefix}.`))
}

/** Metadata of embedded resources is read as that of objects; what it does not know is unknown too. */
function coerceEmbedded(schema: StructuralSchema, value: unknown, path: string, unknown: string[]): void {
  if (Array.isArray(value)) {
    const { items } = schema
    if (items) for (const [i, item] of value.entries()) coerceEmbedded(items, item, `${path}[${i}]`, unknown)
    return
  }
  if (!isJsonObject(value)) return
  if (schema['x-kubernetes-embedded-resource'] && path !== '' && isJsonObject(value['metadata'])) {
    const texts: string[] = []
    coerceMetadata(value, path, texts)
    unknown.push(...texts.map(t => JSON.parse(t.slice(t.indexOf('"'))) as string))
  }
  for (const key of Object.keys(value)) {
    const member = memberSchema(schema, key)
    if (member) coerceEmbedded(member, value[key], path === '' ? key : `${path}.${key}`, unknown)
  }
}

/** Removes what the schema does not specify and notes the paths. Changes `value`. */
export function pruneCustom(
  schema: StructuralSchema | undefined,
  value: unknown,
  path: string,
  unknown: string[],
): void {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) pruneCustom(schema?.items, item, `${path}[${i}]`, unknown)
  } else if (isJsonObject(value)) pruneObject(schema ?? {}, value, path, unknown)
}

function pruneObject(schema: StructuralSchema, value: JsonObject, path: string, unknown: string[]): void {
  const keepsAll = schema['x-kubernetes-preserve-unknown-fields'] === true
  for (const key of Object.keys(value)) {
    if (schema['x-kubernetes-embedded-resource'] && META_FIELDS.has(key)) continue
    const at = path === '' ? key : `${path}.${key}`
    const member = memberSchema(schema, key)
    if (member) pruneMember(member, value[key], at, unknown)
    else if (schema.additionalProperties === true || keepsAll) continue
    else {
      unknown.push(at)
      delete value[key]
    }
  }
}

function pruneMember(schema: StructuralSchema, value: unknown, path: string, unknown: string[]): void {
  if (schema['x-kubernetes-preserve-unknown-fields'] !== true || !Array.isArray(value)) {
    pruneCustom(schema, value, path, unknown)
    return
  }
  for (const [i, item] of value.entries())
    if (isJsonObject(item))
      pruneObject({ ...schema.items, 'x-kubernetes-preserve-unknown-fields': true }, item, `${path}[${i}]`, unknown)
}
