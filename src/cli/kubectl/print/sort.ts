import { tryParseQuantity, compareQuantities } from '../../../base/quantity.ts'
import type { Json } from '../api/connection.ts'
import { PlainError } from '../base/errors.ts'
import { selectJsonPath } from './jsonpath.ts'
import type { Table } from './table.ts'

/** The rows of a table in the order of a field of their objects. */
export function sortRows(table: Table, field: string): Table {
  return { ...table, rows: sorted(table.rows, row => row.object ?? {}, field) }
}

export function sortObjects(objects: readonly Json[], field: string): Json[] {
  return sorted(objects, o => o, field)
}

function sorted<T>(items: readonly T[], objectOf: (item: T) => unknown, field: string): T[] {
  const keyed = items.map(item => ({ item, value: selectJsonPath(field, objectOf(item))[0] }))
  if (keyed.length > 0 && keyed.every(k => k.value === undefined))
    throw new PlainError(
      `couldn't find any field with path ${JSON.stringify(`{${field.replace(/^\{|\}$/g, '').replace(/^(?!\.)/, '.')}}`)} in the list of objects`,
    )
  return keyed.sort((a, b) => compareValues(a.value, b.value)).map(k => k.item)
}

function compareValues(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [x, y] = [String(a), String(b)]
  const [p, q] = [tryParseQuantity(x), tryParseQuantity(y)]
  if (p && q) return compareQuantities(p, q)
  return naturalOrder(x, y)
}

/** Texts with numbers in them by the value of the numbers: `pod-2` before `pod-10`. */
export function naturalOrder(a: string, b: string): number {
  const [p, q] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []]
  for (let i = 0; i < p.length && i < q.length; i++) {
    const [x = '', y = ''] = [p[i], q[i]]
    if (x === y) continue
    if (/^\d/.test(x) && /^\d/.test(y) && Number(x) !== Number(y)) return Number(x) - Number(y)
    return x < y ? -1 : 1
  }
  return p.length - q.length
}
