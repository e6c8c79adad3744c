import { badRequest } from '../../base/errors.ts'
import { setOwn } from '../../base/json.ts'
import { isObject, type Json, jsonKind, withoutNulls } from './json-values.ts'

/**
 * Applies a JSON merge patch (RFC 7386). Neither argument is changed; the result may share parts with both.
 * Throws BadRequest where the patch is no object.
 */
export function applyMergePatch(document: object, patch: unknown): Json {
  if (patch === null) throw badRequest('Invalid JSON Patch')
  if (!isObject(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`,
    )
  return mergeObject(document as Json, patch)
}

function mergeObject(document: Json, patch: Json): Json {
  const out = { ...document }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key]
    else {
      const before = Object.hasOwn(out, key) ? out[key] : undefined
      setOwn(out, key, isObject(value) && isObject(before) ? mergeObject(before, value) : withoutNulls(value))
    }
  }
  return out
}
