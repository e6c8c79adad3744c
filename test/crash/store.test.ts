import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SystemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import type { Change } from '../../src/store/store.ts'

const KILLS = 24
/** Acknowledged writes after which a child is killed: from hardly any to several checkpoints. */
const ACKNOWLEDGED = [0, 1, 8, 40, 200, 500, 1500, 3000]

interface Doc {
  readonly n: number
}

/** The child under way, which a test that fails must not leave behind. */
let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

/** Runs the writers until `count` writes are acknowledged, kills them, and returns all acknowledged lines. */
function killAfter(path: string, kept: number, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const writers = spawn(process.execPath, [join(__dirname, 'store-child.ts'), path, String(kept)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = writers
    let out = ''
    let lines = 0
    let errors = ''
    if (count === 0) writers.once('spawn', () => setImmediate(() => writers.kill('SIGKILL')))
    writers.stdout.on('data', (chunk: Buffer) => {
      out += chunk
      for (const byte of chunk) if (byte === 10) lines++
      if (count > 0 && lines >= count) writers.kill('SIGKILL')
    })
    writers.stderr.on('data', chunk => void (errors += chunk))
    writers.on('close', (_code, signal) => {
      if (signal === 'SIGKILL')
        resolve(
          out
            .slice(0, out.lastIndexOf('\n') + 1)
            .split('\n')
            .filter(Boolean),
        )
      else reject(new Error(`The writers ended by themselves: ${errors}`))
    })
  })
}

const open = async (path: string): Promise<SqliteStore<Doc>> => {
  const codec = {
    encode: (doc: Doc) => Buffer.from(JSON.stringify(doc)),
    decode: (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as Doc,
  }
  const store = new SqliteStore<Doc>({ path, codec, clock: new SystemClock(), log: silentLogger })
  await store.start()
  return store
}

/** All changes after `after`, as `revision key n`. */
async function history(store: SqliteStore<Doc>, after: number): Promise<Map<number, string>> {
  const changes: Change<Doc>[] = []
  if (after < store.revision) {
    const marker = 'marker/history'
    await new Promise<void>((resolve, reject) => {
      const watch = store.watch('', {
        after,
        onChanges: batch => {
          changes.push(...batch)
          if (!batch.some(c => c.key === marker)) return
          watch[Symbol.dispose]()
          resolve()
        },
        onClosed: reject,
      })
      store.append({ key: marker, guard: 'any', value: () => ({ n: 0 }) }).catch(reject)
    })
  }
  const text = (c: Change<Doc>): string => `${c.revision} ${c.key} ${c.type === 'delete' ? 'removed' : c.value.n}`
  return new Map(changes.filter(c => !c.key.startsWith('marker/')).map(c => [c.revision, text(c)]))
}

test(`after each of ${KILLS} kills every acknowledged write is there and no revision comes twice`, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kubelite-crash-'))
  const path = join(dir, 'state.db')
  /** What each revision meant to whoever saw it first. */
  const meaning = new Map<number, string>()
  /** The newest acknowledged write of each key. */
  const acknowledged = new Map<string, { revision: number; what: string }>()
  let lastSeen = 1
  let writes = 0
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      // Some runs trim their history all the time; then only what is left of it can be compared.
      const kept = kill % 3 === 2 ? 100 : 1_000_000
      const lines = await killAfter(path, kept, ACKNOWLEDGED[kill % ACKNOWLEDGED.length] as number)
      writes += lines.length
      for (const line of lines) {
        const [revision, key, what] = line.split(' ') as [string, string, string]
        expect([revision, meaning.get(Number(revision))]).toEqual([revision, undefined])
        expect(Number(revision)).toBeGreaterThan(lastSeen)
        meaning.set(Number(revision), line)
        acknowledged.set(key, { revision: Number(revision), what })
      }
      const store = await open(path)
      try {
        expect(await store.check()).toEqual([])
        expect(store.revision).toBeGreaterThanOrEqual(Math.max(lastSeen, ...meaning.keys()))
        for (const [key, { revision, what }] of acknowledged) {
          const entry = await store.get(key)
          // Newer than acknowledged is fine: the kill came between the commit and its answer.
          if (entry) expect(entry.modRevision).toBeGreaterThanOrEqual(revision)
          if (entry?.modRevision === revision) expect(String(entry.value.n)).toBe(what)
        }
        const from = Math.max(store.compacted, lastSeen)
        const changes = await history(store, from)
        for (const [revision, line] of meaning) if (revision > from) expect(changes.get(revision)).toBe(line)
        for (const [revision, line] of changes) meaning.set(revision, line)
        for (const [key, { revision, what }] of acknowledged) {
          const gone = (await store.get(key)) === undefined
          const later = [...changes.values()].some(c => c.split(' ')[1] === key && Number(c.split(' ')[0]) > revision)
          if (gone && !later && revision > from) expect(what).toBe('removed')
        }
        lastSeen = store.revision
      } finally {
        await store.close()
      }
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
  // A test that wrote next to nothing would have proved nothing.
  expect(writes).toBeGreaterThan(5000)
}, 600_000)
