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
    const suspects = results.filter(r => r.failures.length > 0).map(r => r.file)
    // Some answers count seconds: what was slow on a busy machine gets a second, quieter try.
    const again = suspects.length ? await replay(suspects, 1) : []
    const lost = again.filter(r => r.failures.length > 0)
    const text = (r: Result): string =>
      `${r.file}: ${r.failures.map(f => `${f.request}: ${f.differences.slice(0, 3).join('; ')}`).join(' | ')}`
    expect(lost.map(text)).toEqual([])
  }, 600_000)
})
