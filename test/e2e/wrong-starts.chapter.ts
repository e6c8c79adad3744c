import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ends, here } from '../support/bad-days-room.ts'
import { end, kubelite, LOGS } from '../support/hosts.ts'
import { waitUntil } from '../support/wait.ts'

/** A wrong start ends at once and says why. */
export function wrongStarts(): void {
  test.each([
    ['an unknown flag', ['--nonsense'], '--nonsense'],
    ['a wrong number', ['--https-listen-port', '99999'], '--https-listen-port: invalid value "99999"'],
    ['a wrong range', ['--cluster-cidr', '10.42.0.0'], '--cluster-cidr: invalid value "10.42.0.0"'],
    ['a wrong name', ['--node-name', 'Not_A_Name'], '--node-name: invalid value "Not_A_Name"'],
    ['a wrong choice', ['--runtime', 'rkt'], '--runtime: invalid value "rkt"'],
    ['a missing file', ['--config', '/no/such/file'], '--config: cannot read /no/such/file'],
    ['ranges that overlap', ['--service-cidr', '10.42.0.0/20'], '--cluster-cidr and --service-cidr overlap'],
  ])('%s', async (_what, flags, message) => {
    const outcome = await ends('server', '--data-dir', join(here().one.dir, 'never'), ...flags)
    expect(outcome.code).toBe(1)
    expect(outcome.text).toContain(message)
    expect(existsSync(join(here().one.dir, 'never'))).toBe(false)
  })

  test('a wrong setting in a file, by its name', async () => {
    writeFileSync(join(here().one.dir, 'config.yaml'), 'cluster-cidr: 10.1.0.0/16\nclusterdomain: x\n')
    const outcome = await ends('server', '--config', join(here().one.dir, 'config.yaml'))
    expect([outcome.code, outcome.text]).toEqual([
      1,
      expect.stringContaining('config.yaml: unknown setting "clusterdomain"'),
    ])
  })

  test('a port that is taken', async () => {
    const outcome = await ends(
      'server',
      '--data-dir',
      join(here().one.dir, 'second'),
      '--write-kubeconfig',
      join(here().one.dir, 'second.yaml'),
    )
    expect(outcome.code).toBe(1)
    expect(outcome.text).toMatch(/port 6443 .*(in use|taken).*--https-listen-port/)
  })

  test('a data directory that another server uses', async () => {
    const outcome = await ends('server', '--data-dir', here().cluster.dataDir, '--https-listen-port', '7443')
    expect(outcome.code).toBe(1)
    expect(outcome.text).toMatch(
      /data is in use by another kubelite \(process \d+\): stop it, or give another --data-dir/,
    )
    expect((await here().cluster.try('get', '--raw', '/readyz')).stdout).toBe('ok')
  })

  test('an engine that is not there; and its end is not waited for', async () => {
    const flags = [
      '--data-dir',
      join(here().one.dir, 'second'),
      '--write-kubeconfig',
      join(here().one.dir, 'second.yaml'),
      '--https-listen-port',
      '7443',
      '--kubelet-port',
      '7444',
      '--node-name',
      'second',
      '--docker-socket',
      '/no/such.sock',
    ]
    const server = here().one.start(kubelite(), ['server', ...flags], 'second.log')
    const log = (): string => readFileSync(join(LOGS, 'one-second.log'), 'utf8')
    await waitUntil('the message', () => log().includes('/no/such.sock'))
    expect(log()).toMatch(/Docker engine/)
    // Killed where it did not end by itself.
    await end(server, 60_000)
    expect([server.exitCode, server.signalCode]).toEqual([0, null])
    rmSync(join(here().one.dir, 'second'), { recursive: true })
  })
}
