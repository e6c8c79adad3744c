import { isShared, nodeFaults, type Surroundings } from '../../../src/app/surroundings.ts'

const ALL = (1n << 41n) - 1n
const without = (bit: bigint): bigint => ALL & ~(1n << bit)
const well: Surroundings = {
  capabilities: ALL,
  inContainer: true,
  seesProcesses: true,
  writesSettings: true,
  sharesDataDir: true,
  sharesMounts: true,
}

test.each<[string, Partial<Surroundings>, string[]]>([
  ['nothing is wrong with all that the README gives', {}, []],
  ['no capability for links', { capabilities: without(12n) }, ['--cap-add NET_ADMIN']],
  ['no capability for mounts', { capabilities: without(21n) }, ['--cap-add SYS_ADMIN']],
  ['a plain `docker run`', { capabilities: 0xa80425fbn }, ['--cap-add NET_ADMIN', '--cap-add SYS_ADMIN']],
  [
    'processes of the host out of sight',
    { seesProcesses: false, capabilities: without(19n) },
    ['--cap-add SYS_PTRACE'],
  ],
  ['a first process that even root may not see', { seesProcesses: false }, []],
  ['settings read-only', { writesSettings: false }, ['systempaths=unconfined']],
  ['a data directory of its own', { sharesDataDir: false, sharesMounts: false }, ['-v /data:/data:rshared)']],
  ['mounts that stay inside', { sharesMounts: false }, ['shared mount']],
  [
    'on the host itself only the rights count',
    { inContainer: false, writesSettings: false, sharesDataDir: false, sharesMounts: false },
    [],
  ],
])('%s', (_, some, texts) => {
  const faults = nodeFaults('/data', { ...well, ...some })
  expect(faults).toHaveLength(texts.length)
  for (const [i, text] of texts.entries()) expect(faults[i]).toContain(text)
})

const MOUNTINFO = `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 8:1 /lib /var/lib rw,relatime shared:5 - ext4 /dev/sda1 rw
31 30 8:1 /k /var/lib/kubelite rw,relatime master:5 - ext4 /dev/sda1 rw
32 22 8:1 /s /srv rw,relatime - ext4 /dev/sda1 rw
33 32 8:1 /s /srv rw,relatime shared:7 master:2 - ext4 /dev/sda1 rw
`
test.each([
  ['/var/lib/other', true],
  ['/var/lib', true],
  ['/var/lib/kubelite/node', false],
  ['/var/library', false],
  ['/srv/data', true],
  ['/home', false],
])('mounts in %s are shared: %s', (path, shared) => {
  expect(isShared(MOUNTINFO, path)).toBe(shared)
})
