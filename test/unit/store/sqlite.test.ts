import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { JUMP } from '../../../src/store/sqlite-ceiling.ts'
import { CompactedError, type Store, StoreError } from '../../../src/store/store.ts'
import { until } from '../../support/until.ts'
import { WriterThread } from '../../../src/store/writer-thread.ts'
import { type Doc, put, remove, Seen, storeContract } from './contract.ts'
import { openSubject, type SqliteSubject, tamper } from './sqlite-subject.ts'

storeContract('The SQLite store', () => openSubject())

describe('The SQLite store', () => {
  let subject: SqliteSubject
  /** Stores that the test opened: all are closed, and the last one is checked. */
  let opened: Store<Doc>[]
  beforeEach(async () => {
    subject = await openSubject()
    opened = [subject.store]
  })
  afterEach(async () => {
    const last = opened.at(-1)
    const faults = last ? await last.check() : []
    for (const store of opened) await store.close()
    subject.dispose()
    expect(faults).toEqual([])
  })
  const reopen = async (): Promise<Store<Doc>> => {
    const store = await subject.reopen()
    opened.push(store)
    return store
  }
  /** Closes the store; the test says what comes of the files. */
  const closeAll = async (): Promise<void> => {
    for (const store of opened.splice(0)) await store.close()
  }

  test('a watch resumes across a restart from its revision', async () => {
    const { store } = subject
    const { revision } = await store.append(put('a', '1'))
    await store.append(put('a', '2'))
    await store.append(put('b', '1'))
    const again = await reopen()
    const seen = new Seen()
    using _ = again.watch('', { after: revision, onChanges: seen.onChanges })
    await again.append(put('c', '1'))
    await until('three changes', () => seen.changes.length === 3)
    expect(seen.sentences).toEqual(['update a 1→2', 'create b 1', 'create c 1'])
  })

  test('after an orderly stop revisions go on without a gap', async () => {
    const { revision } = await subject.store.append(put('a', '1'))
    const again = await reopen()
    expect(again.revision).toBe(revision)
    expect((await again.append(put('a', '2'))).revision).toBe(revision + 1)
  })

  test('what was compacted stays compacted after a restart', async () => {
    const { store } = subject
    const first = store.revision
    for (let i = 0; i < 10; i++) await store.append(put('a', `${i}`))
    await store.compact(first + 5)
    const again = await reopen()
    expect(again.compacted).toBe(first + 5)
    expect(() => again.watch('', { after: first + 4, onChanges: () => {} })).toThrow(CompactedError)
  })

  test('a watch whose history is compacted while it reads is told so, unless it was faster', async () => {
    const { store } = subject
    const after = store.revision
    for (let i = 0; i < 4; i++) {
      await Promise.all(Array.from({ length: 600 }, (_, j) => store.append(put(`k${j}`, `${i}`))))
    }
    const seen = new Seen()
    using _ = store.watch('', { after, ...seen })
    await until('the first page', () => seen.changes.length > 0)
    await store.compact(store.revision)
    await until('the end', () => seen.closed.length > 0 || seen.changes.length === 2400)
    for (const reason of seen.closed) expect(reason).toBeInstanceOf(CompactedError)
    expect(seen.changes.map(c => c.revision)).toEqual(seen.changes.map((_, i) => after + 1 + i))
  })

  test('a restored older database starts above all revisions that the lost one gave out', async () => {
    const { store, path } = subject
    const { revision: kept } = await store.append(put('a', '1'))
    await store.backup(`${path}.backup`)
    const { revision: lost } = await store.append(put('a', 'lost'))
    await closeAll()
    copyFileSync(`${path}.backup`, path)
    const again = await subject.open()
    opened.push(again)
    expect((await again.get('a'))?.value.text).toBe('1')
    expect((await again.append(put('a', '2'))).revision).toBeGreaterThan(lost)
    expect(() => again.watch('', { after: lost - 1, onChanges: () => {} })).not.toThrow()
    const seen = new Seen()
    using _ = again.watch('', { after: kept, onChanges: seen.onChanges })
    await until('the change', () => seen.changes.length === 1)
    expect(seen.sentences).toEqual(['update a 1→2'])
  })

  test('a revision seen in a lost history cannot be resumed: its holder must read anew', async () => {
    const { store, path } = subject
    await store.append(put('a', '1'))
    await store.backup(`${path}.backup`)
    for (let i = 0; i < 5; i++) await store.append(put('a', 'lost'))
    const lost = store.revision - 2
    await closeAll()
    copyFileSync(`${path}.backup`, path)
    const again = await subject.open()
    opened.push(again)
    expect(() => again.watch('', { after: lost, onChanges: () => {} })).toThrow(CompactedError)
    await expect(again.list('', { revision: lost })).rejects.toThrow(CompactedError)
    await (await reopen()).append(put('b', '1'))
  })

  test('a removed database starts above the revisions of the old one', async () => {
    for (let i = 0; i < 5; i++) await subject.store.append(put('a', `${i}`))
    const { revision } = subject.store
    await closeAll()
    rmSync(subject.path)
    const again = await subject.open()
    opened.push(again)
    expect(await again.list('')).toMatchObject({ entries: [] })
    expect((await again.append(put('a', '1'))).revision).toBe(revision + 1)
  })

  test('a database without its ceiling file skips many revisions', async () => {
    const { revision } = await subject.store.append(put('a', '1'))
    await closeAll()
    rmSync(`${subject.path}-ceiling`)
    const again = await subject.open()
    opened.push(again)
    expect(again.revision).toBe(revision + JUMP)
  })

  test('a watch resumes across revisions that were skipped', async () => {
    const { revision } = await subject.store.append(put('a', '1'))
    await closeAll()
    rmSync(`${subject.path}-ceiling`)
    const again = await subject.open()
    opened.push(again)
    const seen = new Seen()
    using _ = again.watch('', { after: revision - 1, onChanges: seen.onChanges })
    await again.append(put('a', '2'))
    await until('two changes', () => seen.changes.length === 2)
    expect(seen.sentences).toEqual(['create a 1', 'update a 1→2'])
    expect((await again.list('', { revision })).entries[0]?.value.text).toBe('1')
  })

  test('a second store on the same file is refused', async () => {
    await expect(subject.open()).rejects.toThrow(/held by another process: is kubelite running already/)
  })

  test('closed while it starts, a store leaves no thread that holds the file', async () => {
    await closeAll()
    const store = subject.make()
    const started = store.start()
    await store.close()
    await started
    await expect(store.append(put('a', '1'))).rejects.toThrow(/is closed/)
    opened.push(await subject.open())
  })

  test('a backup that was cut short is in nobody’s way', async () => {
    const { store, path } = subject
    await store.append(put('a', '1'))
    writeFileSync(path.replace('state.db', '.copy.db.partial'), 'half a database')
    await store.backup(path.replace('state.db', 'copy.db'))
    await closeAll()
    copyFileSync(path.replace('state.db', 'copy.db'), path)
    const again = await subject.open()
    opened.push(again)
    expect((await again.get('a'))?.value.text).toBe('1')
  })

  test('a backup is complete and consistent while writes go on', async () => {
    const { store, path } = subject
    const fill = 'x'.repeat(10_000)
    await Promise.all(Array.from({ length: 1000 }, (_, i) => store.append(put(`k${i}`, fill))))
    let busy = true
    const writing = (async () => {
      for (let i = 0; busy; i++) await store.append(put(`k${i % 1000}`, `${i}`))
    })()
    await store.backup(`${path}.backup`)
    busy = false
    await writing
    await expect(store.backup(`${path}.backup`)).rejects.toThrow(/exists already/)
    await closeAll()
    copyFileSync(`${path}.backup`, path)
    const again = await subject.open()
    opened.push(again)
    expect((await again.list('k')).entries).toHaveLength(1000)
  })

  test('the file shrinks after compaction', async () => {
    const { store, path } = subject
    const fill = 'x'.repeat(10_000)
    const keys = Array.from({ length: 2000 }, (_, i) => `k${i}`)
    await Promise.all(keys.map(key => store.append(put(key, fill))))
    await Promise.all(keys.map(key => store.append(remove(key))))
    await store.compact(store.revision)
    expect(statSync(path).size).toBeLessThan(3e6)
    expect(statSync(`${path}-wal`).size).toBe(0)
  })

  test('the file shrinks by itself when history gets old', async () => {
    const { store, path, clock } = subject
    const fill = 'x'.repeat(10_000)
    const keys = Array.from({ length: 2000 }, (_, i) => `k${i}`)
    await Promise.all(keys.map(key => store.append(put(key, fill))))
    await Promise.all(keys.map(key => store.append(remove(key))))
    await clock.advance(6 * 60_000)
    expect(statSync(path).size).toBeGreaterThan(20e6)
    const { revision } = await store.append(put('a', '1'))
    // A thousand revisions stay, each with the 10 KB that it removed.
    await until('a small file', () => store.compacted === revision - 1000 && statSync(path).size < 14e6)
  })

  test('the write-ahead log stays small under load', async () => {
    const fill = 'x'.repeat(10_000)
    for (let i = 0; i < 100; i++) {
      await Promise.all(Array.from({ length: 64 }, (_, j) => subject.store.append(put(`k${j}`, fill))))
    }
    expect(statSync(`${subject.path}-wal`).size).toBeLessThan(20e6)
  })

  test('large writes that arrive together are spread over several transactions', async () => {
    const { store } = subject
    const sizes: number[] = []
    using _ = store.watch('', { after: store.revision, onChanges: changes => void sizes.push(changes.length) })
    const big = 'x'.repeat(3 * 2 ** 20)
    const changes = await Promise.all(Array.from({ length: 7 }, (_, i) => store.append(put(`k${i}`, big))))
    expect(sizes).toEqual([3, 3, 1])
    expect(changes.map(c => c.key)).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6'])
  })

  test('a write that the database refuses fails with its batch, leaves no trace, and the store goes on', async () => {
    const { store, path } = subject
    const seen = new Seen()
    using _ = store.watch('', { after: store.revision, onChanges: seen.onChanges })
    const { revision } = await store.append(put('a', '1'))
    tamper(
      path,
      `CREATE TRIGGER fault BEFORE INSERT ON live WHEN NEW.key = 'bad' BEGIN SELECT RAISE(ABORT, 'disk fault'); END`,
    )
    const batch = [put('a', '2', revision), put('bad', '1'), put('a', '3', revision), put('a', 'x', 'absent')]
    const results = await Promise.allSettled(batch.map(write => store.append(write)))
    const reasons = results.map(r => (r.status === 'rejected' ? r.reason : undefined) as Error)
    expect(reasons.map(r => r.name)).toEqual(Array(4).fill('StoreError'))
    expect(reasons[0]?.message).toMatch(/^The store cannot write: disk fault/)
    expect(store.revision).toBe(revision)
    expect((await store.get('a'))?.value.text).toBe('1')
    tamper(path, 'DROP TRIGGER fault')
    const next = await store.append(put('bad', '2'))
    expect(next.revision).toBe(revision + 1)
    expect(seen.sentences).toEqual(['create a 1', 'create bad 2'])
  })

  test('a guard refused by what is durable stays refused when its batch fails', async () => {
    const { store, path } = subject
    await store.append(put('a', '1'))
    tamper(path, `CREATE TRIGGER fault BEFORE INSERT ON live BEGIN SELECT RAISE(ABORT, 'disk fault'); END`)
    const results = await Promise.allSettled([store.append(put('a', 'x', 'absent')), store.append(put('b', '1'))])
    expect(results.map(r => (r as PromiseRejectedResult).reason.name)).toEqual(['GuardError', 'StoreError'])
    tamper(path, 'DROP TRIGGER fault')
  })

  test('a database that something else changed is not overwritten', async () => {
    const { store, path } = subject
    const { revision } = await store.append(put('a', '1'))
    tamper(path, `UPDATE live SET modified = modified + 1`)
    await expect(store.append(put('a', '2'))).rejects.toThrow(/does not have a at revision/)
    expect((await store.check()).length).toBeGreaterThan(0)
    tamper(path, `UPDATE live SET modified = ${revision}`)
  })

  const damages: { name: string; sql: string; text: RegExp }[] = [
    {
      name: 'a live row is gone',
      sql: `DELETE FROM live WHERE key = 'a'`,
      text: /a is absent, but not as its newest change/,
    },
    {
      name: 'a removed key is back',
      sql: `INSERT INTO live VALUES (99, 'gone', 2, 2, 0, x'00')`,
      text: /gone is at revision 2, but/,
    },
    {
      name: 'a live value was changed',
      sql: `UPDATE live SET value = x'00' WHERE key = 'a'`,
      text: /The value of a .* is damaged/,
    },
    {
      name: 'a change is missing',
      sql: 'DELETE FROM log WHERE revision = 3',
      text: /1 of the revisions 1 to \d+ are missing/,
    },
    {
      name: 'the newest changes are lost',
      sql: 'DELETE FROM log WHERE revision > 4',
      text: /which the log does not have/,
    },
    { name: 'the log is lost', sql: 'DELETE FROM log', text: /has lost its log/ },
    {
      name: 'a change follows nothing',
      sql: `UPDATE log SET previous = 3 WHERE revision = 4`,
      text: /Change 4 of a does not follow/,
    },
    { name: 'the file is of another program', sql: 'PRAGMA application_id = 7', text: /is not a kubelite database/ },
    { name: 'the file is of a newer kubelite', sql: 'PRAGMA user_version = 99', text: /written by a newer kubelite/ },
  ]
  for (const { name, sql, text } of damages) {
    test(`refuses to start with a clear text when ${name}`, async () => {
      const { store, path } = subject
      // Revisions 2 to 6.
      for (const write of [put('a', '1'), put('gone', '1'), put('a', '2'), remove('gone'), put('b', '1')]) {
        await store.append(write)
      }
      await closeAll()
      tamper(path, sql)
      await expect(subject.open()).rejects.toThrow(text)
    })
  }

  test('refuses to start with a clear text when the file is garbage, and leaves it alone', async () => {
    await closeAll()
    writeFileSync(subject.path, 'garbage'.repeat(1000))
    await expect(subject.open()).rejects.toThrow(/is damaged .*: restore a backup/)
    expect(readFileSync(subject.path, 'utf8')).toBe('garbage'.repeat(1000))
  })

  test('refuses to start with a clear text when the ceiling file is garbage', async () => {
    await closeAll()
    writeFileSync(`${subject.path}-ceiling`, 'garbage'.repeat(1000))
    await expect(subject.open()).rejects.toThrow(/-ceiling cannot be read .* remove it/)
  })

  test('a full check finds a damaged value in the history', async () => {
    const { store, path } = subject
    await store.append(put('a', '1'))
    await store.append(put('a', '2'))
    tamper(path, `UPDATE log SET replaced = x'00' WHERE kind = 1`)
    expect(await store.check()).toEqual(['The value of a before revision 3 is damaged'])
    await store.compact(store.revision - 1)
    tamper(path, 'DELETE FROM log WHERE replaced IS NOT NULL; UPDATE live SET modified = modified')
    await closeAll()
  })

  test('a store whose thread has ended says so, and one that is closed does not', async () => {
    const { store } = subject
    expect(store.fault).toBeUndefined()
    const ended = jest.spyOn(WriterThread.prototype, 'fault', 'get').mockReturnValue(new StoreError('ended'))
    expect(store.fault).toEqual(new StoreError('ended'))
    ended.mockRestore()
    await closeAll()
    expect(store.fault).toBeUndefined()
  })

  test('a store in a directory that is not there says so', async () => {
    await closeAll()
    subject.dispose()
    await expect(subject.open()).rejects.toThrow(StoreError)
    expect(existsSync(subject.path)).toBe(false)
    subject = await openSubject()
    opened = [subject.store]
  })
})
