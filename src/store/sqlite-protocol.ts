import type { Retention } from './retention.ts'
import type { Gap } from './timeline.ts'

/** What the writer thread is started with. */
export interface WriterData {
  readonly path: string
  /** better-sqlite3's library as a file. */
  readonly native: string
  readonly retention: Retention
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Blobs of many rows in one buffer, which moves between threads without a copy. Sizes are -1 for null. */
export interface Packed {
  readonly sizes: readonly number[]
  readonly bytes: ArrayBuffer
}

/** One write of a batch. Its blob is the value; for a removal the last state or null. */
export interface WriteRow {
  readonly key: string
  /** The key's modRevision before; undefined for a create. */
  readonly previous: number | undefined
  readonly removes: boolean
}

export interface OpenResult {
  readonly revision: number
  readonly compacted: number
  readonly gaps: readonly Gap[]
  /** Why revisions were skipped, where that is worth a warning. */
  readonly warning: string | undefined
}

/** What the writer does, by name: what it is asked and what it answers. */
export interface Operations {
  open: { ask: object; answer: OpenResult }
  /** Reads live rows after row number `after`; `next` is undefined when there are no more. One blob each. */
  load: {
    ask: { after: number }
    answer: {
      keys: readonly string[]
      created: readonly number[]
      modified: readonly number[]
      packed: Packed
      next: number | undefined
    }
  }
  /** Writes one transaction. The first row gets revision `first`, the others follow. */
  commit: { ask: { first: number; now: number; rows: readonly WriteRow[]; packed: Packed }; answer: Housekeeping }
  /** One blob each: null where the key was absent. */
  undo: {
    ask: { revision: number; prefix: string }
    answer: {
      keys: readonly string[]
      created: readonly number[]
      modified: readonly (number | null)[]
      packed: Packed
    }
  }
  /** Two blobs each: the value after (null for a removal without a last state of its own), and before. */
  page: {
    ask: { after: number; upTo: number; prefix: string }
    answer: { rows: readonly HistoryRow[]; packed: Packed }
  }
  /** One small step of trimming up to `upTo` and giving free pages back. */
  compact: { ask: { upTo: number }; answer: Housekeeping }
  /** One small step of whatever is due. */
  maintain: { ask: { now: number }; answer: Housekeeping }
  check: { ask: { keys: readonly string[]; modified: readonly number[]; revision: number }; answer: string[] }
  backup: { ask: { path: string }; answer: null }
  close: { ask: object; answer: null }
}

export interface HistoryRow {
  readonly revision: number
  readonly kind: number
  readonly key: string
  readonly previous: number | null
}

/** What stands after a step: `more` when there is still something to trim or give back. */
export interface Housekeeping {
  readonly compacted: number
  readonly more: boolean
}

export type OperationName = keyof Operations

export type Request = {
  [N in OperationName]: { readonly id: number; readonly name: N; readonly ask: Operations[N]['ask'] }
}[OperationName]

export type Reply =
  | { readonly id: number; readonly answer: Operations[OperationName]['answer'] }
  | { readonly id: number; readonly error: string }

export function pack(blobs: readonly (Uint8Array | null)[]): Packed {
  let total = 0
  for (const blob of blobs) total += blob?.byteLength ?? 0
  const all = new Uint8Array(total)
  let at = 0
  const sizes = blobs.map(blob => {
    if (!blob) return -1
    all.set(blob, at)
    at += blob.byteLength
    return blob.byteLength
  })
  return { sizes, bytes: all.buffer }
}

/** The blobs as views of the packed buffer. */
export function unpack(packed: Packed): (Buffer | null)[] {
  let at = 0
  return packed.sizes.map(size => {
    if (size < 0) return null
    const blob = Buffer.from(packed.bytes, at, size)
    at += size
    return blob
  })
}

/** Buffers to move rather than copy when an operation's question or answer goes to the other thread. */
export function transfers(message: object | null): ArrayBuffer[] {
  return message && 'packed' in message ? [(message.packed as Packed).bytes] : []
}
