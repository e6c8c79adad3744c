import type { Open } from './sqlite-open.ts'

/** Revisions reserved at once: each reservation is one sync of a small file. */
export const RESERVE = 10_000
/** How far to jump where nothing says how far a lost history went. */
export const JUMP = 1_000_000

/** How long to wait for a process that is just ending. */
const LOCK_WAIT_MS = 200

/** What the ceiling file says. */
export interface CeilingState {
  /** No revision above this one has ever been given out. */
  readonly ceiling: number
  /** The store was closed in order, so `ceiling` is exactly the newest revision. */
  readonly clean: boolean
}

/**
 * The highest revision that may be in use, kept outside the database: a damaged, deleted or restored database forgets
 * its newest revisions, and clients must not meet them again with another meaning. The file is held locked, which also
 * keeps a second process from the database.
 */
export class Ceiling {
  readonly #db: ReturnType<Open>
  readonly found: CeilingState | undefined
  #ceiling = 0

  constructor(path: string, open: Open) {
    this.#db = open(path)
    try {
      this.#db.pragma(`busy_timeout = ${LOCK_WAIT_MS}`)
      this.#db.pragma('locking_mode = EXCLUSIVE')
      this.#db.pragma('synchronous = EXTRA')
      this.#db.exec(
        'BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS ceiling (ceiling INTEGER NOT NULL, clean INTEGER NOT NULL); COMMIT',
      )
      const row = this.#db.prepare('SELECT ceiling, clean FROM ceiling').get() as
        | { ceiling: number; clean: number }
        | undefined
      this.found = row && { ceiling: row.ceiling, clean: row.clean === 1 }
    } catch (error) {
      this.#db.close()
      const { code, message } = error as { code?: string; message: string }
      if (code?.startsWith('SQLITE_BUSY'))
        throw new Error(`${path} is held by another process: is kubelite running already?`)
      throw new Error(
        `${path} cannot be read (${message}): if it is damaged, remove it; the store then skips ${JUMP} revisions`,
      )
    }
  }

  /** Makes sure that revisions up to `revision` are reserved before one of them is used. */
  reserve(revision: number): void {
    if (revision > this.#ceiling) this.#write(revision + RESERVE, false)
  }

  /** Notes an orderly stop at `revision`. */
  finish(revision: number): void {
    this.#write(revision, true)
  }

  close(): void {
    this.#db.close()
  }

  #write(ceiling: number, clean: boolean): void {
    this.#db.transaction(() => {
      this.#db.exec('DELETE FROM ceiling')
      this.#db.prepare('INSERT INTO ceiling VALUES (?, ?)').run(ceiling, clean ? 1 : 0)
    })()
    this.#ceiling = ceiling
  }
}

/** Where revisions go on: the last one that counts as used, and why it is not the database's newest where that is odd. */
export function planStart(
  newest: number,
  fresh: boolean,
  found: CeilingState | undefined,
): { used: number; warning?: string } {
  if (!found) {
    if (fresh) return { used: newest }
    return {
      used: newest + JUMP,
      warning: `The ceiling file is missing: ${JUMP} revisions are skipped in case they were used`,
    }
  }
  if (newest > found.ceiling) {
    return {
      used: newest + JUMP,
      warning: `The ceiling file is older than the database: ${JUMP} revisions are skipped`,
    }
  }
  if (newest === found.ceiling) return { used: newest }
  if (!found.clean && !fresh) return { used: found.ceiling }
  return {
    used: found.ceiling,
    warning: `The database ends at revision ${newest}, before ${found.ceiling}: it was restored or replaced`,
  }
}
