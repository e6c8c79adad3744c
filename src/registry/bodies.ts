import { badRequest, type StatusError } from '../base/errors.ts'
import { bodyText, JsonSyntaxError, parseJson, type ParsedText } from '../base/json.ts'
import { parseYaml, YamlError, yamlRepeatedText } from '../base/yaml.ts'
import { whyNot } from '../kinds/known-kinds.ts'
import { isFormerVersion } from '../kinds/former-versions.ts'
import { apiVersionOf } from '../kinds/kind.ts'
import type { AnyObject } from '../kinds/object.ts'
import { DecodeError, decodeParsed, keepEmptyLists } from '../kinds/schema/decode.ts'
import { applySchemaDefaults } from '../kinds/schema/defaults.ts'
import type { Body, FieldValidation } from './api.ts'

/** The kind that a body is read as: of the target, or of a subresource's own (Binding, Scale, TokenRequest). */
export interface BodyKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly schema: string
  readonly defaults?: ((draft: never) => void) | undefined
  /** Other values of apiVersion that are read as if they were this one. */
  readonly aliases?: readonly string[]
}

export interface ReadOptions {
  readonly fieldValidation: FieldValidation
  readonly warnings: string[]
}

/**
 * Reads a body as an object of `kind`, with defaults. Throws 400 with Kubernetes' texts. The result is new: it may be
 * changed.
 */
export function readBody(kind: BodyKind, body: Body, options: ReadOptions): AnyObject {
  const { parsed, text } = parseBody(kind, body)
  checkKind(kind, parsed.value, text)
  let decoded: ReturnType<typeof decodeParsed>
  try {
    decoded = decodeParsed(kind.schema, parsed)
  } catch (error) {
    if (error instanceof DecodeError) throw cannotBeHandled(kind, error.message)
    throw error
  }
  const strict = [...(parsed.yamlRepeated ?? []), ...decoded.unknown]
  if (strict.length > 0 && options.fieldValidation === 'Strict') {
    const texts = parsed.yamlRepeated ? [yamlRepeatedText(parsed.yamlRepeated), ...decoded.unknown] : decoded.unknown
    throw cannotBeHandled(kind, `strict decoding error: ${texts.join(', ')}`)
  }
  if (options.fieldValidation === 'Warn') options.warnings.push(...strict)
  return withDefaults(kind, decoded.object)
}

/** Sets kind, version and all defaults of a decoded object. */
export function withDefaults(kind: BodyKind, decoded: Record<string, unknown>): AnyObject {
  const { kind: _kind, apiVersion: _version, metadata, ...rest } = decoded
  const object = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: metadata ?? {}, ...rest } as AnyObject
  keepEmptyLists(decoded, object)
  applySchemaDefaults(kind.schema, object)
  kind.defaults?.(object as never)
  return object
}

function parseBody(kind: BodyKind, body: Body): { parsed: ParsedText; text: string } {
  if (body.type === 'object') return { parsed: { value: body.object }, text: '' }
  const text = bodyText(body.bytes)
  try {
    return { parsed: body.type === 'yaml' ? parseYaml(text) : parseJson(text), text }
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw unrecognized(kind, `couldn't get version/kind; json parse error: ${error.message}`, text)
    if (error instanceof YamlError) throw unrecognized(kind, error.message, text)
    throw error
  }
}

/** Throws where the body names another kind or version than the one wanted; it may leave out either. */
function checkKind(kind: BodyKind, value: unknown, text: string): void {
  if (value === null || value === undefined) return
  if (typeof value !== 'object' || Array.isArray(value)) {
    const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    throw unrecognized(
      kind,
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
      text,
    )
  }
  const own = value as Record<string, unknown>
  for (const field of ['apiVersion', 'kind'] as const) {
    const found = own[field]
    if (found !== undefined && found !== null && typeof found !== 'string')
      throw unrecognized(
        kind,
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${typeof found === 'object' ? (Array.isArray(found) ? 'array' : 'object') : typeof found} into Go struct field .${field} of type string`,
        text,
      )
  }
  const bodyKind = (own.kind as string | undefined) || ''
  const version = (own.apiVersion as string | undefined) || ''
  const wanted = apiVersionOf(kind)
  const known = !version || version === wanted || kind.aliases?.includes(version)
  if ((!bodyKind || bodyKind === kind.kind) && isFormerVersion(kind.kind, version))
    throw badRequest(`the API version in the data (${version}) does not match the expected API version (${wanted})`)
  if ((bodyKind && bodyKind !== kind.kind) || !known) {
    const shownKind = bodyKind || kind.kind
    const shown = {
      kind: shownKind,
      version: version.includes('/') ? version.slice(version.indexOf('/') + 1) : version || kind.version,
    }
    throw badRequest(
      `${shown.kind} in version ${JSON.stringify(shown.version)} cannot be handled as a ${kind.kind}: ${whyNot(kind, version || wanted, shownKind)}`,
    )
  }
}

function cannotBeHandled(kind: BodyKind, cause: string): StatusError {
  return badRequest(
    `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${cause}`,
  )
}

function unrecognized(kind: BodyKind, cause: string, text: string): StatusError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${cause} (${summary(text)})`)
}

/** How Kubernetes shows the start of a body: objects as they are, other bytes in hexadecimal. */
function summary(text: string): string {
  if (text === '') return '<empty>'
  const bytes = Buffer.from(text)
  const start = bytes.subarray(0, 30)
  const shown = text.startsWith('{') ? start.toString('utf8') : start.toString('hex')
  return bytes.length > 30 ? `${shown} ...` : shown
}
