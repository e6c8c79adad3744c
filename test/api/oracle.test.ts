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

maybe('recorded answers of a real API server', () => {
  test('every case known to be equal still is', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kubelite-oracle-test-'))
    const json = join(dir, 'result.json')
    const match = `^(${equal.map(f => f.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`
    const text = await run(['--match', match, '--parallel', '8', '--json', json])
    if (!existsSync(json)) throw new Error(text)
    const results = JSON.parse(readFileSync(json, 'utf8')) as Result[]
    rmSync(dir, { recursive: true, force: true })
    const lost = results.filter(r => r.failures.length > 0)
    expect(
      lost.map(
        r => `${r.file}: ${r.failures.map(f => `${f.request}: ${f.differences.slice(0, 3).join('; ')}`).join(' | ')}`,
      ),
    ).toEqual([])
    expect(results.length).toBe(equal.length)
  }, 600_000)
})
