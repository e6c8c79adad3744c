import { crc32 } from 'node:zlib'
import type { Statement } from './sqlite-open.ts'
import type { StatementName } from './sqlite-schema.ts'
import type { Gap } from './timeline.ts'

type Sql = (name: StatementName) => Statement

/** Log rows whose values are compared at once. */
const PAGE = 200

/**
 * Whether the two tables can have come from the same writes: revisions dense but for known gaps, each change following
 * the one before of its key, live rows equal to what the log says. Returns faults as sentences, at most about 30.
 * `values` also compares the stored values of the log with their checksums (those of live rows are compared on load).
 */
export function checkStore(sql: Sql, at: { compacted: number; newest: number }, options = { values: false }): string[] {
  return [
    ...checkDense(sql),
    ...checkNewest(sql),
    ...checkLive(sql, at),
    ...checkChain(sql, at.compacted),
    ...(options.values ? [...checkReplaced(sql), ...checkLiveValues(sql)] : []),
  ]
}

function checkDense(sql: Sql): string[] {
  const { first, newest, count } = sql('Extent').get() as { first: number; newest: number; count: number }
  let missing = newest - first + 1 - count
  for (const gap of sql('Gaps').all() as Gap[]) {
    if (gap.to > first) missing -= gap.to - Math.max(gap.from, first - 1) - 1
  }
  return missing === 0 ? [] : [`${missing} of the revisions ${first} to ${newest} are missing in the log`]
}

function checkNewest(sql: Sql): string[] {
  type Row = { key: string; revision: number; kind: number; liveModified: number | null }
  return (sql('CheckNewest').all() as Row[]).map(row => {
    const live = row.liveModified === null ? 'absent' : `at revision ${row.liveModified}`
    return `${row.key} is ${live}, but not as its newest change ${row.revision} left it`
  })
}

function checkLive(sql: Sql, at: { compacted: number; newest: number }): string[] {
  const rows = sql('CheckLive').all(at) as { key: string; modified: number }[]
  return rows.map(row => `${row.key} is at revision ${row.modified}, which the log does not have`)
}

function checkChain(sql: Sql, compacted: number): string[] {
  const rows = sql('CheckChain').all({ compacted }) as { revision: number; key: string; previous: number | null }[]
  return rows.map(
    row => `Change ${row.revision} of ${row.key} does not follow the change before (${row.previous ?? 'none'})`,
  )
}

function checkReplaced(sql: Sql): string[] {
  const faults: string[] = []
  let after = 0
  for (;;) {
    type Row = { revision: number; key: string; sum: number; replaced: Buffer }
    const rows = sql('CheckReplaced').all(after, PAGE) as Row[]
    for (const { revision, key, sum, replaced } of rows) {
      if (crc32(replaced) !== sum) faults.push(`The value of ${key} before revision ${revision} is damaged`)
    }
    const last = rows[rows.length - 1]
    if (!last || faults.length >= 10) return faults
    after = last.revision
  }
}

function checkLiveValues(sql: Sql): string[] {
  const faults: string[] = []
  let after = 0
  for (;;) {
    const rows = sql('LoadPage').raw().all(after, PAGE) as [number, string, number, number, number, Buffer][]
    for (const [, key, , , sum, value] of rows) if (crc32(value) !== sum) faults.push(`The value of ${key} is damaged`)
    const last = rows[rows.length - 1]
    if (!last || faults.length >= 10) return faults
    after = last[0]
  }
}
