import type { Atom, FieldAtom, ListAtom, MapAtom } from '../../kinds/schema/atoms.ts'
import { keyElement, valueElement } from './fields.ts'
import { isObject, type Json } from './json-values.ts'

/** The shape that a value takes within its type: a map before a scalar before a list where the value does not say. */
export type Shape =
  | { readonly is: 'map'; readonly map: MapAtom }
  | { readonly is: 'list'; readonly list: ListAtom }
  | { readonly is: 'scalar'; readonly scalar: NonNullable<Atom['scalar']> }

/** `undefined` is no value, null is one. */
export function shapeOf(atom: Atom, value: unknown): Shape {
  if (Array.isArray(value)) {
    if (atom.list) return { is: 'list', list: atom.list }
  } else if (isObject(value)) {
    if (atom.map) return { is: 'map', map: atom.map }
  } else if (value !== null && value !== undefined && atom.scalar) return { is: 'scalar', scalar: atom.scalar }
  if (atom.map) return { is: 'map', map: atom.map }
  if (atom.scalar) return { is: 'scalar', scalar: atom.scalar }
  if (atom.list) return { is: 'list', list: atom.list }
  throw new Error('schema error: invalid atom')
}

export const sameShape = (a: Shape, b: Shape): boolean => a.is === b.is

export const memberAtom = (map: MapAtom, field: FieldAtom | undefined): Atom | undefined => field?.atom ?? map.elements
export const asList = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined)
export const asMap = (value: unknown): Json | undefined => (isObject(value) ? value : undefined)
export const isBlank = (value: object | undefined): boolean => {
  for (const _ in value) return false
  return true
}

/** The path element of a list item. Throws an Error with Kubernetes' text where the item has none. */
export function itemElement(list: ListAtom, item: unknown): string {
  if (list.keys.length === 0) {
    if (isObject(item)) throw new Error("associative list without keys has an element that's a map type")
    if (Array.isArray(item)) throw new Error('not supported: associative list with lists as elements')
    if (item === null) throw new Error("associative list without keys has an element that's an explicit null")
    return valueElement(item)
  }
  if (item === null) throw new Error('associative list with keys may not have a null element')
  if (!isObject(item)) throw new Error('associative list with keys may not have non-map elements')
  const found: [string, unknown][] = []
  for (const key of list.keys) {
    const value = Object.hasOwn(item, key) ? item[key] : list.items.map?.field(key)?.default
    if (value !== undefined && value !== null) found.push([key, value])
    else if (Object.hasOwn(item, key)) found.push([key, null])
  }
  if (found.length === 0)
    throw new Error(
      `associative list with keys has an element that omits all key fields ${goList(list.keys)} (and doesn't have default values for any key fields)`,
    )
  return keyElement(found)
}

const goList = (texts: readonly string[]): string => `[${texts.map(t => JSON.stringify(t)).join(' ')}]`

/** As itemElement, undefined for items that have no element. */
export function tryElement(list: ListAtom, item: unknown): string | undefined {
  try {
    return itemElement(list, item)
  } catch {
    return undefined
  }
}
