import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(__dirname, '../..')
const here = existsSync(join(root, '../shared/oracle/replay'))

/** Case files of which every answer was equal when the list was last written (npm run oracle -- --accept). */
const equal = readFileSync(join(__dirname, 'oracle-equal.txt'), 'utf8').split('\n').filter(Boolean)

interface Result {
  readonly file: string
  readonly failures: { readonly request: string; readonly differences: string[] }[]
}

/** A cell that says how old something is: how many seconds that are is for the machine's speed to say. */
const AGES = /\/cells\/\d+: expected "\d+s", got "(\d+s|\d+m(\d+s)?)"$/

const run = (args: string[]): Promise<string> =>
  new Promise(resolve => {
    const child = spawn(join(root, 'scripts/oracle'), args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.on('data', (c: Buffer) => (text += c.toString()))
    child.stderr.on('data', (c: Buffer) => (text += c.toString()))
    child.once('close', () => resolve(text))
  })

if (!here) console.log('oracle.test: left out, ../shared/oracle is not here')
const maybe = here && equal.length > 0 ? describe : describe.skip

/** Replays the named cases and gives their results. */
async function replay(files: readonly string[], parallel: number): Promise<Result[]> {
  const dir = mkdtempSync(join(tmpdir(), 'kubelite-oracle-test-'))
  try {
    const json = join(dir, 'result.json')
    const match = `^(${files.map(f => f.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`
    const text = await run(['--match', match, '--parallel', String(parallel), '--json', json])
    if (!existsSync(json)) throw new Error(text)
    return JSON.parse(readFileSync(json, 'utf8')) as Result[]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

maybe('recorded answers of a real API server', () => {
  test('every case known to be equal still is', async () => {
    const results = await replay(equal, 8)
    expect(results.length).toBe(equal.length)
    const lost = results.flatMap(({ file, failures }) =>
      failures.flatMap(({ request, differences }) => {
        const others = differences.filter(d => !AGES.test(d))
        return others.length > 0 ? [`${file}: ${request}: ${others.slice(0, 3).join('; ')}`] : []
      }),
    )
    expect(lost).toEqual([])
  }, 900_000)
})
