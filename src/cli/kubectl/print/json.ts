/** JSON as kubectl prints it: four blanks, keys sorted, `<`, `>` and `&` escaped as Go does. */
export function jsonText(value: unknown): string {
  return `${escapeHtml(JSON.stringify(sortedKeys(value), null, 4))}\n`
}

/** The same on one line. */
export function compactJson(value: unknown): string {
  return escapeHtml(JSON.stringify(sortedKeys(value)))
}

const escapeHtml = (text: string): string =>
  text.replace(/[<>&\u2028\u2029]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A copy whose objects have their keys in order. */
export function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (value === null || typeof value !== 'object') return value
  if ('toJSON' in value && typeof value.toJSON === 'function') return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sortedKeys((value as Record<string, unknown>)[key])]),
  )
}
