import { HealthObserver } from '../../../src/controllers/node-lifecycle/plan.ts'
import { lease } from '../../../src/kinds/coordination/lease.ts'
import { node } from '../../../src/kinds/core/node.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import { formatMicroTime, formatTime } from '../../../src/base/clock.ts'
import type { TestCluster } from '../../support/cluster-harness.ts'
import { testCluster } from '../../support/cluster-harness.ts'

async function join(c: TestCluster, name: string): Promise<void> {
  await c.make(node, { metadata: { name } })
  const time = formatTime(c.clock.now())
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map(type => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  }))
  await c.client.patch(node, '', name, 'merge', { status: { conditions } }, { subresource: 'status' })
  await c.make(lease, {
    metadata: { name, namespace: 'kube-node-lease' },
    spec: { holderIdentity: name, renewTime: formatMicroTime(c.clock.now()) },
  })
  await c.rest()
}

async function renew(c: TestCluster, name: string): Promise<void> {
  const spec = { renewTime: formatMicroTime(c.clock.now()) }
  await c.client.patch(lease, 'kube-node-lease', name, 'merge', { spec })
  await c.rest()
}

async function twoNodes(): Promise<TestCluster> {
  const c = await testCluster()
  await c.namespace('kube-node-lease')
  await c.namespace('a')
  await join(c, 'n1')
  await join(c, 'n2')
  return c
}

const onNode = (name: string, nodeName: string, tolerationSeconds?: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'a' },
  spec: {
    nodeName,
    containers: [{ name: 'c', image: 'img:1' }],
    ...(tolerationSeconds === undefined
      ? {}
      : {
          tolerations: [
            { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds },
          ],
        }),
  },
})

const taints = async (c: TestCluster, name: string): Promise<string[]> =>
  ((await c.client.get(node, '', name)).spec?.taints ?? []).map(t => `${t.key}:${t.effect}`).sort()

const ready = async (c: TestCluster, name: string): Promise<string | undefined> =>
  (await c.client.get(node, '', name)).status?.conditions?.find(x => x.type === 'Ready')?.status

describe('nodes', () => {
  test('each node gets its own share of the pod addresses', async () => {
    await using c = await twoNodes()
    const cidrs = await Promise.all(['n1', 'n2'].map(async n => (await c.client.get(node, '', n)).spec?.podCIDR))
    expect(cidrs.sort()).toEqual(['10.42.0.0/24', '10.42.1.0/24'])
  })

  test('a node stays ready while its lease is renewed', async () => {
    await using c = await twoNodes()
    for (let i = 0; i < 9; i++) {
      await c.advance(10_000)
      await renew(c, 'n1')
      await renew(c, 'n2')
    }
    expect([await ready(c, 'n1'), await ready(c, 'n2')]).toEqual(['True', 'True'])
  })

  test('a silent node becomes Unknown after the grace period, is tainted, and its pods are not ready and go in time', async () => {
    await using c = await twoNodes()
    await c.client.create(pod, onNode('p', 'n1', 60) as never)
    await c.setReady('a', 'p', true)
    for (let i = 0; i < 4; i++) {
      await c.advance(10_000)
      await renew(c, 'n2')
    }
    expect(await ready(c, 'n1')).toBe('True')
    await c.advance(11_000)
    await renew(c, 'n2')
    expect([await ready(c, 'n1'), await ready(c, 'n2')]).toEqual(['Unknown', 'True'])
    expect(await taints(c, 'n1')).toEqual([
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/unreachable:NoSchedule',
    ])
    const now = await c.client.get(pod, 'a', 'p')
    expect(now.status?.conditions?.find(x => x.type === 'Ready')?.status).toBe('False')
    expect(now.metadata.deletionTimestamp).toBeUndefined()
    for (let i = 0; i < 7; i++) {
      await c.advance(10_000)
      await renew(c, 'n2')
    }
    const gone = await c.client.get(pod, 'a', 'p')
    expect(gone.metadata.deletionTimestamp).toBeDefined()
    expect(gone.status?.conditions?.find(x => x.type === 'DisruptionTarget')?.reason).toBe('DeletionByTaintManager')
  })

  test('when all nodes are silent nobody is evicted', async () => {
    await using c = await twoNodes()
    await c.advance(120_000)
    expect([await ready(c, 'n1'), await ready(c, 'n2')]).toEqual(['Unknown', 'Unknown'])
    expect(await taints(c, 'n1')).toEqual(['node.kubernetes.io/unreachable:NoSchedule'])
    expect(await taints(c, 'n2')).toEqual(['node.kubernetes.io/unreachable:NoSchedule'])
  })

  test('a node that comes back loses its taints', async () => {
    await using c = await twoNodes()
    for (let i = 0; i < 7; i++) {
      await c.advance(10_000)
      await renew(c, 'n2')
    }
    const conditions = [
      {
        type: 'Ready',
        status: 'True',
        lastHeartbeatTime: formatTime(c.clock.now()),
        lastTransitionTime: formatTime(c.clock.now()),
      },
    ]
    await c.client.patch(node, '', 'n1', 'strategic', { status: { conditions } }, { subresource: 'status' })
    await renew(c, 'n1')
    expect(await taints(c, 'n1')).toEqual([])
  })

  test('pods of a node that was removed are failed and deleted after 40 s', async () => {
    await using c = await twoNodes()
    await c.client.create(pod, onNode('p', 'n1') as never)
    await c.client.delete(node, '', 'n1')
    await c.advance(39_000)
    expect((await c.pods('a')).map(p => p.metadata.name)).toEqual(['p'])
    await c.advance(2_000)
    expect(await c.pods('a')).toEqual([])
  })

  test('a node that comes back after that and is removed again gives its new pods their 40 s', async () => {
    await using c = await twoNodes()
    await c.client.create(pod, onNode('p', 'n1') as never)
    await c.client.delete(node, '', 'n1')
    await c.advance(41_000)
    expect(await c.pods('a')).toEqual([])
    await c.make(node, { metadata: { name: 'n1' } })
    await c.client.create(pod, onNode('q', 'n1') as never)
    await c.client.delete(node, '', 'n1')
    await c.advance(39_000)
    expect((await c.pods('a')).map(p => p.metadata.name)).toEqual(['q'])
    await c.advance(2_000)
    expect(await c.pods('a')).toEqual([])
  })
})

test('a node that was silent when the process began counts from the first look, not from each', () => {
  const observer = new HealthObserver()
  const status = { conditions: [{ type: 'Ready', status: 'Unknown' }] }
  const silent = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, status }
  const seen = (now: number): number => observer.seen(silent as never, now).at
  expect([seen(1000), seen(60_000)]).toEqual([1000, 1000])
  observer.forget('n')
  expect(seen(90_000)).toBe(90_000)
})
