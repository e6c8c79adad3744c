import { node } from '../../../src/kinds/core/node.ts'
import { persistentVolumeClaim } from '../../../src/kinds/core/persistent-volume-claim.ts'
import { persistentVolume } from '../../../src/kinds/core/persistent-volume.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import { priorityClass } from '../../../src/kinds/scheduling/priority-class.ts'
import { storageClass } from '../../../src/kinds/storage/storage-class.ts'
import { randomFrom, SEED } from '../../support/random.ts'
import { testScheduler } from '../../support/scheduler-harness.ts'

const FULL =
  '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
const cpu = (amount: string): { requests: Record<string, string> } => ({ requests: { cpu: amount } })

test('a pod gets its node, an event says so, and the condition has no reason', async () => {
  await using t = await testScheduler()
  await t.addNode('a')
  await t.start()
  await t.addPod('p')
  expect(await t.nodes('p')).toBe('a')
  expect(await t.events('p')).toEqual(['Normal Scheduled Successfully assigned ns/p to a'])
  const condition = (await t.pod('p')).status?.conditions?.find(c => c.type === 'PodScheduled')
  expect(condition).toEqual({
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })
})

test('a pod that fits nowhere has the condition and the event that say why', async () => {
  await using t = await testScheduler()
  await t.addNode('a')
  await t.start()
  await t.addPod('p', cpu('5'))
  expect(await t.events('p')).toEqual([`Warning FailedScheduling ${FULL}`])
  expect((await t.pod('p')).status?.conditions).toEqual([
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: FULL,
      observedGeneration: 1,
      lastProbeTime: null,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ])
})

test('without nodes it says that there are none', async () => {
  await using t = await testScheduler()
  await t.start()
  await t.addPod('p')
  expect(await t.events('p')).toEqual(['Warning FailedScheduling no nodes available to schedule pods'])
})

describe('a pod that fits nowhere is tried again', () => {
  type Cluster = Awaited<ReturnType<typeof testScheduler>>
  const spec = { spec: { nodeSelector: { disk: 'ssd' } } }
  test.each<
    [string, (t: Cluster) => Promise<unknown>, Parameters<Cluster['addPod']>[1], (t: Cluster) => Promise<unknown>]
  >([
    ['when a node joins', async () => {}, {}, t => t.addNode('b')],
    [
      'when a taint goes',
      t => t.addNode('a', { taints: [{ key: 'k', effect: 'NoSchedule' }] }),
      {},
      t => t.client.patch(node, '', 'a', 'merge', { spec: { taints: null } }),
    ],
    [
      'when the node is opened',
      t => t.addNode('a', { unschedulable: true }),
      {},
      t => t.client.patch(node, '', 'a', 'merge', { spec: { unschedulable: null, taints: null } }),
    ],
    [
      'when a label comes',
      t => t.addNode('a'),
      spec,
      t => t.client.patch(node, '', 'a', 'merge', { metadata: { labels: { disk: 'ssd' } } }),
    ],
    [
      'when the node grows',
      t => t.addNode('a'),
      cpu('5'),
      t => t.client.patch(node, '', 'a', 'merge', { status: { allocatable: { cpu: '8' } } }, { subresource: 'status' }),
    ],
    [
      'when a pod goes',
      async t => {
        await t.addNode('a')
        await t.addPod('x', cpu('4'))
      },
      cpu('1'),
      t => t.client.delete(pod, 'ns', 'x', { gracePeriodSeconds: 0 }),
    ],
    [
      'when a pod ends',
      async t => {
        await t.addNode('a')
        await t.addPod('x', cpu('4'))
      },
      cpu('1'),
      t => t.client.patch(pod, 'ns', 'x', 'merge', { status: { phase: 'Succeeded' } }, { subresource: 'status' }),
    ],
  ])('%s', async (_, prepare, shape, change) => {
    await using t = await testScheduler()
    await t.start()
    await prepare(t)
    await t.addPod('p', shape)
    expect(await t.nodes('p')).toBe('-')
    await t.clock.advance(20_000)
    expect(await t.nodes('p')).toBe('-')
    await change(t)
    // A node that joins is tainted first: that was an attempt too.
    await t.clock.advance(2_000)
    expect(await t.nodes('p')).not.toBe('-')
  })

  test('and not because time passes, nor for what its plugins do not care about', async () => {
    await using t = await testScheduler()
    await t.addNode('a')
    await t.start()
    await t.addPod('p', cpu('5'))
    const before = (await t.pod('p')).metadata.resourceVersion
    await t.clock.advance(3_600_000)
    await t.client.patch(node, '', 'a', 'merge', { metadata: { labels: { x: 'y' } } })
    await t.quiet()
    expect((await t.pod('p')).metadata.resourceVersion).toBe(before)
    expect(await t.events('p')).toHaveLength(1)
    expect(t.timers()).toBe(0)
  })
})

