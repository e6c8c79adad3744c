import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../../src/base/log.ts'
import { SqliteStore } from '../../../src/store/sqlite.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { type Doc, docCodec, type Subject } from './contract.ts'

export interface SqliteSubject extends Subject {
  readonly store: SqliteStore<Doc>
  readonly path: string
  readonly reopen: () => Promise<SqliteStore<Doc>>
  readonly dispose: () => void
}

/** A SQLite store in a directory of its own (or in `dir`, which stays). */
export async function openSubject(dir?: string): Promise<SqliteSubject> {
  const home = dir ?? mkdtempSync(join(tmpdir(), 'kubelite-store-'))
  const path = join(home, 'state.db')
  const clock = new FakeClock()
  const open = async (): Promise<SqliteStore<Doc>> => {
    const store = new SqliteStore({ path, codec: docCodec, clock, log: silentLogger })
    await store.start()
    return store
  }
  const store = await open()
  const dispose = (): void => void (dir ?? rmSync(home, { recursive: true }))
  const reopen = async (): Promise<SqliteStore<Doc>> => {
    await store.close()
    return open()
  }
  return { store, clock, path, reopen, dispose }
}
