import { here, k, lines, nodeReady, POD, podsRunning, restarts, running } from '../support/bad-days-room.ts'
import { end } from '../support/hosts.ts'
import { RawApi } from '../support/raw-api.ts'
import { exitCode, startProgram } from '../support/running.ts'
import { waitUntil } from '../support/wait.ts'

/** The server, in order and without. */
export function endsOfServers(): void {
  test('ends in order and starts again: nothing happens to the pods, watches go on where they were', async () => {
    const { cluster, one } = here()
    const [containers, counts] = [await running(one), await restarts()]
    const version = await k('get', 'pods', '-o', 'jsonpath={.metadata.resourceVersion}')
    await k('label', 'pod', 'alone', 'day=bad')
    await cluster.stop()
    expect(await running(one)).toEqual(containers)
    expect(cluster.log()).toContain('kubelite has stopped')
    await cluster.start()
    await cluster.nodesReady(2)
    expect(await running(one)).toEqual(containers)
    expect(await restarts()).toBe(counts)
    const seen = await k(
      'get',
      '--raw',
      `/api/v1/namespaces/default/pods?watch=1&resourceVersion=${version}&timeoutSeconds=3`,
    )
    expect(
      lines(seen).map(
        l =>
          (JSON.parse(l) as { type: string; object: { metadata: { labels?: { day?: string } } } }).object.metadata
            .labels?.day,
      ),
    ).toContain('bad')
  })

  test('a client that waits is served by the next server', async () => {
    const { cluster } = here()
    const condition = '--for=jsonpath={.metadata.labels.waited}=yes'
    await using client = startProgram(
      ...cluster.kubectlCommand('wait', condition, 'pod/alone', '--timeout=300s', '-v=6'),
    )
    // Its own watch, and served: before, the client would only be refused.
    await waitUntil('the watch', () => /[?&]watch=true.*200 OK/.test(client.err()))
    await cluster.stop()
    await cluster.start()
    await k('label', 'pod', 'alone', 'waited=yes')
    expect(await exitCode(client)).toBe(0)
    expect(client.out()).toContain('condition met')
  })

  test('killed in the middle of writes: nothing acknowledged is lost, no pod doubled, no container touched', async () => {
    const { cluster, one } = here()
    const [containers, counts] = [await running(one), await restarts()]
    const acknowledged: string[] = []
    {
      using api = new RawApi(cluster.kubeconfig)
      const writer = async (number: number): Promise<void> => {
        for (let i = 0; ; i++) {
          const name = `w${number}-${i}`
          const body = JSON.stringify({ metadata: { name }, data: { i: String(i) } })
          const answer = await api
            .ask('/api/v1/namespaces/default/configmaps', { method: 'POST', body })
            .catch(() => undefined)
          if (answer?.code !== 201) return
          acknowledged.push(name)
        }
      }
      const writers = Array.from({ length: 8 }, (_, i) => writer(i))
      await waitUntil('some writes', () => acknowledged.length > 500)
      await cluster.kill()
      await Promise.all(writers)
    }
    await cluster.start()
    const kept = new Set((await k('get', 'cm', '-o', 'name')).split('\n'))
    expect(acknowledged.filter(name => !kept.has(`configmap/${name}`))).toEqual([])
    await cluster.nodesReady(2)
    await podsRunning()
    expect(await running(one)).toEqual(containers)
    expect(await restarts()).toBe(counts)
  })
}

/** The engine below the pods. */
export function endsOfEngines(): void {
  test('stopped: the node says so; started: pods run as their policy says, each once', async () => {
    const { cluster, one } = here()
    await cluster.apply(POD('never', 'one', 'Never'))
    await podsRunning()
    const pods = (await k('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}')).split(' ')
    await one.stopDocker()
    await waitUntil('NotReady', async () => (await nodeReady('one', 'status')) === 'False')
    expect(await nodeReady('one', 'reason')).toBe('KubeletNotReady')
    expect(await nodeReady('one', 'message')).toMatch(/[Dd]ocker|container runtime/)
    expect((await cluster.try('get', '--raw', '/readyz')).stdout).toBe('ok')
    await one.startDocker()
    await waitUntil('Ready', async () => (await nodeReady('one', 'status')) === 'True')
    await waitUntil(
      'the end of one',
      async () => (await k('get', 'pod', 'never', '-o', 'jsonpath={.status.phase}')) === 'Failed',
    )
    await k('delete', 'pod', 'never')
    await podsRunning()
    const after = (await k('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}')).split(' ')
    expect(after).toEqual(pods.filter(p => after.includes(p)))
    expect(after).toHaveLength(pods.length - 1)
    // A sandbox and a container for each pod, and no more.
    const onNode = lines(await k('get', 'pods', '--field-selector', 'spec.nodeName=one', '-o', 'name')).length
    await waitUntil('as many containers as pods want', async () => (await running(one)).length === onNode * 2)
  })
}

/** Nodes that joined. */
export function endsOfAgents(): void {
  const containersOfFar = (): Promise<string[]> => running(here().two)

  test('killed and started: its pod runs on', async () => {
    const { agent, cluster, two } = here()
    const containers = await containersOfFar()
    agent.kill('SIGKILL')
    await waitUntil('its end', () => agent.signalCode !== null)
    expect(await containersOfFar()).toEqual(containers)
    here().agent = cluster.join(two)
    await waitUntil('the way to its pods', async () => (await k('exec', 'far', '--', 'hostname')) === 'far\n')
    expect(await containersOfFar()).toEqual(containers)
  })

  test('its node deleted and joined again under the same name: a node like any other', async () => {
    const { agent, cluster, one, two } = here()
    await end(agent)
    await k('delete', 'pod', 'far', '--force', '--grace-period=0')
    await k('delete', 'node', 'two')
    await waitUntil('one node', async () => lines(await k('get', 'nodes', '-o', 'name')).length === 1)
    here().agent = cluster.join(two)
    await cluster.nodesReady(2)
    await waitUntil('nothing of the old pod', async () => (await containersOfFar()).length === 0)
    await cluster.apply(POD('far', 'two'))
    await podsRunning()
    const ip = await k('get', 'pod', 'far', '-o', 'jsonpath={.status.podIP}')
    await waitUntil('a way there', () => one.run('curl', '-sf', '--max-time', '20', `http://${ip}/cgi-bin/name`))
  })
}
