import { apiVersionOf, type Kind } from '../kinds/kind.ts'
import type { ListResult, Stored } from '../registry/api.ts'
import { listMeta } from './table.ts'

const COMMA = 0x2c
const BRACE = 0x7b

/** The JSON of a list: its head, and the bytes that each object already has. Nothing is serialized again. */
export function listJson(kind: Kind, result: ListResult): Buffer {
  const head = Buffer.from(
    `{"kind":"${kind.listKind}","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(listMeta(result))},"items":[`,
  )
  const { items } = result
  const prefix = kind.custom ? EMPTY : Buffer.from(`{"kind":"${kind.kind}","apiVersion":"${apiVersionOf(kind)}",`)
  const bytes = items.map(s => itemBytes(s, prefix))
  let length = head.length + 2 + Math.max(items.length - 1, 0)
  // Where the prefix is cut off, an opening brace takes its place.
  for (const b of bytes) length += b.length + (prefix.length ? 1 : 0)
  const out = Buffer.allocUnsafe(length)
  let at = head.copy(out)
  for (let i = 0; i < bytes.length; i++) {
    if (i > 0) out[at++] = COMMA
    if (prefix.length) out[at++] = BRACE
    at += (bytes[i] as Buffer).copy(out, at)
  }
  out.write(']}', at, 'latin1')
  return out
}

const EMPTY = Buffer.alloc(0)

/** Items of built-in kinds do not repeat kind and apiVersion: the bytes after them. */
function itemBytes(stored: Stored, prefix: Buffer): Buffer {
  const json = stored.json()
  if (prefix.length === 0) return json
  if (json.length > prefix.length && prefix.compare(json, 0, prefix.length) === 0) return json.subarray(prefix.length)
  // Another order of fields than the registry writes: rare enough to pay for.
  const { kind: _kind, apiVersion: _version, ...rest } = stored.object
  return Buffer.from(JSON.stringify(rest)).subarray(1)
}
