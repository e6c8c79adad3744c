import { crc32 } from 'node:zlib'
import { isOld, type Retention } from './retention.ts'
import { checkStore } from './sqlite-check.ts'
import { Ceiling, planStart } from './sqlite-ceiling.ts'
import { type Connection, type Open, openStoreFile, type Statement } from './sqlite-open.ts'
import {
  type HistoryRow,
  type Housekeeping,
  type OpenResult,
  type Operations,
  pack,
  unpack,
  type WriteRow,
} from './sqlite-protocol.ts'
import { KIND, keyRange, SQL, type StatementName } from './sqlite-schema.ts'
import type { Gap } from './timeline.ts'

/** Rows read at once when the store loads: about 1 MB. */
const LOAD_ROWS = 256
/** Log rows removed in one step of compaction. */
const TRIM_ROWS = 500
/** Each write of a batch takes up to this many old log rows with it, and each batch some more. */
const TRIM_PER_WRITE = 2
const TRIM_PER_BATCH = 16
/** Free pages that stay for reuse; more are given back to the file system. */
const FREE_PAGES_KEPT = 128
/** Pages given back in one step. */
const VACUUM_PAGES = 256
/** The write-ahead log goes into the database file when about this much has been written to it. */
const CHECKPOINT_BYTES = 4 * 2 ** 20
/** Index and interior pages that a write dirties beside its value, about. */
const WRITE_OVERHEAD_BYTES = 16 * 1024
/** Pages copied in one step of a backup. */
const BACKUP_PAGES = 256

export interface DatabaseOptions {
  readonly path: string
  readonly open: Open
  readonly retention: Retention
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The SQLite file: everything here waits for the disk, so it lives in the writer thread. */
export class StoreDatabase {
  readonly #db: Connection
  readonly #ceiling: Ceiling
  readonly #retention: Retention
  readonly #statements = new Map<StatementName, Statement>()
  readonly opened: OpenResult
  #newest = 0
  #compacted = 0
  #unwrittenBytes = 0

