/** "kube": marks a file as ours. */
export const APPLICATION_ID = 0x6b756265
/** Raised when the tables change; a file with a higher number was written by a newer kubelite. */
export const SCHEMA_VERSION = 1

/** Values of `log.kind`. A gap stands for revisions that were never given out: those between `previous` and its own. */
export const KIND = { create: 0, update: 1, delete: 2, gap: 3 } as const

/**
 * Two tables. `live` has each key's present value. `log` has, for each revision, what the change replaced, so that a
 * create stores its value once. A change's own value is the next change's `replaced`, or the live one.
 * `log_key` has all that the check at start needs, which so never reads the values of a long log. `sum` is the CRC-32 of the value after the change (for a removal, of the last state). Blobs come last, so that
 * scans of the other columns do not read them.
 */
export const SCHEMA = `
CREATE TABLE live (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  value BLOB NOT NULL
) STRICT;
CREATE TABLE log (
  revision INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  time INTEGER NOT NULL,
  created INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  previous INTEGER,
  replaced BLOB,
  last BLOB
) STRICT;
CREATE INDEX log_key ON log (key, revision, kind, previous, sum);
CREATE INDEX log_gap ON log (revision) WHERE kind = ${KIND.gap};
`

/** Every statement by name: the name goes into error messages. `:high` is the end of a prefix's keys. */
export const SQL = {
  Begin: 'BEGIN IMMEDIATE',
  Commit: 'COMMIT',
  Rollback: 'ROLLBACK',

  InsertLive: 'INSERT INTO live (key, created, modified, sum, value) VALUES (:key, :revision, :revision, :sum, :value)',
  UpdateLive: 'UPDATE live SET modified = :revision, sum = :sum, value = :value WHERE key = :key',
  DeleteLive: 'DELETE FROM live WHERE key = :key',
  LogCreate: `INSERT INTO log (revision, kind, key, time, created, sum) VALUES (:revision, ${KIND.create}, :key, :time, :revision, :sum)`,
  /** Changes no row where the key is not at `:previous`. */
  LogChange: `INSERT INTO log (revision, kind, key, time, created, sum, previous, replaced, last)
    SELECT :revision, :kind, key, :time, created, coalesce(:sum, sum), modified, value, :last
    FROM live WHERE key = :key AND modified = :previous`,
  LogGap: `INSERT INTO log (revision, kind, key, time, created, sum, previous) VALUES (:revision, ${KIND.gap}, '', :time, :revision, 0, :from)`,

  Extent: 'SELECT min(revision) AS first, max(revision) AS newest, count(*) AS count FROM log',
  KindOf: 'SELECT kind FROM log WHERE revision = ?',
  Gaps: `SELECT previous AS "from", revision AS "to" FROM log WHERE kind = ${KIND.gap} ORDER BY revision`,
  LoadPage: 'SELECT id, key, created, modified, sum, value FROM live WHERE id > ? ORDER BY id LIMIT ?',

  /** For each key that changed after a revision: what it was then. `previous` is null where the key was absent. */
  Undo: `SELECT key, created, previous, replaced FROM log WHERE revision IN (
      SELECT min(revision) FROM log
      WHERE revision > :revision AND kind <> ${KIND.gap} AND key >= :low AND key < :high GROUP BY key)`,
  /** Changes with the value after each; `own` is null for a removal that shows the value before. */
  Page: `SELECT revision, kind, key, previous, replaced,
      CASE WHEN kind = ${KIND.delete} THEN last ELSE coalesce(
        (SELECT replaced FROM log AS next WHERE next.key = log.key AND next.revision > log.revision ORDER BY next.revision LIMIT 1),
        (SELECT value FROM live WHERE live.key = log.key)) END AS own
    FROM log
    WHERE revision > :after AND revision <= :upTo AND kind <> ${KIND.gap} AND key >= :low AND key < :high
    ORDER BY revision`,

  Oldest: 'SELECT revision, time FROM log WHERE revision <= ? ORDER BY revision LIMIT ?',
  Trim: 'DELETE FROM log WHERE revision <= ?',

  /** The newest change of each key against its live row. */
  CheckNewest: `SELECT log.key AS key, log.revision AS revision, log.kind AS kind,
      live.modified AS liveModified
    FROM (SELECT key, max(revision) AS revision, kind, sum FROM log WHERE kind <> ${KIND.gap} GROUP BY key) AS log
    LEFT JOIN live ON live.key = log.key
    WHERE CASE WHEN log.kind = ${KIND.delete} THEN live.key IS NOT NULL
      ELSE live.key IS NULL OR live.modified <> log.revision OR live.sum <> log.sum END
    LIMIT 10`,
  /** Live rows that a change within the log should have made, and did not. */
  CheckLive: `SELECT key, modified FROM live
    WHERE (modified > :compacted AND NOT EXISTS (SELECT 1 FROM log INDEXED BY log_key WHERE log.key = live.key AND log.revision = live.modified))
      OR created > modified OR modified > :newest
    LIMIT 10`,
  /** Changes that do not follow the change of their key that comes before in the log. */
  CheckChain: `SELECT revision, key, previous, before FROM (
      SELECT revision, kind, key, previous, lag(CASE WHEN kind = ${KIND.delete} THEN -1 ELSE revision END)
        OVER (PARTITION BY key ORDER BY revision) AS before
      FROM log WHERE kind <> ${KIND.gap})
    WHERE (before IS NOT NULL AND before <> coalesce(previous, -1)) OR (previous IS NULL) <> (kind = ${KIND.create})
      OR (before IS NULL AND previous > :compacted)
    LIMIT 10`,
  CheckReplaced: `SELECT log.revision AS revision, log.key AS key, before.sum AS sum, log.replaced AS replaced
    FROM log JOIN log AS before ON before.revision = log.previous
    WHERE log.kind IN (${KIND.update}, ${KIND.delete}) AND log.revision > ? ORDER BY log.revision LIMIT ?`,
} as const

export type StatementName = keyof typeof SQL

/** The range of keys that start with `prefix`. */
export function keyRange(prefix: string): { low: string; high: string } {
  return { low: prefix, high: `${prefix}\u{10FFFF}` }
}
