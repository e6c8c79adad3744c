import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { silentLogger } from '../../../src/base/log.ts'
import type { Retention } from '../../../src/store/retention.ts'
import { SqliteStore } from '../../../src/store/sqlite.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { type Doc, docCodec, type Subject } from './contract.ts'

export interface SqliteSubject extends Subject {
  readonly store: SqliteStore<Doc>
  readonly path: string
  /** Closes the store opened last and opens it anew. */
  readonly reopen: () => Promise<SqliteStore<Doc>>
  /** A store on the file that is not yet started. */
  readonly make: () => SqliteStore<Doc>
  /** Opens another store on the file, whatever the state of the first one. */
  readonly open: () => Promise<SqliteStore<Doc>>
  readonly dispose: () => void
}

/** A SQLite store in a directory of its own, or in `dir`, which then stays. */
export async function openSubject(options: { dir?: string; retention?: Retention } = {}): Promise<SqliteSubject> {
  const { dir, retention } = options
  const home = dir ?? mkdtempSync(join(tmpdir(), 'kubelite-store-'))
  const path = join(home, 'state.db')
  const clock = new FakeClock()
  const make = (): SqliteStore<Doc> =>
    new SqliteStore({ path, codec: docCodec, clock, log: silentLogger, ...(retention ? { retention } : {}) })
  const open = async (): Promise<SqliteStore<Doc>> => {
    const store = make()
    await store.start()
    newest = store
    return store
  }
  let newest: SqliteStore<Doc>
  const store = await open()
  const reopen = async (): Promise<SqliteStore<Doc>> => {
    await newest.close()
    return open()
  }
  const dispose = (): void => void (dir ?? rmSync(home, { recursive: true }))
  return { store, clock, path, make, open, reopen, dispose }
}

/** Does something to a database behind the store's back. */
export function tamper(path: string, sql: string): void {
  // The store may be at work on its log; on a slow disk that takes its time.
  const db = new Sqlite(path, { timeout: 60_000 })
  try {
    db.exec(sql)
  } finally {
    db.close()
  }
}
