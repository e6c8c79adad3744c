import { isDeepStrictEqual } from 'node:util'

/** Equal as API objects: a member that is undefined counts as missing. */
export function sameObject(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(compact(a), compact(b))
}

/** A copy without members that are undefined. */
export function compact<T>(value: T): T {
  if (Array.isArray(value)) return value.map(compact) as T
  if (typeof value !== 'object' || value === null) return value
  const out: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) if (member !== undefined) out[key] = compact(member)
  return out as T
}

/** The number, or undefined for 0: counts that the API leaves out when they are zero. */
export const positive = (n: number): number | undefined => (n === 0 ? undefined : n)
