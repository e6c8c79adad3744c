/**
 * Kubernetes' semantic equality: missing, null, empty lists and empty maps are the same, numbers and texts are
 * compared as they stand.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isNothing(a) && isNothing(b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => semanticEqual(v, b[i]))
  if (isRecord(a) && isRecord(b)) {
    for (const k of Object.keys(a)) if (!semanticEqual(a[k], b[k])) return false
    for (const k of Object.keys(b)) if (!Object.hasOwn(a, k) && !isNothing(b[k])) return false
    return true
  }
  return false
}

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

function isNothing(v: unknown): boolean {
  if (v === undefined || v === null) return true
  if (Array.isArray(v)) return v.length === 0
  return isRecord(v) && Object.keys(v).length === 0
}

/** The texts of two maps of strings with the keys sorted: for messages that print what changed. */
export function changedKeys(a: object, b: object): string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].filter(k => !semanticEqual(Reflect.get(a, k), Reflect.get(b, k))).sort()
}