  constructor(options: DatabaseOptions) {
    this.#retention = options.retention
    this.#ceiling = new Ceiling(`${options.path}-ceiling`, options.open)
    try {
      const { db, fresh } = openStoreFile(options.path, options.open)
      this.#db = db
      this.#readExtent(options.path)
      const faults = checkStore(this.#sql, { compacted: this.#compacted, newest: this.#newest })
      if (faults.length > 0)
        throw new Error(`${options.path} is not consistent, restore a backup: ${faults.join('; ')}`)
      const start = planStart(this.#newest, fresh, this.#ceiling.found)
      this.#ceiling.reserve(start.used)
      if (start.used > this.#newest) this.#skipTo(start.used, options.now)
      const gaps = this.#sql('Gaps').all() as Gap[]
      this.opened = { revision: this.#newest, compacted: this.#compacted, gaps, warning: start.warning }
    } catch (error) {
      this.#ceiling.close()
      throw error
    }
  }

  readonly #sql = (name: StatementName): Statement => {
    let statement = this.#statements.get(name)
    if (!statement) {
      statement = this.#db.prepare<unknown[]>(SQL[name])
      this.#statements.set(name, statement)
    }
    return statement
  }

  #readExtent(path: string): void {
    const extent = this.#sql('Extent').get() as { first: number | null; newest: number | null }
    if (extent.first === null || extent.newest === null) throw new Error(`${path} has lost its log: restore a backup`)
    const kind = this.#sql('KindOf').pluck().get(extent.first)
    this.#newest = extent.newest
    this.#compacted = kind === KIND.gap ? extent.first : extent.first - 1
  }

  #skipTo(revision: number, now: number): void {
    this.#transaction(() => this.#sql('LogGap').run({ revision, from: this.#newest, time: now }))
    this.#newest = revision
  }

  #transaction<T>(work: () => T): T {
    this.#sql('Begin').run()
    try {
      const result = work()
      this.#sql('Commit').run()
      return result
    } catch (error) {
      // Some faults, a full disk for one, have ended the transaction already.
      if (this.#db.inTransaction) this.#sql('Rollback').run()
      throw error
    }
  }

  load({ after }: Operations['load']['ask']): Operations['load']['answer'] {
    const rows = this.#sql('LoadPage').raw().all(after, LOAD_ROWS) as [number, string, number, number, number, Buffer][]
    for (const [, key, , modified, sum, value] of rows) {
      if (crc32(value) !== sum)
        throw new Error(`The value of ${key} at revision ${modified} is damaged: restore a backup`)
    }
    return {
      keys: rows.map(r => r[1]),
      created: rows.map(r => r[2]),
      modified: rows.map(r => r[3]),
      packed: pack(rows.map(r => r[5])),
      next: rows.length < LOAD_ROWS ? undefined : rows[rows.length - 1]?.[0],
    }
  }

  commit({ first, now, rows, packed }: Operations['commit']['ask']): Housekeeping {
    if (first !== this.#newest + 1) throw new Error(`Revision ${first} does not follow ${this.#newest}`)
    const newest = this.#newest + rows.length
    this.#ceiling.reserve(newest)
    const blobs = unpack(packed)
    const trimmed = this.#transaction(() => {
      rows.forEach((row, i) => this.#write(row, first + i, now, blobs[i] ?? null))
      return this.#trim(newest, now, rows.length * TRIM_PER_WRITE + TRIM_PER_BATCH)
    })
    this.#newest = newest
    this.#compacted = Math.max(this.#compacted, trimmed.last)
    this.#unwrittenBytes += packed.bytes.byteLength + rows.length * WRITE_OVERHEAD_BYTES
    return { compacted: this.#compacted, more: trimmed.more || this.#hasFree() }
  }

  /** What is committed must be answered so, whatever becomes of a look at the free pages. */
  #hasFree(): boolean {
    try {
      return this.#free() > 0
    } catch {
      return false
    }
  }

  #write(row: WriteRow, revision: number, now: number, blob: Buffer | null): void {
    const { key, previous } = row
    const sum = blob ? crc32(blob) : null
    if (previous === undefined) {
      this.#sql('LogCreate').run({ revision, key, time: now, sum })
      this.#sql('InsertLive').run({ revision, key, sum, value: blob })
      return
    }
    const kind = row.removes ? KIND.delete : KIND.update
    const last = row.removes ? blob : null
    const { changes } = this.#sql('LogChange').run({ revision, kind, key, time: now, sum, previous, last })
    if (changes !== 1)
      throw new Error(`The database does not have ${key} at revision ${previous}: something else wrote to it`)
    if (row.removes) this.#sql('DeleteLive').run({ key })
    else this.#sql('UpdateLive').run({ revision, key, sum, value: blob })
  }

