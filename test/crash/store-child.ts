// Writes until it is killed (store.test.ts): store-child.ts <database> <kept revisions>
// Each line on standard output is an acknowledged write: `revision key n`.
import { writeSync } from 'node:fs'
import { SystemClock } from '../../src/base/clock.ts'
import { createLogger } from '../../src/base/log.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'

const WRITERS = 8
const KEYS_PER_WRITER = 5

interface Doc {
  readonly n: number
  readonly fill: string
}

const [path = '', kept = ''] = process.argv.slice(2)
const store = new SqliteStore<Doc>({
  path,
  codec: {
    encode: doc => Buffer.from(JSON.stringify(doc)),
    decode: bytes => JSON.parse(Buffer.from(bytes).toString()) as Doc,
  },
  clock: new SystemClock(),
  log: createLogger({ format: 'text', debug: false }),
  retention: { minAgeMs: 0, minRevisions: Number(kept) },
})

/** Waits where the reader is behind: what a kill finds on its way there was not told to anybody. */
const tell = (line: string): Promise<void> => new Promise(resolve => process.stdout.write(line, () => resolve()))

/** Each key counts up; now and then it is removed and begins again with the next number. */
async function writer(id: number): Promise<never> {
  for (let i = 0; ; i++) {
    const key = `writer-${id}/${i % KEYS_PER_WRITER}`
    const present = await store.get(key)
    const n = (present?.value.n ?? 0) + 1
    const removes = n % 50 === 0 && present !== undefined
    const last = (): Doc => ({ n, fill: 'removed' })
    const change = await store.append({
      key,
      guard: present?.modRevision ?? 'absent',
      value: removes ? undefined : () => ({ n, fill: 'x'.repeat((n * 997) % 9000) }),
      ...(removes ? { lastState: last } : {}),
    })
    await tell(`${change.revision} ${key} ${removes ? 'removed' : n}\n`)
  }
}

store.start().then(
  () => Promise.all(Array.from({ length: WRITERS }, (_, id) => writer(id))),
  (error: unknown) => {
    writeSync(2, `${error}\n`)
    process.exit(1)
  },
)
