import { ownOf } from '../../base/json.ts'
import type { Atom, ListAtom, MapAtom } from '../../kinds/schema/atoms.ts'
import { type Fields, insertPath } from './fields.ts'
import { isObject, type Json } from './json-values.ts'
import { asList, asMap, isBlank, memberAtom, sameShape, type Shape, shapeOf, tryElement } from './shape.ts'

export interface Comparison {
  readonly added: Fields
  readonly modified: Fields
  readonly removed: Fields
}

/** The fields by which `after` differs from `before`, both of one type. */
export function compareTyped(atom: Atom, before: unknown, after: unknown): Comparison {
  const comparison: Comparison = { added: {}, modified: {}, removed: {} }
  compareAt(atom, before, after, [], comparison)
  return comparison
}

function compareAt(atom: Atom, before: unknown, after: unknown, path: string[], out: Comparison): void {
  if (before === after) return
  const mine = shapeOf(atom, before)
  const theirs = shapeOf(atom, after)
  let leaf: boolean
  if (after === undefined) leaf = compareShape(mine, before, after, path, out)
  else if (before === undefined || sameShape(mine, theirs)) leaf = compareShape(theirs, before, after, path, out)
  else {
    compareShape(mine, before, after, path, out)
    leaf = compareShape(theirs, before, after, path, out)
  }
  if (leaf) return
  if (before === undefined) insertPath(out.added, path)
  else if (after === undefined) insertPath(out.removed, path)
}

/** True where the value is compared whole, and noted. */
function compareShape(shape: Shape, before: unknown, after: unknown, path: string[], out: Comparison): boolean {
  if (shape.is === 'list') {
    const [mine, theirs] = [asList(before), asList(after)]
    if (shape.list.associative && (mine?.length || theirs?.length)) {
      compareItems(shape.list, mine ?? [], theirs ?? [], path, out)
      return false
    }
  } else if (shape.is === 'map') {
    const [mine, theirs] = [asMap(before), asMap(after)]
    if (!shape.map.atomic && !(isBlank(mine) && isBlank(theirs))) {
      compareMembers(shape.map, mine ?? {}, theirs ?? {}, path, out)
      return false
    }
  }
  if (before === undefined) insertPath(out.added, path)
  else if (after === undefined) insertPath(out.removed, path)
  else if (!sameValue(before, after)) insertPath(out.modified, path)
  return true
}

function compareMembers(map: MapAtom, before: Json, after: Json, path: string[], out: Comparison): void {
  for (const key in before) compareMember(map, key, before[key], ownOf(after, key), path, out)
  for (const key in after)
    if (ownOf(before, key) === undefined) compareMember(map, key, undefined, after[key], path, out)
}

function compareMember(
  map: MapAtom,
  key: string,
  before: unknown,
  after: unknown,
  path: string[],
  out: Comparison,
): void {
  if (before === after) return
  const type = memberAtom(map, map.field(key))
  if (!type) return
  path.push(`f:${key}`)
  compareAt(type, before, after, path, out)
  path.pop()
}

function compareItems(
  list: ListAtom,
  before: readonly unknown[],
  after: readonly unknown[],
  path: string[],
  out: Comparison,
): void {
  const mine = itemsByElement(list, before)
  const theirs = itemsByElement(list, after)
  for (const element of new Set([...mine.keys(), ...theirs.keys()])) {
    const a = mine.get(element) ?? []
    const b = theirs.get(element) ?? []
    path.push(element)
    if (a.length <= 1 && b.length <= 1) compareAt(list.items, a[0], b[0], path, out)
    else if (a.length >= 2 && b.length >= 2) {
      if (!sameValue(a, b)) insertPath(out.modified, path)
    } else if (a.length >= 2) {
      if (b.length > 0) compareAt(list.items, undefined, b[0], path, out)
      insertPath(out.removed, path)
    } else {
      if (a.length > 0) compareAt(list.items, a[0], undefined, path, out)
      insertPath(out.added, path)
    }
    path.pop()
  }
}

function itemsByElement(list: ListAtom, items: readonly unknown[]): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>()
  for (const item of items) {
    const element = tryElement(list, item)
    if (element === undefined) continue
    const same = found.get(element)
    if (same) same.push(item)
    else found.set(element, [item])
  }
  return found
}

/** Deep equality of JSON. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => sameValue(x, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  let count = 0
  for (const key in a) {
    if (a[key] === undefined) continue
    if (b[key] === undefined || !sameValue(a[key], b[key])) return false
    count++
  }
  for (const key in b) if (b[key] !== undefined) count--
  return count === 0
}
