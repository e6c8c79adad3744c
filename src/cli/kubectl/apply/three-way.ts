import { structType, type StructType, type Type } from '../../../kinds/schema/types.ts'
import type { Json } from '../api/connection.ts'

/**
 * The patch that turns `current` into `modified`: what differs is set, what `original` (the configuration applied
 * last) had and `modified` has not is removed, what others have set stays. Empty where there is nothing to do.
 */
export function strategicPatch(schema: string, o: { original: Json | undefined; modified: Json; current: Json }): Json {
  return patchMap({ kind: 'struct', struct: structType(schema) }, { ...o, retain: false })
}

/** The name of a built-in type's schema; undefined for custom resources, whose patch is a plain merge. */
export function schemaOf(apiVersion: string, kind: string): string | undefined {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  const name = `io.k8s.api.${group.split('.')[0]}.${version}.${kind}`
  if (group.includes('.') && !group.endsWith('.k8s.io')) return undefined
  try {
    structType(name)
    return name
  } catch {
    return undefined
  }
}

/** As strategicPatch for types without a schema (RFC 7386): lists are set whole. */
export function mergePatch(original: Json | undefined, modified: Json, current: Json): Json {
  const patch: Json = {}
  for (const [key, value] of Object.entries(modified)) {
    const now = current[key]
    if (isMap(value) && isMap(now)) {
      const before = original?.[key]
      const inner = mergePatch(isMap(before) ? before : undefined, value, now)
      if (Object.keys(inner).length > 0) patch[key] = inner
    } else if (value !== null && !equal(value, now)) patch[key] = value
  }
  for (const key of Object.keys(original ?? {})) if (!(key in modified)) patch[key] = null
  return patch
}

interface Three {
  readonly original: Json | undefined
  readonly modified: Json
  readonly current: Json
}

function patchMap(type: Type, o: Three & { retain: boolean }): Json {
  const { original, modified, current } = o
  const patch: Json = {}
  for (const [key, value] of Object.entries(modified)) patchMember(patch, key, value, type, o)
  for (const key of Object.keys(original ?? {})) if (!(key in modified)) patch[key] = null
  if (o.retain) {
    const kept = Object.keys(modified).filter(k => modified[k] !== null)
    const extra = Object.keys(current).some(k => !(k in modified))
    if (kept.length > 0 && (Object.keys(patch).length > 0 || extra)) patch['$retainKeys'] = kept.sort()
  }
  return patch
}

function patchMember(patch: Json, key: string, value: unknown, type: Type, o: Three): void {
  if (!(key in o.current)) {
    patch[key] = value
    return
  }
  const now = o.current[key]
  const before = o.original?.[key]
  const field = type.kind === 'struct' ? structField(type.struct, key) : undefined
  const strategies = field?.patchStrategies ?? []
  if (isMap(value) && isMap(now)) {
    if (strategies.includes('replace')) {
      if (!equal(value, now)) patch[key] = value
      return
    }
    const inner = patchMap(field?.type ?? valuesOf(type), {
      original: isMap(before) ? before : undefined,
      modified: value,
      current: now,
      retain: strategies.includes('retainKeys'),
    })
    if (Object.keys(inner).length > 0) patch[key] = inner
  } else if (Array.isArray(value) && Array.isArray(now)) {
    if (!strategies.includes('merge')) {
      if (!equal(value, now)) patch[key] = value
      return
    }
    const lists = { original: Array.isArray(before) ? before : [], modified: value, current: now }
    const items = field?.type.kind === 'list' ? field.type.items : field?.type
    if (items && field?.patchMergeKey && [...value, ...now].every(isMap))
      patchMaps(
        patch,
        key,
        { mergeKey: field.patchMergeKey, items, retain: strategies.includes('retainKeys') },
        lists as Lists<Json>,
      )
    else patchScalars(patch, key, lists)
  } else if (!equal(value, now)) patch[key] = value
}

const structField = (struct: StructType, key: string) => struct.field(key)
const valuesOf = (type: Type): Type => (type.kind === 'map' ? type.values : type)

interface Lists<T> {
  readonly original: readonly T[]
  readonly modified: readonly T[]
  readonly current: readonly T[]
}

/** A list whose items are told apart by their merge key. */
function patchMaps(
  patch: Json,
  key: string,
  t: { mergeKey: string; items: Type; retain: boolean },
  lists: Lists<Json>,
): void {
  const { mergeKey } = t
  const find = (list: readonly Json[], id: unknown): Json | undefined => list.find(i => i[mergeKey] === id)
  const changes: Json[] = []
  for (const item of lists.modified) {
    const id = item[mergeKey]
    const now = find(lists.current, id)
    if (!now) {
      changes.push(item)
      continue
    }
    const inner = patchMap(t.items, {
      original: find(lists.original, id),
      modified: item,
      current: now,
      retain: t.retain,
    })
    if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: id })
  }
  for (const item of lists.original)
    if (!find(lists.modified, item[mergeKey])) changes.push({ $patch: 'delete', [mergeKey]: item[mergeKey] })
  if (changes.length > 0) patch[key] = changes
  if (changes.length > 0 || !sameOrder(lists, mergeKey))
    patch[`$setElementOrder/${key}`] = lists.modified.map(item => ({ [mergeKey]: item[mergeKey] }))
}

/** Whether the items that both have stand in the same order. */
function sameOrder({ modified, current }: Lists<Json>, mergeKey: string): boolean {
  const ids = modified.map(i => i[mergeKey])
  const now = current.map(i => i[mergeKey]).filter(id => ids.includes(id))
  return equal(
    now,
    ids.filter(id => now.includes(id)),
  )
}

function patchScalars(patch: Json, key: string, lists: Lists<unknown>): void {
  const added = lists.modified.filter(v => !lists.current.includes(v))
  const removed = lists.original.filter(v => !lists.modified.includes(v))
  if (added.length > 0) patch[key] = added
  if (removed.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = removed
  const kept = lists.current.filter(v => lists.modified.includes(v))
  if (added.length > 0 || removed.length > 0 || !equal(kept, lists.modified))
    patch[`$setElementOrder/${key}`] = lists.modified
}

const isMap = (v: unknown): v is Json => v !== null && typeof v === 'object' && !Array.isArray(v)

/** Deep equality of JSON values. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((v, i) => equal(v, b[i]))
  if (!isMap(a) || !isMap(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(k => k in b && equal(a[k], b[k]))
}