test.each<[string, Parameters<Awaited<ReturnType<typeof testScheduler>>['addPod']>[1]]>([
  ['another scheduler', { spec: { schedulerName: 'mine' } }],
  ['a gate', { spec: { schedulingGates: [{ name: 'example.com/wait' }] } }],
])('a pod of %s is left alone', async (_, shape) => {
  await using t = await testScheduler()
  await t.addNode('a')
  await t.start()
  await t.addPod('p', shape)
  expect([await t.nodes('p'), await t.events('p')]).toEqual(['-', []])
})

test('a gate that goes lets the pod through', async () => {
  await using t = await testScheduler()
  await t.addNode('a')
  await t.start()
  await t.addPod('p', { spec: { schedulingGates: [{ name: 'example.com/wait' }] } })
  await t.client.patch(pod, 'ns', 'p', 'merge', { spec: { schedulingGates: [] } })
  await t.quiet()
  expect(await t.nodes('p')).toBe('a')
})

test('pods that waited before the start, and those that run already, count', async () => {
  await using t = await testScheduler()
  await t.addNode('a')
  await t.addPod('there', {
    ...cpu('3'),
    spec: { nodeName: 'a', containers: [{ name: 'c', image: 'i', resources: cpu('3') }] },
  })
  await t.addPod('p', cpu('2'))
  await t.addPod('q', cpu('1'))
  await t.start()
  expect(await t.nodes('p', 'q')).toBe('- a')
})

describe('priorities', () => {
  const classes = async (t: Awaited<ReturnType<typeof testScheduler>>): Promise<void> => {
    for (const [name, value] of [
      ['low', 10],
      ['high', 1000],
    ] as const) {
      const metadata = { name }
      await t.client.create(priorityClass, {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata,
        value,
      })
    }
  }

  test('when room comes the most important pod gets it', async () => {
    await using t = await testScheduler()
    await classes(t)
    await t.start()
    await t.addPod('low', {
      ...cpu('4'),
      spec: { priorityClassName: 'low', containers: [{ name: 'c', image: 'i', resources: cpu('4') }] },
    })
    await t.addPod('high', {
      spec: { priorityClassName: 'high', containers: [{ name: 'c', image: 'i', resources: cpu('4') }] },
    })
    await t.clock.advance(20_000)
    await t.addNode('a')
    await t.clock.advance(20_000)
    expect(await t.nodes('low', 'high')).toBe('- a')
  })

  test('a less important pod is driven out, and the other gets its place when it is gone', async () => {
    await using t = await testScheduler()
    await classes(t)
    await t.addNode('a')
    await t.start()
    const of = (name: string): Parameters<typeof t.addPod>[1] => ({
      metadata: name === 'low' ? { finalizers: ['example.com/hold'] } : {},
      spec: {
        priorityClassName: name,
        containers: [{ name: 'c', image: 'i', resources: cpu('4') }],
        terminationGracePeriodSeconds: 0,
      },
    })
    await t.addPod('low', of('low'))
    const boss = await t.addPod('high', of('high'))
    const victim = await t.pod('low')
    expect(victim.metadata.deletionTimestamp).toBeDefined()
    expect(victim.status?.conditions?.map(c => [c.type, c.reason])).toEqual([
      ['PodScheduled', undefined],
      ['DisruptionTarget', 'PreemptionByScheduler'],
    ])
    expect(await t.events('low')).toContain(`Normal Preempted Preempted by pod ${boss.metadata.uid} on node a`)
    expect((await t.pod('high')).status?.nominatedNodeName).toBe('a')
    await t.client.patch(pod, 'ns', 'low', 'merge', { metadata: { finalizers: null } })
    await t.clock.advance(20_000)
    expect(await t.nodes('high')).toBe('a')
    expect((await t.pod('high')).status?.nominatedNodeName).toBeUndefined()
  })
})

