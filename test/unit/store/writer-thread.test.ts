import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assetFile } from '../../../src/base/assets.ts'
import { DEFAULT_RETENTION } from '../../../src/store/retention.ts'
import { StoreError } from '../../../src/store/store.ts'
import { WriterThread } from '../../../src/store/writer-thread.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubelite-store-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const start = (native = assetFile('better_sqlite3.node', dir)): WriterThread =>
  new WriterThread({ path: join(dir, 'state.db'), native, retention: DEFAULT_RETENTION, now: 0 })

test('a thread that ends fails what it was asked and what it is asked afterwards', async () => {
  const thread = start()
  // Asked while it ends: before, it might still answer.
  const ended = thread.terminate()
  const asked = thread.ask('open', {})
  await expect(asked).rejects.toThrow(new StoreError('The thread that writes the database has ended'))
  await ended
  await expect(thread.ask('open', {})).rejects.toThrow(StoreError)
  expect(thread.fault).toBeInstanceOf(StoreError)
})

test('an operation that fails does not end the thread', async () => {
  const thread = start()
  const missing = { path: join(dir, 'missing', 'backup.db') }
  await thread.ask('open', {})
  await expect(thread.ask('backup', missing)).rejects.toThrow(StoreError)
  await expect(
    thread.ask('commit', { first: 99, now: 0, rows: [], packed: { sizes: [], bytes: new ArrayBuffer(0) } }),
  ).rejects.toThrow('Revision 99 does not follow 1')
  expect(await thread.ask('check', { keys: [], modified: [], revision: 1 })).toEqual([])
  await thread.terminate()
})

test('a library that cannot be loaded is named', async () => {
  const thread = start(join(dir, 'missing.node'))
  await expect(thread.ask('open', {})).rejects.toThrow(/missing\.node/)
  await thread.terminate()
})
