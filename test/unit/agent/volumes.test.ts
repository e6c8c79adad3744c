import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastWords } from '../../../src/agent/container-starter.ts'
import { PodDir } from '../../../src/agent/pod-dir.ts'
import { volumeMounts } from '../../../src/agent/pod-volumes.ts'
import type { Runtime } from '../../../src/agent/runtime/runtime.ts'
import { writeAtomically } from '../../../src/agent/volumes/atomic-writer.ts'
import { emptyDir } from '../../../src/agent/volumes/empty-dir.ts'
import type { Payload, VolumeFile } from '../../../src/agent/volumes/volume.ts'
import { container, inEngine } from '../../support/pod-builder.ts'

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

describe('an emptyDir', () => {
  const setUp = (at: string): Promise<unknown> => emptyDir.setUp({ volume: { name: 'v' }, dir: at } as never)

  test('is there as a whole: what a killed agent began is finished by the next', async () => {
    const at = join(dir, 'v')
    mkdirSync(`${at}~new`, { mode: 0o700 })
    await setUp(at)
    expect([mode('v'), existsSync(`${at}~new`)]).toEqual(['777', false])
  })

  test('is left alone once it is there', async () => {
    const at = join(dir, 'v')
    await setUp(at)
    writeFileSync(join(at, 'file'), 'x')
    chmodSync(at, 0o700)
    await setUp(at)
    expect([mode('v'), readdirSync(at)]).toEqual(['700', ['file']])
  })
})

describe('what an ended container left to say', () => {
  const said = async (text: string): Promise<string> => {
    const path = new PodDir(dir, 'u1').lastWords('c', 0)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    const runtime = { simulated: false } as Runtime
    return lastWords(runtime, dir, { role: 'main', spec: container('c') }, inEngine('c'))
  }

  test('is the file’s content', async () => expect(await said('goodbye')).toBe('goodbye'))
  test('of much, the last 4096 bytes', async () =>
    expect(await said(`${'x'.repeat(5000)}end`)).toBe(`${'x'.repeat(4093)}end`))
  test('nothing is nothing', async () => expect(await said('')).toBe(''))
})
