import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { here, k, nodeReady, running, traces } from '../support/bad-days-room.ts'
import { Cluster } from '../support/cluster.ts'
import { end, type Host, kubelite, LOGS, mustLive } from '../support/hosts.ts'
import { RawApi } from '../support/raw-api.ts'
import { waitUntil } from '../support/wait.ts'

const exec = promisify(execFile)

/** A disk without room, another address, and the end of it all: the last chapter, it takes kubelite away. */
export function disksAndMoves(): void {
  test('a full disk: writes are refused with the reason, reads go on, and all is well when there is room', async () => {
    const { one } = here()
    const dir = join(one.dir, 'small')
    mkdirSync(dir)
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', dir])
    const kubeconfig = join(one.dir, 'small.yaml')
    const flags = [
      '--disable-agent',
      '--data-dir',
      join(dir, 'data'),
      '--https-listen-port',
      '8443',
      '--write-kubeconfig',
      kubeconfig,
      '--advertise-address',
      one.ip,
    ]
    const server = one.start(kubelite(), ['server', ...flags], 'small.log')
    try {
      const alive = (): void => mustLive(server, 'The server', join(LOGS, 'one-small.log'))
      await waitUntil('the kubeconfig', () => {
        alive()
        return existsSync(kubeconfig)
      })
      writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replace('127.0.0.1', one.ip))
      using api = new RawApi(kubeconfig)
      await waitUntil('the API', async () => {
        alive()
        return (await api.ask('/readyz')).text === 'ok'
      })
      const create = (name: string): ReturnType<RawApi['ask']> =>
        api.ask('/api/v1/namespaces/default/configmaps', {
          method: 'POST',
          body: JSON.stringify({ metadata: { name }, data: { a: 'x'.repeat(100_000) } }),
        })
      await waitUntil('the namespace', async () => (await create('first')).code === 201)
      const free = (): number => statfsSync(dir).bavail * statfsSync(dir).bsize
      writeFileSync(join(dir, 'filler'), Buffer.alloc(Math.max(free() - 500_000, 0)))
      const acknowledged = ['first']
      let refused: Awaited<ReturnType<typeof create>> | undefined
      for (let i = 0; i < 60 && !refused; i++) {
        const answer = await create(`c${i}`)
        if (answer.code === 201) acknowledged.push(`c${i}`)
        else refused = answer
      }
      expect(refused?.code).toBe(500)
      expect(refused?.body?.message).toMatch(/disk is full|database or disk/)
      expect((await api.ask('/api/v1/namespaces/default/configmaps/first')).code).toBe(200)
      expect((await api.ask('/livez')).text).toBe('ok')
      rmSync(join(dir, 'filler'))
      await waitUntil('room', async () => (await create('again')).code === 201)
      const names = (
        (await api.ask('/api/v1/namespaces/default/configmaps')).body as unknown as {
          items: { metadata: { name: string } }[]
        }
      ).items.map(i => i.metadata.name)
      expect(names).toEqual(expect.arrayContaining([...acknowledged, 'again']))
    } finally {
      await end(server)
      await exec('umount', ['-l', dir])
    }
  })

  test('a host whose address changes: API, node and services follow, pods stay', async () => {
    const { cluster, one } = here()
    const containers = await running(one)
    await cluster.stop()
    const moved = one.ip.replace(/\.1$/, '.101')
    await one.run('ip', 'addr', 'add', `${moved}/24`, 'dev', 'eth0')
    await one.run('ip', 'addr', 'del', `${one.ip}/24`, 'dev', 'eth0')
    await one.run('ip', 'addr', 'replace', `${moved}/24`, 'dev', 'eth0')
    await one.run('ip', 'route', 'replace', 'default', 'via', one.ip.replace(/\.1$/, '.254'))
    const there = new Cluster({
      ...one,
      ip: moved,
      run: one.run.bind(one),
      start: one.start.bind(one),
      docker: one.docker.bind(one),
    } as Host)
    here().cluster = there
    await there.start()
    await waitUntil('the node', async () => (await nodeReady('one', 'status')) === 'True')
    await waitUntil(
      'its address',
      async () =>
        (await k('get', 'node', 'one', '-o', 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')) ===
        moved,
    )
    await waitUntil(
      'its endpoint',
      async () => (await k('get', 'endpoints', 'kubernetes', '-o', 'jsonpath={.subsets[*].addresses[*].ip}')) === moved,
    )
    expect(await running(one)).toEqual(containers)
    const script = 'nc -w 20 10.43.0.1 443 </dev/null && hostname'
    await waitUntil('the way there', async () => (await k('exec', 'alone', '--', 'sh', '-c', script)) === 'alone\n')
  })

  test('uninstall leaves a machine as it was', async () => {
    const { agent, before, cluster, one, two } = here()
    await end(agent)
    await cluster.stop()
    for (const host of [two, one]) {
      const refusal = await host.run(
        kubelite(),
        'uninstall',
        '--data-dir',
        join(host.dir, 'data'),
        '--docker-socket',
        host.dockerSocket,
        '--delete-data',
      )
      expect(refusal).toMatch(/removed \d+ containers/)
      const after = (await traces(host)).replaceAll('.101', '.1')
      expect(after).toBe(before.get(host))
      expect(existsSync(join(host.dir, 'data'))).toBe(false)
    }
  })
}
