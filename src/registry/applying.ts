import { badRequest } from '../base/errors.ts'
import { bodyText, type ParsedText, plainNumbers } from '../base/json.ts'
import { parseYaml, YamlError, yamlRepeatedText } from '../base/yaml.ts'
import { apiVersionOf } from '../kinds/kind.ts'
import type { AnyObject } from '../kinds/object.ts'
import { decode, DecodeError } from '../kinds/schema/decode.ts'
import { describeValue } from '../kinds/schema/scalars.ts'
import type { Body, PatchOptions, Stored } from './api.ts'
import { type BodyKind, withDefaults } from './bodies.ts'
import { checkName, takeNamespace } from './metadata.ts'
import { plainFailure } from './patch/errors.ts'
import { applyLastApplied } from './patch/last-applied.ts'
import { serverSideApply } from './patch/server-side-apply.ts'
import type { PatchRequest } from './patching.ts'
import { managerOf, trackingOf, type VersionConverter, zeroObject } from './tracker.ts'
import type { Change } from './writes.ts'

/** A server-side apply as a change that can be made again on a newer state. Creates what is missing. */
export function applyChange(request: PatchRequest, now: number, convert: VersionConverter): Change {
  const { context, target, options } = request
  const { kind } = target
  const kept = context.warnings.length
  const parsed = parseApplied(request.body)
  const { applied, warnings } = readApplied(kind, parsed, options)
  return {
    draft: existing => {
      context.warnings.length = kept
      context.warnings.push(...warnings)
      const live = existing?.object ?? zeroObject(kind)
      const result = serverSideApply({
        ...trackingOf(kind, target.subresource ?? '', convert),
        live,
        zero: zeroObject(kind),
        applied,
        manager: options.fieldManager || managerOf(context.userAgent),
        force: options.force === true,
        now,
      })
      const draft = result.object ? decoded(kind, result.object) : unchanged(existing, kind, applied, options)
      if (result.managedFields.length) draft.metadata.managedFields = result.managedFields
      else delete draft.metadata.managedFields
      takeNamespace(kind, draft.metadata, target.namespace)
      checkName(draft.metadata, target.name)
      return draft
    },
    track: false,
    checkUid: false,
    createMissing: !target.subresource,
  }
}

/** Where nothing changed, kubectl's own annotation may still have to follow. */
function unchanged(
  existing: Stored | undefined,
  kind: BodyKind,
  applied: Record<string, unknown>,
  options: PatchOptions,
): AnyObject {
  const copy = copyOf(existing, kind)
  return options.fieldManager === 'kubectl' ? (applyLastApplied(copy, applied) as AnyObject) : copy
}

function copyOf(existing: Stored | undefined, kind: BodyKind): AnyObject {
  if (!existing) return decoded(kind, zeroObject(kind))
  return structuredClone(existing.object) as AnyObject
}

function decoded(kind: BodyKind, object: object): AnyObject {
  try {
    return withDefaults(kind, decode(kind.schema, object).object)
  } catch (error) {
    if (error instanceof DecodeError) throw plainFailure(error.message)
    throw error
  }
}

export function parseApplied(body: Body): ParsedText {
  if (body.type === 'object') return { value: body.object }
  try {
    return parseYaml(bodyText(body.bytes))
  } catch (error) {
    if (error instanceof YamlError)
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`)
    throw error
  }
}

/** The applied configuration, and warnings about it. Throws 400 where it is no object of the kind. */
export function readApplied(
  kind: BodyKind,
  parsed: ParsedText,
  options: PatchOptions,
): { applied: Record<string, unknown>; warnings: readonly string[] } {
  const repeated = parsed.yamlRepeated ?? []
  const validation = options.fieldValidation ?? 'Warn'
  const { value } = parsed
  if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${describeValue(value)} into Go value of type map[string]interface {}`,
    )
  const applied = plainNumbers(value ?? {}) as Record<string, unknown>
  const text = (field: string): string => (typeof applied[field] === 'string' ? (applied[field] as string) : '')
  const [version, name] = [text('apiVersion'), text('kind')]
  if (version !== apiVersionOf(kind) || name !== kind.kind)
    throw badRequest(`invalid object type: ${version.includes('/') ? version : `/${version}`}, Kind=${name}`)
  if (repeated.length && validation === 'Strict')
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${yamlRepeatedText(repeated)}`)
  return { applied, warnings: validation === 'Warn' ? repeated : [] }
}
