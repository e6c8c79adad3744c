import { badRequest } from '../../base/errors.ts'
import { goText, goTypeOf } from '../../base/go-text.ts'
import { setOwn } from '../../base/json.ts'
import { type Field, structType, type Type } from '../../kinds/schema/types.ts'
import { inapplicable, plainFailure } from './errors.ts'
import { cloneJson, isObject, type Json, jsonKind, withoutNulls } from './json-values.ts'
import { arrangeList, type ItemKey } from './list-order.ts'

const PATCH = '$patch'
const RETAIN_KEYS = '$retainKeys'
const ELEMENT_ORDER = '$setElementOrder/'
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/'

const badRetainKeys = () => badRequest('invalid patch format of retainKeys')
const noMergeKey = (item: unknown, key: string) =>
  plainFailure(`map: ${goText(item)} does not contain declared merge key: ${key}`)
const badArgument = (expected: unknown, got: unknown) =>
  plainFailure(`expected a ${goTypeOf(expected)}, but received a ${goTypeOf(got)}`)
const badDirective = (item: Json) => plainFailure(`unknown patch type: ${goText(item[PATCH])} in map: ${goText(item)}`)

/**
 * Applies a strategic merge patch to an object of a built-in kind. Neither argument is changed.
 * Throws StatusErrors as Kubernetes answers them: 400, 422, or 500 with the bare text.
 */
export function applyStrategicMerge(schema: string, document: object, patch: unknown): Json {
  if (patch === null) return cloneJson(document) as Json
  if (!isObject(patch))
    throw badRequest(`json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`)
  return mergeMap(cloneJson(document) as Json, patch, { kind: 'struct', struct: structType(schema) })
}

/** The field behind a key, wanted only where both sides have something to merge. */
function lookup(type: Type, key: string): Field {
  if (type.kind !== 'struct')
    throw plainFailure(`merging an object in json but data type is not struct, instead is: ${goKind(type)}`)
  const field = type.struct.field(key)
  if (field) return field
  throw plainFailure(
    `unable to find api field in struct ${type.struct.goName} for the json field ${JSON.stringify(key)}`,
  )
}

const GO_KINDS = { list: 'slice', map: 'map', raw: 'map', scalar: 'string', struct: 'struct' } as const
const goKind = (type: Type): string => GO_KINDS[type.kind]

/** merge, replace or nothing; retainKeys is a matter of the patch. */
const strategyOf = (field: Field): string => field.patchStrategies.find(s => s !== 'retainKeys') ?? ''

/** Changes and returns `original`; builds new values where it takes from `patch`. */
function mergeMap(original: Json, patch: Json, type: Type): Json {
  if (Object.hasOwn(patch, PATCH)) return obeyDirective(patch)
  const rest = { ...patch }
  applyRetainKeys(original, rest)
  for (const key of Object.keys(rest)) if (key.startsWith(ELEMENT_ORDER)) mergeWithOrder(original, rest, key, type)
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith(DELETE_PRIMITIVES)) deletePrimitives(original, key.slice(DELETE_PRIMITIVES.length), value, type)
    else mergeMember(original, key, value, type)
  }
  return original
}

function obeyDirective(patch: Json): Json {
  if (patch[PATCH] === 'delete') return {}
  if (patch[PATCH] !== 'replace') throw badDirective(patch)
  const { [PATCH]: _, ...rest } = patch
  return cloneJson(rest)
}

function deletePrimitives(original: Json, key: string, value: unknown, type: Type): void {
  const before = Object.hasOwn(original, key) ? original[key] : undefined
  if (value === null) delete original[key]
  else if (Array.isArray(before) && Array.isArray(value))
    original[key] = mergeList(before, value, lookup(type, key), true)
}

function mergeMember(original: Json, key: string, value: unknown, type: Type): void {
  const before = Object.hasOwn(original, key) ? original[key] : undefined
  if (value === null) {
    delete original[key]
  } else if (isObject(before) && isObject(value)) {
    const field = lookup(type, key)
    original[key] = strategyOf(field) === 'replace' ? cloneJson(value) : mergeMap(before, value, field.type)
  } else if (Array.isArray(before) && Array.isArray(value)) {
    const field = lookup(type, key)
    original[key] = strategyOf(field) === 'merge' ? mergeList(before, value, field, false) : cloneJson(value)
  } else {
    // Nothing there, or something of another type.
    const kept = withoutDirectives(withoutNulls(value))
    if (kept === DROP) delete original[key]
    else setOwn(original, key, kept)
  }
}

/** Keeps of the original only what the directive names; the patch may not set more than that. */
function applyRetainKeys(original: Json, patch: Json): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return
  const keys = patch[RETAIN_KEYS]
  delete patch[RETAIN_KEYS]
  if (!Array.isArray(keys)) throw badRetainKeys()
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(DELETE_PRIMITIVES) || key.startsWith(ELEMENT_ORDER)) continue
    if (!keys.includes(key)) throw badRetainKeys()
  }
  for (const key of Object.keys(original)) if (!keys.includes(key)) delete original[key]
}

