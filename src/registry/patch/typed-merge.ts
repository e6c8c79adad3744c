import type { Atom, ListAtom, MapAtom } from '../../kinds/schema/atoms.ts'
import { ownOf, setOwn } from '../../base/json.ts'
import { below, type Fields, has } from './fields.ts'
import type { Json } from './json-values.ts'
import { asList, asMap, isBlank, memberAtom, shapeOf, tryElement } from './shape.ts'

/** `live` with what `applied` says on top. May share parts with both. undefined where nothing is left. */
export function mergeTyped(atom: Atom, live: unknown, applied: unknown): unknown {
  const shape = shapeOf(atom, applied === undefined ? live : applied)
  if (shape.is === 'list') {
    const [mine, theirs] = [asList(live), asList(applied)]
    if (shape.list.associative && (mine?.length || theirs?.length))
      return mergeItems(shape.list, mine ?? [], theirs ?? [])
  } else if (shape.is === 'map') {
    const [mine, theirs] = [asMap(live), asMap(applied)]
    if (!shape.map.atomic && !(isBlank(mine) && isBlank(theirs)))
      return mergeMembers(shape.map, mine ?? {}, theirs ?? {})
  }
  return applied === undefined ? live : applied
}

function mergeMembers(map: MapAtom, live: Json, applied: Json): Json | undefined {
  const out: Json = {}
  const add = (key: string): void => {
    const type = memberAtom(map, map.field(key))
    if (!type) return
    const merged = mergeTyped(type, ownOf(live, key), ownOf(applied, key))
    if (merged !== undefined) setOwn(out, key, merged)
  }
  for (const key of Object.keys(live)) add(key)
  for (const key of Object.keys(applied)) if (ownOf(live, key) === undefined) add(key)
  return isBlank(out) ? undefined : out
}

/**
 * Items that both have stand in the order of `applied`, items that only one has keep their place between their
 * neighbours. Items that stand twice in the live list are taken whole, unless `applied` has them.
 */
function mergeItems(list: ListAtom, live: readonly unknown[], applied: readonly unknown[]): unknown[] | undefined {
  const lefts = live.flatMap(item => pairOf(list, item))
  const rights = applied.flatMap(item => pairOf(list, item))
  const left = new Map<string, unknown>()
  for (const [element, item] of lefts) left.set(element, left.has(element) ? null : item)
  const right = new Map(rights)
  const shared = rights.filter(([element]) => left.has(element)).map(([element]) => element)
  let nextShared = shared.shift()
  const done = new Set<string>()
  const out: unknown[] = []
  const emit = (element: string, mine: unknown, theirs: unknown): void => {
    const merged = mergeTyped(list.items, mine === null ? undefined : mine, theirs)
    if (merged !== undefined) out.push(merged)
  }
  let l = 0
  let r = 0
  while (l < lefts.length || r < rights.length) {
    const mine = lefts[l]
    const theirs = rights[r]
    if (mine && theirs && mine[0] === theirs[0]) {
      done.add(mine[0])
      emit(mine[0], left.get(mine[0]), theirs[1])
      l++
      r++
      nextShared = shared.shift()
      continue
    }
    if (mine && theirs && right.has(mine[0]) && nextShared !== undefined && nextShared !== mine[0]) {
      l++
      continue
    }
    if (mine) {
      if (!right.has(mine[0])) {
        emit(mine[0], mine[1], undefined)
        l++
        continue
      }
      if (done.has(mine[0])) l++
    }
    if (theirs) {
      done.add(theirs[0])
      emit(theirs[0], left.get(theirs[0]), theirs[1])
      r++
      if (nextShared === theirs[0]) nextShared = shared.shift()
    }
  }
  return out.length > 0 ? out : undefined
}

function pairOf(list: ListAtom, item: unknown): [string, unknown][] {
  const element = tryElement(list, item)
  return element === undefined ? [] : [[element, item]]
}

/** `value` without the paths of `remove`. What becomes empty is null. Shares parts with `value`. */
export function removeFields(atom: Atom, value: unknown, remove: Fields): unknown {
  const shape = shapeOf(atom, value)
  if (shape.is === 'scalar') return value
  if (shape.is === 'list') {
    const items = asList(value)
    if (!items || items.length === 0 || !shape.list.associative) return null
    const kept = items.flatMap(item => removeFromItem(shape.list, item, remove))
    return kept.length > 0 ? kept : null
  }
  const map = asMap(value)
  if (!map || isBlank(map) || shape.map.atomic) return null
  const out: Json = {}
  for (const key of Object.keys(map)) {
    const element = `f:${key}`
    if (has(remove, element)) continue
    const rest = below(remove, element)
    const type = rest && memberAtom(shape.map, shape.map.field(key))
    const member = rest && type ? removeFields(type, map[key], rest) : map[key]
    setOwn(out, key, member)
  }
  return isBlank(out) ? null : out
}

function removeFromItem(list: ListAtom, item: unknown, remove: Fields): unknown[] {
  const element = tryElement(list, item)
  if (element === undefined) return [item]
  if (has(remove, element)) return []
  const rest = below(remove, element)
  return [rest ? removeFields(list.items, item, rest) : item]
}
