import { badRequest, invalidObject, notFound, type StatusError } from '../base/errors.ts'
import { invalid } from '../base/field-error.ts'
import { bodyText, JsonSyntaxError, parseJson, type ParsedText, repeatedFieldTexts } from '../base/json.ts'
import { parseYaml } from '../base/yaml.ts'
import { apiVersionOf } from '../kinds/kind.ts'
import type { AnyObject } from '../kinds/object.ts'
import { whyNot } from '../kinds/known-kinds.ts'
import { decode, DecodeError } from '../kinds/schema/decode.ts'
import { restoreFault } from '../kinds/schema/restore.ts'
import { describeValue } from '../kinds/schema/scalars.ts'
import type { Body, ObjectTarget, PatchOptions, PatchType, RequestContext, Stored } from './api.ts'
import { type BodyKind, withDefaults } from './bodies.ts'
import { checkName, takeNamespace } from './metadata.ts'
import { applyJsonPatch, readJsonPatch } from './patch/json-patch.ts'
import { applyMergePatch } from './patch/merge-patch.ts'
import { applyStrategicMerge } from './patch/strategic-merge.ts'
import { resource } from './write-rules.ts'
import { type Change } from './writes.ts'

export interface PatchRequest {
  readonly context: RequestContext
  readonly target: ObjectTarget
  readonly type: PatchType
  readonly body: Body
  readonly options: PatchOptions
}

/** A patch as a change that can be made again on a newer state. */
export function patchChange(request: PatchRequest): Change {
  const { context, target } = request
  const apply = patchFunction(request, target.kind)
  const kept = context.warnings.length
  return {
    draft: existing => {
      context.warnings.length = kept
      if (!existing) throw notFound(resource(target.kind), target.name)
      const draft = apply(existing)
      takeNamespace(target.kind, draft.metadata, target.namespace)
      checkName(draft.metadata, target.name)
      return draft
    },
    track: true,
    checkUid: false,
    createMissing: false,
  }
}

/** The function that patches an object of `kind`: reads the patch once, applies it to any state. */
export function patchFunction(request: PatchRequest, kind: BodyKind): (existing: Pick<Stored, 'object'>) => AnyObject {
  const { context, type, options } = request
  const fieldValidation = options.fieldValidation ?? 'Warn'
  let read: ReadPatch | undefined
  return existing => {
    // Kubernetes looks at the patch only when there is something to patch.
    read ??= readPatch(request)
    const { parsed, operations, repeated } = read
    const document = existing.object as object
    const patched = operations
      ? applyJsonPatch(document, operations.operations)
      : type === 'strategic'
        ? applyStrategicMerge(kind.schema, document, parsed.value)
        : applyMergePatch(document, parsed.value)
    const shown = type === 'strategic' ? goMap(parsed.value) : sortedText(patched, type === 'merge' ? parsed.value : {})
    if (type !== 'strategic') checkPatchedKind(kind, patched, shown)
    const { object, strict } = decodePatched(kind, patched, shown, type)
    const faults = [...repeated, ...strict]
    if (faults.length && fieldValidation === 'Strict')
      throw invalidPatch(shown, `strict decoding error: ${faults.join(', ')}`)
    if (fieldValidation === 'Warn') context.warnings.push(...faults)
    return object
  }
}

interface ReadPatch {
  readonly parsed: ParsedText
  /** Of a JSON patch. */
  readonly operations: ReturnType<typeof readJsonPatch> | undefined
  readonly repeated: readonly string[]
}

function readPatch({ type, body, options }: PatchRequest): ReadPatch {
  const unchecked = type === 'merge' && options.fieldValidation === 'Ignore'
  const parsed = parsePatch(body, type, unchecked)
  // Nobody but the merge itself looks at such a patch, and it knows no reasons.
  if (unchecked && (typeof parsed.value !== 'object' || parsed.value === null)) throw badRequest(UNREADABLE)
  const operations = type === 'json' ? readJsonPatch(parsed) : undefined
  const repeated = operations ? operations.strict : parsed.repeated ? repeatedFieldTexts(parsed) : []
  return { parsed, operations, repeated }
}

const UNREADABLE = 'Invalid JSON Patch'

function parsePatch(body: Body, type: PatchType, unchecked: boolean): ParsedText {
  if (body.type === 'object') return { value: body.object }
  const text = bodyText(body.bytes)
  try {
    return body.type === 'yaml' ? parseYaml(text) : parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    if (unchecked) throw badRequest(UNREADABLE)
    throw badRequest(type === 'strategic' ? error.message : `error decoding patch: ${error.message}`)
  }
}

function decodePatched(
  kind: BodyKind,
  patched: unknown,
  shown: string,
  type: PatchType,
): { object: AnyObject; strict: readonly string[] } {
  try {
    const { object, unknown } = decode(kind.schema, patched)
    return { object: withDefaults(kind, object), strict: unknown }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    // Strategic patches are restored from maps, not decoded from text.
    throw invalidPatch(shown, (type === 'strategic' && restoreFault(kind.schema, patched)) || error.message)
  }
}

/** A patch may remove kind and version, but not change them. */
function checkPatchedKind(kind: BodyKind, patched: unknown, shown: string): void {
  const named = (patched ?? {}) as { kind?: unknown; apiVersion?: unknown }
  const [shownKind, version] = [named.kind || kind.kind, named.apiVersion || apiVersionOf(kind)]
  if (shownKind === kind.kind && version === apiVersionOf(kind)) return
  for (const [field, value] of [
    ['apiVersion', named.apiVersion],
    ['kind', named.kind],
  ] as const)
    if (value && typeof value !== 'string')
      throw invalidPatch(
        shown,
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${describeValue(value)} into Go struct field .${field} of type string`,
      )
  throw invalidPatch(shown, whyNot(kind, String(version), shownKind))
}

/** The patched object as the server writes it: members in order where the patch reached, else as they were stored. */
function sortedText(value: unknown, patch: unknown): string {
  const isMap = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
  if (!isMap(value) || !isMap(patch)) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map(k => `${JSON.stringify(k)}:${sortedText(value[k], patch[k])}`).join(',')}}`
}

/** 422 without a kind: Kubernetes names only the patch. */
function invalidPatch(shown: string, cause: string): StatusError {
  return invalidObject({ group: '', kind: '' }, '', [invalid('patch', shown, cause)])
}

/** A value as Go prints a map: `map[a:1 b:map[c:x]]`. */
function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`
  if (value === null) return '<nil>'
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${members.map(([k, v]) => `${k}:${goMap(v)}`).join(' ')}]`
}
