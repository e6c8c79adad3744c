import { ExactNumber } from './json.ts'

/** A JSON value as Go's `%v` prints it: `map[a:1 b:[x y]]`, keys sorted, texts without quotes. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (value instanceof ExactNumber) return value.text
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const members = Object.keys(value).sort()
  return `map[${members.map(k => `${k}:${goText((value as Record<string, unknown>)[k])}`).join(' ')}]`
}

/** Go's name for the type that JSON decodes into. */
export function goTypeOf(value: unknown): string {
  if (value === null || value === undefined) return '%!s(<nil>)'
  if (Array.isArray(value)) return '[]interface {}'
  if (value instanceof ExactNumber) return 'float64'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64'
    default:
      return 'map[string]interface {}'
  }
}
