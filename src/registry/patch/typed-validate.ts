import { goText, goTypeOf } from '../../base/go-text.ts'
import type { Atom, ListAtom } from '../../kinds/schema/atoms.ts'
import { elementText } from './fields.ts'
import { isObject } from './json-values.ts'
import { itemElement, memberAtom, shapeOf } from './shape.ts'

/** Faults of a value against its type, as `path: text`. */
export function validateTyped(atom: Atom, value: unknown, path = ''): string[] {
  const shape = shapeOf(atom, value)
  const at = (text: string): string => (path === '' ? text : `${path}: ${text}`)
  if (value === null || value === undefined) return []
  if (shape.is === 'scalar') {
    const fault = scalarFault(shape.scalar, value)
    return fault === undefined ? [] : [at(fault)]
  }
  if (shape.is === 'list') {
    if (!Array.isArray(value)) return [at(`expected list, got ${showValue(value)}`)]
    return validateItems(shape.list, value, path)
  }
  if (!isObject(value)) return [at(`expected map, got ${showValue(value)}`)]
  const faults: string[] = []
  for (const [key, member] of Object.entries(value)) {
    const type = memberAtom(shape.map, shape.map.field(key))
    // Kubernetes stops at the first field that it does not know.
    if (!type) return [...faults, `${path}.${key}: field not declared in schema`]
    faults.push(...validateTyped(type, member, `${path}.${key}`))
  }
  return faults
}

function validateItems(list: ListAtom, items: readonly unknown[], path: string): string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  for (const [i, item] of items.entries()) {
    let text = `[${i}]`
    if (list.associative) {
      let element: string
      try {
        element = itemElement(list, item)
      } catch (error) {
        return [...faults, `${path}: element ${i}: ${(error as Error).message}`]
      }
      text = elementText(element)
      if (seen.has(element)) faults.push(`${path}: duplicate entries for key ${text}`)
      seen.add(element)
    }
    faults.push(...validateTyped(list.items, item, path + text))
  }
  return faults
}

function scalarFault(scalar: NonNullable<Atom['scalar']>, value: unknown): string | undefined {
  const kind = typeof value
  switch (scalar) {
    case 'numeric':
      return kind === 'number' ? undefined : `expected numeric (int or float), got ${goTypeOf(value)}`
    case 'string':
      return kind === 'string' ? undefined : `expected string, got ${showSyntax(value)}`
    case 'boolean':
      return kind === 'boolean' ? undefined : `expected boolean, got ${showValue(value)}`
    case 'untyped':
      return kind === 'object' ? `expected any scalar, got ${showValue(value)}` : undefined
  }
}

/** Go's `%v` of a value in its wrapper. */
const showValue = (value: unknown): string => `&{${goText(value)}}`
/** Go's `%#v` of it. */
const showSyntax = (value: unknown): string =>
  `&value.valueUnstructured{Value:${isObject(value) || Array.isArray(value) ? goText(value) : JSON.stringify(value)}}`
