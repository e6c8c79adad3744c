/** Deep equality of JSON values; a member that is undefined counts as missing. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((v, i) => jsonEqual(v, b[i]))
  if (Array.isArray(b)) return false
  return membersEqual(a, b)
}

/** Equality of two objects apart from the members in `except`. */
export function membersEqual(first: object, second: object, except?: ReadonlySet<string>): boolean {
  const a = first as Readonly<Record<string, unknown>>
  const b = second as Readonly<Record<string, unknown>>
  for (const key in a) if (!except?.has(key) && !jsonEqual(a[key], b[key])) return false
  for (const key in b)
    if (!except?.has(key) && b[key] !== undefined && (!Object.hasOwn(a, key) || a[key] === undefined)) return false
  return true
}
