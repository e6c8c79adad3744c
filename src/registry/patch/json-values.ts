import { ExactNumber, setOwn } from '../../base/json.ts'

export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof ExactNumber)

/** As structuredClone, for JSON with ExactNumbers (which are never changed, and shared). */
export function cloneJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map(cloneJson) as T
  if (!isObject(value)) return value
  const out: Json = {}
  for (const key of Object.keys(value)) setOwn(out, key, cloneJson((value as Json)[key]))
  return out as T
}

/** Nulls ask for removal also where there was nothing: members that are null are dropped, items of lists are not. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const out: Json = {}
  for (const [key, member] of Object.entries(value)) if (member !== null) setOwn(out, key, withoutNulls(member))
  return out
}

/** What Go's decoder calls a JSON value in its errors. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (value instanceof ExactNumber) return 'number'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
