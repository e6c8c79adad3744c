import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ancestors, HostFiles, hostFiles } from '../../../src/base/host-files.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'kubelite-host-'))
  mkdirSync(join(root, 'run/docker'), { recursive: true })
  mkdirSync(join(root, 'var'))
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'run/docker.sock'), '')
  symlinkSync('/run', join(root, 'var/run'))
  symlinkSync('../run/docker.sock', join(root, 'etc/socket'))
  symlinkSync('/var/run/docker', join(root, 'etc/twice'))
  symlinkSync('../../../../../run', join(root, 'etc/above'))
  symlinkSync('loop', join(root, 'loop'))
})
afterAll(() => rmSync(root, { recursive: true }))

test.each([
  ['a plain file', '/run/docker.sock', '/run/docker.sock'],
  ['an absolute link begins at the host root', '/var/run/docker.sock', '/run/docker.sock'],
  ['a relative link', '/etc/socket', '/run/docker.sock'],
  ['a link to a link', '/etc/twice', '/run/docker'],
  ['no link leads above the root', '/etc/above/docker', '/run/docker'],
  ['dots and doubled slashes', '//var/./run/../run/docker/', '/run/docker'],
  ['what is missing stays as written', '/var/run/no/such', '/run/no/such'],
  ['the root', '/', '/'],
])('%s', (_, path, real) => {
  expect(new HostFiles(1, root).reach(path)).toBe(root + real)
})

test('a circle of links is an error', () => {
  expect(() => new HostFiles(1, root).reach('/loop')).toThrow('too many links: /loop')
})

test('realpath is the name on the host, and throws where nothing is there', () => {
  const files = new HostFiles(1, root)
  expect(files.realpath('/var/run/docker.sock')).toBe('/run/docker.sock')
  expect(() => files.realpath('/var/run/none')).toThrow('ENOENT')
})

test('without a root of its own the files are ours', () => {
  expect(new HostFiles(0).reach('/var/run/../x')).toBe('/var/run/../x')
  expect(hostFiles().reach('/etc/passwd')).toBe('/etc/passwd')
})

test('programs of the host run among its own mounts', () => {
  expect(new HostFiles(0).program('systemctl', 'stop', 'x')).toEqual(['systemctl', ['stop', 'x']])
  expect(new HostFiles(7).program('systemctl', 'stop', 'x')).toEqual([
    'nsenter',
    ['-t', '7', '-m', '--', 'systemctl', 'stop', 'x'],
  ])
})

test('the ancestors of this process begin with its parent and end', () => {
  const all = [...ancestors()]
  expect(all[0]).toEqual({ pid: process.ppid, open: true, outside: false })
})