/** Merges a list whose order the patch names, and takes both out of the patch. */
function mergeWithOrder(original: Json, patch: Json, directiveKey: string, type: Type): void {
  const order = patch[directiveKey]
  delete patch[directiveKey]
  if (!Array.isArray(order)) throw badArgument([], order)
  const key = directiveKey.slice(ELEMENT_ORDER.length)
  const before = listAt(original, key)
  const given = listAt(patch, key)
  const field = lookup(type, key)
  if (field.type.kind !== 'list') throw plainFailure(`expected slice or array type, but got: ${goKind(type)}`)
  const mergeKey = field.patchMergeKey ?? ''
  if (given) checkOrder(given, order, mergeKey)
  const merged = mergeForOrder(before, given, field)
  if (!merged) return
  commonType([...(before ?? []), ...(given ?? [])])
  original[key] = arrangeList({ merged, order, live: before ?? [], keyOf: itemKey(mergeKey) })
  delete patch[key]
}

function listAt(container: Json, key: string): unknown[] | undefined {
  if (!Object.hasOwn(container, key)) return undefined
  const list = container[key]
  if (!Array.isArray(list)) throw badArgument([], list)
  return list
}

function mergeForOrder(
  before: unknown[] | undefined,
  given: unknown[] | undefined,
  field: Field,
): unknown[] | undefined {
  if (!before) return given && (withoutDirectives(given) as unknown[])
  if (!given) return [...before]
  return strategyOf(field) === 'merge' ? mergeList([...before], given, field, false) : cloneJson(given)
}

/** The items of the patch must stand in the order list, in the same order. */
function checkOrder(given: unknown[], order: unknown[], mergeKey: string): void {
  if (order.length === 0 || given.length === 0) return
  const directiveOf = (item: unknown): unknown => (isObject(item) && mergeKey !== '' ? item[PATCH] : undefined)
  const items = given.filter(item => directiveOf(item) !== 'delete')
  const keyOf = itemKey(mergeKey)
  let at = 0
  let place = 0
  while (at < items.length && place < order.length) {
    if (directiveOf(items[at]) !== undefined) at++
    else if (keyOf(items[at]) === keyOf(order[place++])) at++
  }
  // A directive behind the last item that is named counts as out of order, too.
  if (at < items.length)
    throw plainFailure(
      `The order in patch list:\n${goText(given)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    )
}

/** What tells the items of a list apart: the merge key's value, or the primitive itself. */
function itemKey(mergeKey: string): ItemKey {
  if (mergeKey === '') return item => item
  return item => {
    if (!isObject(item)) throw badArgument({}, item)
    if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey)
    return item[mergeKey]
  }
}

function mergeList(original: unknown[], patch: unknown[], field: Field, deletes: boolean): unknown[] {
  if (original.length === 0 && patch.length === 0) return original
  if (commonType([...original, ...patch]) !== 'map[string]interface {}') {
    if (deletes) return original.filter(item => !patch.includes(item))
    const merged = [...new Set([...original, ...patch])]
    return arrangeList({ merged, order: patch, live: original, keyOf: itemKey('') })
  }
  const items = field.type.kind === 'list' ? field.type.items : field.type
  const mergeKey = field.patchMergeKey ?? ''
  if (mergeKey === '') throw plainFailure(`cannot merge lists without merge key for ${goKind(items)}`)
  const plain = applySpecialItems(original as Json[], patch as Json[], mergeKey)
  const merged = mergeItems(plain.original, plain.patch, mergeKey, items)
  return arrangeList({ merged, order: plain.patch, live: plain.original, keyOf: itemKey(mergeKey) })
}

function commonType(items: unknown[]): string {
  const [first, ...others] = items.map(goTypeOf)
  if (first === undefined) throw plainFailure('no elements in any of the given slices')
  if (first === '[]interface {}') throw inapplicable(new Error('lists of lists are not supported'))
  if (others.some(t => t !== first)) throw plainFailure(`list element types are not identical: ${goText(items)}`)
  return first
}

/** Deletions by key, and `$patch: replace` as an item of its own, which empties the list first. */
function applySpecialItems(original: Json[], patch: Json[], mergeKey: string): { original: Json[]; patch: Json[] } {
  const plain: Json[] = []
  let kept = original
  let replaces = false
  for (const item of patch) {
    if (!Object.hasOwn(item, PATCH)) plain.push(item)
    else if (item[PATCH] === 'delete') {
      if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey)
      kept = kept.filter(o => o[mergeKey] !== item[mergeKey])
    } else if (item[PATCH] === 'replace') replaces = true
    else if (item[PATCH] === 'merge') throw plainFailure('merging lists cannot yet be specified in the patch')
    else throw badDirective(item)
  }
  return replaces ? { original: cloneJson(plain), patch: [] } : { original: kept, patch: plain }
}

function mergeItems(original: Json[], patch: Json[], mergeKey: string, items: Type): Json[] {
  const merged = [...original]
  for (const item of patch) {
    if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey)
    const at = merged.findIndex(o => Object.hasOwn(o, mergeKey) && o[mergeKey] === item[mergeKey])
    const before = merged[at]
    if (before) merged[at] = mergeMap(before, item, items)
    else merged.push(cloneJson(item))
  }
  return merged
}

const DROP = Symbol('drop')

/** A value to be put in place whole: maps that carry a directive are dropped. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter(item => item !== DROP)
  if (!isObject(value)) return value
  if (Object.hasOwn(value, PATCH)) return DROP
  const out: Json = {}
  for (const [key, member] of Object.entries(value)) {
    const kept = withoutDirectives(member)
    if (kept !== DROP) setOwn(out, key, kept)
  }
  return out
}
