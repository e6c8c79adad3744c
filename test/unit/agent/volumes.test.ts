import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { volumeMounts } from '../../../src/agent/pod-volumes.ts'
import { writeAtomically } from '../../../src/agent/volumes/atomic-writer.ts'
import type { Payload, VolumeFile } from '../../../src/agent/volumes/volume.ts'
import { container } from '../../support/pod-builder.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubelite-volume-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const files = (texts: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(texts).map(([path, text]): [string, VolumeFile] => [path, { data: Buffer.from(text), mode }]))
const visible = (): string[] => readdirSync(dir).filter(n => !n.startsWith('..'))
const mode = (path: string): string => (statSync(join(dir, path)).mode & 0o777).toString(8)

test('names lead through ..data to one directory of this moment', async () => {
  await writeAtomically(dir, files({ a: 'x', 'sub/b': 'y' }, 0o400), Date.UTC(2026, 0, 2, 3, 4, 5))
  expect([readlinkSync(join(dir, 'a')), readlinkSync(join(dir, 'sub'))]).toEqual(['..data/a', '..data/sub'])
  expect(readlinkSync(join(dir, '..data'))).toMatch(/^\.\.2026_01_02_03_04_05\.\d+$/)
  expect([readFileSync(join(dir, 'sub/b'), 'utf8'), mode('a'), mode('sub')]).toEqual(['y', '400', '755'])
})

test('equal files are left alone', async () => {
  await writeAtomically(dir, files({ a: 'x' }), 0)
  const before = readlinkSync(join(dir, '..data'))
  expect(await writeAtomically(dir, files({ a: 'x' }), 1000)).toBe(false)
  expect(readlinkSync(join(dir, '..data'))).toBe(before)
})

test.each([
  ['other content', files({ a: 'new' }), ['a']],
  ['another mode', files({ a: 'x' }, 0o600), ['a']],
  ['a file more', files({ a: 'x', b: 'y' }), ['a', 'b']],
  ['a file less', files({}), []],
])('%s makes a new directory and removes the old one', async (_, payload, names) => {
  await writeAtomically(dir, files({ a: 'x' }), 0)
  const before = readlinkSync(join(dir, '..data'))
  expect(await writeAtomically(dir, payload, 1000)).toBe(true)
  expect([visible(), readdirSync(dir).includes(before)]).toEqual([names, false])
  for (const [path, file] of payload) expect(readFileSync(join(dir, path))).toEqual(file.data)
})

test('what a killed agent left behind does not stop the next write', async () => {
  const { symlinkSync } = await import('node:fs')
  symlinkSync('..gone', join(dir, '..data_tmp'))
  expect(await writeAtomically(dir, files({ a: 'x' }), 0)).toBe(true)
  expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('x')
})

const mountsOf = (mount: object): Promise<unknown> => {
  const c = container('c', { volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] })
  return volumeMounts(c, new Map([['v', { path: dir, readOnly: false }]]), new Map([['A', 'one']]))
}

test('a sub-path is made where it is missing, with variables', async () => {
  await mountsOf({ subPathExpr: 'made-$(A)/deep' })
  expect(statSync(join(dir, 'made-one/deep')).isDirectory()).toBe(true)
})

test.each([
  ['a variable that does not exist', { subPathExpr: '$(NONE)' }, 'missing value for NONE'],
  [
    'a link that leads out of the volume',
    { subPath: 'out' },
    'failed to prepare subPath for volumeMount "v" of container "c"',
  ],
  ['a way up', { subPath: '../x' }, 'must not contain'],
])('a sub-path with %s is refused', async (_, mount, message) => {
  const { symlinkSync } = await import('node:fs')
  symlinkSync('/etc', join(dir, 'out'))
  await expect(mountsOf(mount)).rejects.toThrow(message)
})
