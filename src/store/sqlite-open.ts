import Sqlite from 'better-sqlite3'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './sqlite-schema.ts'

export type Connection = Sqlite.Database
export type Statement = Sqlite.Statement<unknown[]>
/** Opens a database file. */
export type Open = (path: string) => Connection

/** Larger than SQLite's 4096, so that a usual object of some KB does not need a chain of overflow pages. */
const PAGE_SIZE = 8192
/** Up to this much the -wal file keeps its space after a checkpoint. */
const WAL_KEPT_BYTES = 16 * 2 ** 20
/** Our own checkpoints come earlier (sqlite-database.ts); this one bounds the WAL should they be wrong about its size. */
const AUTO_CHECKPOINT_PAGES = 4000
const CACHE_KIB = 4 * 1024
const BUSY_MS = 2000

/** Loads better-sqlite3 with its library from the file `native`: the lookup of its own does not work in a bundle. */
export function opener(native: string): Open {
  const library = { exports: {} }
  process.dlopen(library, native)
  // The types know only a path, the library also takes the loaded addon.
  return path => new Sqlite(path, { nativeBinding: library.exports as string, timeout: BUSY_MS })
}

/** Opens the store's file, making its tables where it is new. Throws a text that says what to do. */
export function openStoreFile(path: string, open: Open): { db: Connection; fresh: boolean } {
  let db: Connection | undefined
  try {
    db = open(path)
    checkVersion(db.prepare('SELECT sqlite_version()').pluck().get() as string)
    const fresh = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
    if (fresh) createTables(db)
    else checkOwner(db, path)
    configure(db)
    return { db, fresh }
  } catch (error) {
    db?.close()
    const { code, message } = error as { code?: string; message: string }
    if (code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB') {
      throw new Error(
        `${path} is damaged (${message}): restore a backup, or remove it with its -wal file to start anew`,
      )
    }
    throw error
  }
}

function createTables(db: Connection): void {
  // Both only work before the first table.
  db.pragma(`page_size = ${PAGE_SIZE}`)
  db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.transaction(() => {
    db.exec(SCHEMA)
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.pragma(`user_version = ${SCHEMA_VERSION}`)
    // Revision 1 stands for the empty store: clients give 0 a meaning of its own.
    db.exec(`INSERT INTO log (revision, kind, key, time, created, sum, previous) VALUES (1, 3, '', 0, 1, 0, 0)`)
  })()
}

function checkOwner(db: Connection, path: string): void {
  const id = db.pragma('application_id', { simple: true })
  if (id !== APPLICATION_ID) throw new Error(`${path} is not a kubelite database: move it away`)
  const version = db.pragma('user_version', { simple: true }) as number
  if (version > SCHEMA_VERSION)
    throw new Error(`${path} was written by a newer kubelite (format ${version}): use that one`)
}

function configure(db: Connection): void {
  const mode = db.pragma('journal_mode = WAL', { simple: true })
  if (mode !== 'wal')
    throw new Error(`The file system of the database cannot do write-ahead logging (journal mode ${mode})`)
  db.pragma('synchronous = FULL')
  db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`)
  db.pragma(`wal_autocheckpoint = ${AUTO_CHECKPOINT_PAGES}`)
  db.pragma(`cache_size = -${CACHE_KIB}`)
  db.pragma('temp_store = MEMORY')
}

/**
 * Refuses the SQLite versions that can corrupt a WAL database when it is reset during a checkpoint
 * (https://www.sqlite.org/wal.html#walresetbug): all before 3.51.3.
 */
export function checkVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const number = major * 1e6 + minor * 1e3 + patch
  if (!(number >= 3_051_003)) {
    throw new Error(`SQLite ${version} can damage databases (WAL-reset bug): kubelite needs 3.51.3 or newer`)
  }
}
