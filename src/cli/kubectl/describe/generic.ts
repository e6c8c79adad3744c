import type { ObjectMeta } from '../../../kinds/generated/types.ts'
import type { Json } from '../api/connection.ts'
import { valueText } from '../print/jsonpath.ts'
import { type Describer, eventLines, headLines } from './shared.ts'
import type { Writer } from './writer.ts'

const SKIPPED = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
])

/** Any object: its fields by name, with labels made of the names. */
export const describeAny: Describer = async (w, object, context) => {
  headLines(w, object as { metadata: ObjectMeta })
  contentLines(w, 0, object, '')
  eventLines(w, await context.events(), context.now)
}

function contentLines(w: Writer, level: number, content: Json, path: string): void {
  for (const field of Object.keys(content).sort()) {
    const value = content[field]
    const here = `${path}.${field}`
    if (SKIPPED.has(here)) continue
    if (Array.isArray(value)) {
      w.line(level, `${fieldLabel(field)}:`)
      for (const item of value) {
        if (isMap(item)) contentLines(w, level + 1, item, here)
        else w.line(level + 1, valueText(item))
      }
    } else if (isMap(value)) {
      w.line(level, `${fieldLabel(field)}:`)
      contentLines(w, level + 1, value, here)
    } else w.line(level, `${fieldLabel(field)}:\t${value === null || value === undefined ? '<nil>' : String(value)}`)
  }
}

const isMap = (v: unknown): v is Json => v !== null && typeof v === 'object' && !Array.isArray(v)

const ACRONYMS = new Set(['API', 'URL', 'UID', 'GUID'])

/** `creationTimestamp` is `Creation Timestamp`, `uid` is `UID`; names with other signs stay as they are. */
export function fieldLabel(field: string): string {
  if (!/^[\p{L}-]+$/u.test(field)) return field
  const parts = mergeUpper(field.match(/\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|-+/gu) ?? [])
  return parts
    .map(part => {
      if (ACRONYMS.has(part.toUpperCase())) return part.toUpperCase()
      return part.toLowerCase() === part ? part.charAt(0).toUpperCase() + part.slice(1) : part
    })
    .join(' ')
}

/** `IPs` is one word. */
function mergeUpper(parts: readonly string[]): string[] {
  const out: string[] = []
  for (let i = 0; i < parts.length; i++) {
    const [part = '', next = ''] = [parts[i], parts[i + 1]]
    if (part.length >= 2 && part === part.toUpperCase() && part !== '-' && /^\p{Lu}/u.test(next)) {
      out.push(part + next)
      i++
    } else out.push(part)
  }
  return out
}