  /** Removes up to `limit` log rows that retention lets go: `last` is the newest removed, or 0. */
  #trim(newest: number, now: number, limit: number): { last: number; more: boolean } {
    const upTo = newest - this.#retention.minRevisions
    if (upTo <= this.#compacted) return { last: 0, more: false }
    const rows = this.#sql('Oldest').all(upTo, limit) as { revision: number; time: number }[]
    const kept = rows.findIndex(row => !isOld(row.time, now, this.#retention))
    const old = kept < 0 ? rows : rows.slice(0, kept)
    const last = old[old.length - 1]?.revision ?? 0
    if (last > 0) this.#sql('Trim').run(last)
    return { last, more: old.length === limit }
  }

  /** What is due after a commit and its answer: moves a grown write-ahead log into the database file. */
  settle(): void {
    if (this.#unwrittenBytes < CHECKPOINT_BYTES) return
    try {
      this.#checkpoint('PASSIVE')
    } catch {
      // The log still has everything: writes go on, and the next checkpoint tries again.
    }
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    this.#unwrittenBytes = 0
    this.#db.pragma(`wal_checkpoint(${mode})`)
  }

  /** How many pages are free beyond those kept. */
  #free(): number {
    return Math.max(0, (this.#db.pragma('freelist_count', { simple: true }) as number) - FREE_PAGES_KEPT)
  }

  compact({ upTo }: Operations['compact']['ask']): Housekeeping {
    // The newest row stays: it says where revisions go on.
    const target = Math.min(upTo, this.#newest - 1)
    const rows = this.#sql('Oldest').all(target, TRIM_ROWS) as { revision: number }[]
    const last = rows[rows.length - 1]?.revision ?? 0
    if (last > 0) this.#transaction(() => this.#sql('Trim').run(last))
    this.#compacted = Math.max(this.#compacted, rows.length < TRIM_ROWS ? Math.min(upTo, this.#newest) : last)
    if (rows.length === TRIM_ROWS) return { compacted: this.#compacted, more: true }
    const more = this.#vacuum()
    if (!more) this.#checkpoint('TRUNCATE')
    return { compacted: this.#compacted, more }
  }

  maintain({ now }: Operations['maintain']['ask']): Housekeeping {
    const trimmed = this.#transaction(() => this.#trim(this.#newest, now, TRIM_ROWS))
    this.#compacted = Math.max(this.#compacted, trimmed.last)
    const more = this.#vacuum() || trimmed.more
    // The file shrinks when the checkpoint cuts it.
    if (!more) this.#checkpoint('PASSIVE')
    return { compacted: this.#compacted, more }
  }

  /** Gives some free pages back; returns whether there are more. */
  #vacuum(): boolean {
    const free = this.#free()
    if (free === 0) return false
    this.#db.pragma(`incremental_vacuum(${Math.min(free, VACUUM_PAGES)})`)
    return this.#free() > 0
  }

  undo({ revision, prefix }: Operations['undo']['ask']): Operations['undo']['answer'] {
    type Row = { key: string; created: number; previous: number | null; replaced: Buffer | null }
    const rows = this.#sql('Undo').all({ revision, ...keyRange(prefix) }) as Row[]
    return {
      keys: rows.map(r => r.key),
      created: rows.map(r => r.created),
      modified: rows.map(r => r.previous),
      packed: pack(rows.map(r => r.replaced)),
    }
  }

  page({ after, upTo, prefix }: Operations['page']['ask']): Operations['page']['answer'] {
    type Row = HistoryRow & { replaced: Buffer | null; own: Buffer | null }
    const rows = this.#sql('Page').all({ after, upTo, ...keyRange(prefix) }) as Row[]
    return {
      rows: rows.map(({ revision, kind, key, previous }) => ({ revision, kind, key, previous })),
      packed: pack(rows.flatMap(r => [r.own, r.replaced])),
    }
  }

  /** Faults of the file, and where it differs from what the process shows. */
  check({ keys, modified, revision }: Operations['check']['ask']): string[] {
    const faults = checkStore(this.#sql, { compacted: this.#compacted, newest: this.#newest }, { values: true })
    for (const fault of this.#db.pragma('integrity_check(10)') as { integrity_check: string }[]) {
      if (fault.integrity_check !== 'ok') faults.push(fault.integrity_check)
    }
    if (revision !== this.#newest)
      faults.push(`The process shows revision ${revision}, the database has ${this.#newest}`)
    const shown = new Map(keys.map((key, i) => [key, modified[i]]))
    for (const row of this.#db.prepare('SELECT key, modified FROM live').iterate()) {
      const { key, modified: stored } = row as { key: string; modified: number }
      if (shown.get(key) !== stored)
        faults.push(`The process shows ${key} at ${shown.get(key)}, the database at ${stored}`)
      shown.delete(key)
    }
    for (const key of shown.keys()) faults.push(`The process shows ${key}, which the database does not have`)
    return faults
  }

  /** Copies the database in steps between which writes go on: they reach the copy, too. */
  async backup(path: string): Promise<void> {
    await this.#db.backup(path, { progress: () => BACKUP_PAGES })
  }

  close(): void {
    try {
      this.#checkpoint('TRUNCATE')
      this.#ceiling.finish(this.#newest)
    } finally {
      this.#db.close()
      this.#ceiling.close()
    }
  }
}
