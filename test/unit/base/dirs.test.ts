import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDirs } from '../../../src/base/dirs.ts'

describe('makeDirs()', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kubelite-dirs-'))
    writeFileSync(join(dir, 'file'), '')
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('makes what is missing with the mode, twice is harmless', () => {
    const path = join(dir, 'a', 'b', 'c')
    makeDirs(path, 0o700)
    makeDirs(path, 0o755)
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  const refused: [string, () => string, string][] = [
    ['a file of that name', () => join(dir, 'file'), 'EEXIST'],
    ['a file on the way', () => join(dir, 'file', 'a', 'b'), 'EEXIST'],
    ['a place that the system does not have', () => '/proc/kubelite/a', 'ENOENT'],
  ]
  test.each(refused)('%s is an error', (_, path, code) => {
    expect(() => makeDirs(path())).toThrow(expect.objectContaining({ code }) as Error)
  })
})
