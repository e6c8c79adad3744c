import { type Atom, isDeducedMap, type ListAtom } from '../../kinds/schema/atoms.ts'
import { below, type Fields, hasLonger, insertPath, NO_FIELDS, union, withoutTrees } from './fields.ts'
import { isObject } from './json-values.ts'
import { asList, asMap, isBlank, memberAtom, shapeOf, tryElement } from './shape.ts'

/** The fields that an applied configuration owns: its leaves, items of lists and members of maps. */
export function fieldSetOf(atom: Atom, value: unknown): Fields {
  const root: Fields = {}
  collect(atom, value, [], root)
  return root
}

function collect(atom: Atom, value: unknown, path: string[], out: Fields): void {
  const shape = shapeOf(atom, value)
  if (shape.is === 'scalar' || (shape.is === 'list' ? !shape.list.associative : shape.map.atomic)) {
    insertPath(out, path)
    return
  }
  if (shape.is === 'list') return collectItems(shape.list, asList(value) ?? [], path, out)
  const map = asMap(value) ?? {}
  for (const key of Object.keys(map)) {
    const member = map[key]
    if (member === undefined) continue
    const field = shape.map.field(key)
    const type = memberAtom(shape.map, field)
    if (!type) continue
    path.push(`f:${key}`)
    collect(type, member, path, out)
    if (member === null || (isObject(member) && isBlank(member)) || !field) insertPath(out, path)
    path.pop()
  }
}

function collectItems(list: ListAtom, items: readonly unknown[], path: string[], out: Fields): void {
  const elements = items.map(item => tryElement(list, item))
  const counts = new Map<string, number>()
  for (const element of elements) if (element !== undefined) counts.set(element, (counts.get(element) ?? 0) + 1)
  for (const [i, element] of elements.entries()) {
    if (element === undefined) continue
    path.push(element)
    // Of items that stand twice only the place is owned.
    if (counts.get(element) === 1) collect(list.items, items[i], path, out)
    insertPath(out, path)
    path.pop()
  }
}

/** The set with each declared field on the way to a longer path as a member of its own. */
export function withNamedFields(atom: Atom | undefined, fields: Fields): Fields {
  const out: { [element: string]: Fields } = {}
  for (const element in fields) {
    const child = fields[element] as Fields
    if (element === '.') {
      out[element] = child
      continue
    }
    const rest = below(fields, element)
    if (!rest) {
      out[element] = child
      continue
    }
    const isField = element.startsWith('f:')
    const field = isField ? atom?.map?.field(element.slice(2)) : undefined
    const type = isField
      ? (field?.atom ?? atom?.map?.elements)
      : element.startsWith('k:')
        ? atom?.list?.items
        : undefined
    const named = withNamedFields(type, rest)
    out[element] = field && !('.' in named) ? { '.': NO_FIELDS, ...named } : named
  }
  return out
}

/** The set where parts that have become atomic since are owned whole. The same set where nothing changed. */
export function reconcileFields(atom: Atom, fields: Fields): Fields {
  const found = { trees: {} as Fields, any: false }
  reconcileAt(atom, fields, [], false, found)
  return found.any ? union(withoutTrees(fields, found.trees), found.trees) : fields
}

function reconcileAt(
  atom: Atom,
  fields: Fields,
  path: string[],
  isLeaf: boolean,
  out: { trees: Fields; any: boolean },
): void {
  const { map, list } = atom
  if (map) {
    if (isDeducedMap(map)) return
    if (map.atomic) {
      if (!isLeaf && hasLonger(fields)) note(path, out)
      return
    }
  } else if (atom.scalar || !list) return
  else if (!list.associative) {
    if (!isLeaf) note(path, out)
    return
  }
  for (const element in fields) {
    if (element === '.') continue
    const isField = element.startsWith('f:')
    const type = map ? ((isField ? map.field(element.slice(2))?.atom : undefined) ?? map.elements) : list?.items
    if (!type) continue
    path.push(element)
    reconcileAt(type, fields[element] as Fields, path, below(fields, element) === undefined, out)
    path.pop()
  }
}

function note(path: string[], out: { trees: Fields; any: boolean }): void {
  if (path.length === 0) return
  insertPath(out.trees, path)
  out.any = true
}
