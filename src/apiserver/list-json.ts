import { apiVersionOf, type Kind } from '../kinds/kind.ts'
import type { ListResult, Stored } from '../registry/api.ts'
import type { JsonPieces } from './respond.ts'
import { listMeta } from './table.ts'

const COMMA = 0x2c
const BRACE = 0x7b
/** Bytes of a list that are put together at a time: while they are on their way, the next ones are copied. */
const PIECE_BYTES = 512 * 1024

/** The JSON of a list: its head, and the bytes that each object already has. Nothing is serialized again. */
export function listJson(kind: Kind, result: ListResult): JsonPieces {
  const head = Buffer.from(
    `{"kind":"${kind.listKind}","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(listMeta(result))},"items":[`,
  )
  const { items } = result
  const prefix = kind.custom ? '' : `{"kind":"${kind.kind}","apiVersion":"${apiVersionOf(kind)}",`
  const prefixBytes = Buffer.from(prefix)
  const parts = items.map(s => itemJson(s, prefix, prefixBytes))
  // Where the prefix is cut off, an opening brace takes its place.
  const brace = prefix.length > 0 ? 1 : 0
  let length = head.length + TAIL.length + Math.max(items.length - 1, 0)
  for (const part of parts) length += part.length + brace
  return { length, pieces: () => piecesOf(head, parts, brace) }
}

const TAIL = Buffer.from(']}')

function* piecesOf(head: Buffer, items: readonly (string | Buffer)[], brace: number): Generator<Buffer> {
  yield head
  for (let from = 0, to = 0; from < items.length; from = to) {
    let size = 0
    while (to < items.length && size < PIECE_BYTES) size += (items[to++] as string | Buffer).length + 1 + brace
    const piece = Buffer.allocUnsafe(from === 0 ? size - 1 : size)
    let at = 0
    for (let i = from; i < to; i++) {
      if (i > 0) piece[at++] = COMMA
      if (brace) piece[at++] = BRACE
      const item = items[i] as string | Buffer
      at += typeof item === 'string' ? piece.write(item, at, 'latin1') : item.copy(piece, at)
    }
    yield piece
  }
  yield TAIL
}

/** Items of built-in kinds do not repeat kind and apiVersion: the JSON after them. */
function itemJson(stored: Stored, prefix: string, prefixBytes: Buffer): string | Buffer {
  const { keptJson: json } = stored
  if (typeof json === 'string') {
    if (json.startsWith(prefix)) return json.slice(prefix.length)
  } else if (json.length >= prefixBytes.length && prefixBytes.compare(json, 0, prefixBytes.length) === 0)
    return json.subarray(prefixBytes.length)
  // Another order of fields than the registry writes: rare enough to pay for.
  const { kind: _kind, apiVersion: _version, ...rest } = stored.object
  return Buffer.from(JSON.stringify(rest)).subarray(1)
}
