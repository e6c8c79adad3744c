// Measures the SQLite store: node_modules/.bin/node test/bench/store.ts [directory for the database]
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { SystemClock } from '../../src/base/clock.ts'
import { createLogger } from '../../src/base/log.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'

const OBJECTS = 20_000
const BODY = 'x'.repeat(4000)

interface Doc {
  readonly json: Buffer
}

const codec = {
  encode: (doc: Doc): Buffer => doc.json,
  decode: (bytes: Uint8Array): Doc => ({ json: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }),
}
const doc = (revision: number): Doc => ({ json: Buffer.from(JSON.stringify({ metadata: { revision }, body: BODY })) })

const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'kubelite-bench-'))
const path = join(dir, 'state.db')
const log = createLogger({ format: 'text', debug: false })
// Short retention, so that compaction has something to do without five minutes of waiting.
const open = (file = path): SqliteStore<Doc> =>
  new SqliteStore({
    path: file,
    codec,
    clock: new SystemClock(),
    log,
    retention: { minAgeMs: 100, minRevisions: 1000 },
  })

const row = (what: string, value: string, budget = ''): void =>
  void process.stdout.write(`${what.padEnd(48)}${value.padStart(16)}  ${budget}\n`)
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
const fileSizes = (): string => `${mib(statSync(path).size)} + wal ${mib(statSync(`${path}-wal`).size)}`

/** Runs `count` writes by `clients` that each wait for their write; returns writes a second. */
async function run(clients: number, count: number, write: (i: number) => Promise<unknown>): Promise<number> {
  const start = performance.now()
  let next = 0
  const client = async (): Promise<void> => {
    while (next < count) await write(next++)
  }
  await Promise.all(Array.from({ length: clients }, client))
  return (count / (performance.now() - start)) * 1000
}

async function main(): Promise<void> {
  let store = open()
  let start = performance.now()
  await store.start()
  row('open an empty store', `${(performance.now() - start).toFixed(0)} ms`)
  const create = (i: number): Promise<unknown> =>
    store.append({ key: `/pods/default/p${i}`, guard: 'absent', value: doc })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  row('durable creates of 4 KB, 64 clients', `${(await run(64, OBJECTS, create)).toFixed(0)}/s`, 'budget 3,000/s')
  row('event loop delay meanwhile, p99', `${(delay.percentile(99) / 1e6).toFixed(1)} ms`)
  row('durable creates of 4 KB, 1 client', `${(await run(1, 500, i => create(OBJECTS + i))).toFixed(0)}/s`)
  const update = (i: number): Promise<unknown> =>
    store.append({ key: `/pods/default/p${i % OBJECTS}`, guard: 'any', value: doc })
  row('durable updates of 4 KB, 64 clients', `${(await run(64, OBJECTS, update)).toFixed(0)}/s`)
  row('file', fileSizes())
  // What kill -9 would leave now.
  mkdirSync(join(dir, 'killed'))
  for (const end of ['', '-wal', '-ceiling']) copyFileSync(`${path}${end}`, join(dir, 'killed', `state.db${end}`))
  await store.close()

  start = performance.now()
  const killed = open(join(dir, 'killed', 'state.db'))
  await killed.start()
  row('open 20,500 objects of 4 KB after kill -9', `${(performance.now() - start).toFixed(0)} ms`, 'budget 3 s in all')
  await killed.close()

  start = performance.now()
  store = open()
  await store.start()
  row('open them after an orderly stop', `${(performance.now() - start).toFixed(0)} ms`)
  let seen = 0
  const from = store.compacted
  start = performance.now()
  delay.reset()
  await new Promise<void>(resolve => {
    store.watch('', { after: from, onChanges: c => void ((seen += c.length) >= store.revision - from && resolve()) })
  })
  row(`replay ${seen} changes to a watcher`, `${(performance.now() - start).toFixed(0)} ms`)
  row('event loop delay meanwhile, max', `${(delay.max / 1e6).toFixed(1)} ms`)
  start = performance.now()
  await store.backup(join(dir, 'backup.db'))
  row('backup', `${(performance.now() - start).toFixed(0)} ms`)
  for (let i = 0; i < OBJECTS; i += 256) {
    const keys = Array.from({ length: Math.min(256, OBJECTS - i) }, (_, j) => `/pods/default/p${i + j}`)
    await Promise.all(keys.map(key => store.append({ key, guard: 'any', value: undefined })))
  }
  row('file after removing 20,000 objects', fileSizes())
  start = performance.now()
  await store.compact(store.revision)
  row('file after compaction', fileSizes(), `${(performance.now() - start).toFixed(0)} ms`)
  row('faults found by check()', String((await store.check()).length))
  delay.disable()
  await store.close()
}

void main().finally(() => rmSync(dir, { recursive: true }))