test('a claim that waits for a node is given a volume before the pod is bound', async () => {
  await using t = await testScheduler()
  await t.addNode('a')
  await t.client.create(storageClass, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'wait' },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  })
  await t.client.create(persistentVolume, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'v' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'wait',
      hostPath: { path: '/x' },
    },
  })
  await t.client.patch(
    persistentVolume,
    '',
    'v',
    'merge',
    { status: { phase: 'Available' } },
    { subresource: 'status' },
  )
  await t.client.create(persistentVolumeClaim, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c', namespace: 'ns' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'wait' },
  })
  await t.start()
  await t.addPod('p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] } })
  expect(await t.nodes('p')).toBe('-')
  expect((await t.client.get(persistentVolume, '', 'v')).spec?.claimRef).toMatchObject({ namespace: 'ns', name: 'c' })
  // The volume controller's part.
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' }
  await t.client.patch(persistentVolumeClaim, 'ns', 'c', 'merge', {
    metadata: { annotations },
    spec: { volumeName: 'v' },
  })
  await t.quiet()
  expect(await t.nodes('p')).toBe('a')
  expect(t.timers()).toBe(0)
})

test(`whatever comes and goes, no node holds more than it has and no pod moves (random, KUBELITE_SEED=${SEED})`, async () => {
  const random = randomFrom(SEED)
  await using t = await testScheduler()
  await t.start()
  const nodes = new Set<string>()
  const where = new Map<string, string>()
  for (let i = 0; i < 120; i++) {
    const act = random(6)
    if (act === 0 && nodes.size < 5) {
      nodes.add(`n${i}`)
      await t.addNode(`n${i}`, { allocatable: { cpu: `${1 + random(4)}`, pods: `${1 + random(5)}` } })
    } else if (act === 1 && where.size > 0) {
      const name = [...where.keys()][random(where.size)] ?? ''
      where.delete(name)
      await t.client.delete(pod, 'ns', name, { gracePeriodSeconds: 0 })
    } else {
      where.set(`p${i}`, '')
      await t.addPod(`p${i}`, cpu(`${100 * (1 + random(15))}m`))
    }
    await t.clock.advance(random(3) * 1000)
    await check()
  }
  await t.clock.advance(60_000)
  await check()

  async function check(): Promise<void> {
    await t.quiet()
    const all = (await t.client.list(pod)).items
    for (const p of all) {
      const name = p.metadata.name ?? ''
      const before = where.get(name)
      if (before && before !== p.spec?.nodeName) throw new Error(`seed ${SEED}: ${name} moved from ${before}`)
      if (p.spec?.nodeName) where.set(name, p.spec.nodeName)
    }
    for (const n of (await t.client.list(node)).items) {
      const there = all.filter(p => p.spec?.nodeName === n.metadata.name)
      const milli = there.reduce(
        (sum, p) => sum + Number.parseInt(p.spec?.containers[0]?.resources?.requests?.['cpu'] ?? '0'),
        0,
      )
      const { cpu: has = '0', pods = '0' } = n.status?.allocatable ?? {}
      if (milli > Number(has) * 1000 || there.length > Number(pods))
        throw new Error(`seed ${SEED}: ${n.metadata.name} holds ${there.length} pods with ${milli}m`)
    }
  }
})

test('after the end nothing is left, and nothing is placed', async () => {
  await using t = await testScheduler()
  await t.addNode('a')
  await t.start()
  await t.addPod('p', cpu('5'))
  await t.addPod('x', cpu('4'))
  await t.client.delete(pod, 'ns', 'x', { gracePeriodSeconds: 0 })
  await t.scheduler.stop()
  expect(t.timers()).toBe(0)
  await t.addPod('q')
  expect(await t.nodes('q')).toBe('-')
})
