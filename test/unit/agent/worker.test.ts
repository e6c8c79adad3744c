import { HollowRuntime } from '../../../src/agent/runtime/hollow.ts'
import type { PullOptions } from '../../../src/agent/runtime/runtime.ts'
import { lease } from '../../../src/kinds/coordination/lease.ts'
import { event } from '../../../src/kinds/core/event.ts'
import { node as nodeKind } from '../../../src/kinds/core/node.ts'
import { pod as podKind } from '../../../src/kinds/core/pod.ts'
import { settle } from '../../support/fake-clock.ts'
import { hollowNode } from '../../support/hollow-node.ts'

test('the node is registered, ready, and renews its lease without writing its status again', async () => {
  await using n = await hollowNode()
  await n.rested()
  const node = await n.client.get(nodeKind, '', 'n')
  expect(node.status?.conditions?.map(c => `${c.type}=${c.status}`)).toEqual([
    'MemoryPressure=False',
    'DiskPressure=False',
    'PIDPressure=False',
    'Ready=True',
  ])
  const before = await n.client.get(lease, 'kube-node-lease', 'n')
  await n.advance(10_000)
  const after = await n.client.get(lease, 'kube-node-lease', 'n')
  expect(after.spec?.renewTime).not.toBe(before.spec?.renewTime)
  expect((await n.client.get(nodeKind, '', 'n')).metadata.resourceVersion).toBe(node.metadata.resourceVersion)
})

test('a pod runs with its address, and nothing is written while nothing happens', async () => {
  await using n = await hollowNode()
  await n.create('web')
  const status = await n.status('web')
  expect([status.phase, status.podIP, status.hostIP, status.containerStatuses?.[0]?.ready]).toEqual([
    'Running',
    '10.42.0.2',
    '192.0.2.1',
    true,
  ])
  const { resourceVersion } = (await n.client.get(podKind, 'default', 'web')).metadata
  await n.advance(60_000)
  expect((await n.client.get(podKind, 'default', 'web')).metadata.resourceVersion).toBe(resourceVersion)
})

/** Answers late to a start: the engine's own news of it comes first. */
class LateAnswers extends HollowRuntime {
  override async startContainer(id: string) {
    const started = await super.startContainer(id)
    await settle(20)
    return started
  }
}

test('a pod is never ready before its readiness probe has said so', async () => {
  await using n = await hollowNode(clock => new LateAnswers({ clock }))
  const ready: string[] = []
  using _watch = await n.client.watch(podKind, {
    onEvent: e => {
      if (e.type === 'BOOKMARK') return
      const c = e.object.status?.containerStatuses?.[0]
      if (c) ready.push(`${(n.clock.now() / 1000) % 60}: ${c.started ?? false} ${c.ready}`)
    },
    onEnd: () => {},
  })
  const readinessProbe = { exec: { command: ['true'] }, initialDelaySeconds: 7 }
  await n.create('web', { containers: [{ name: 'c', image: 'x:1', imagePullPolicy: 'IfNotPresent', readinessProbe }] })
  await n.advance(10_000)
  expect([...new Set(ready)]).toEqual(['0: false false', '0: true false', '7: true true'])
})

/** Looks that begin while a container runs are slow to come: by then it may have ended. */
class SlowLooks extends HollowRuntime {
  override async inspect(id: string) {
    const found = await super.inspect(id)
    if (found?.state === 'running') await settle(15)
    return found
  }

  override async startContainer(id: string) {
    const started = await super.startContainer(id)
    if (started.kind === 'container') {
      this.exit(id, 3)
      await settle(10)
    }
    return started
  }
}

test('a container that ends at once has ended, however late older news of it comes', async () => {
  await using n = await hollowNode(clock => new SlowLooks({ clock }))
  await n.create('short', { restartPolicy: 'Never' })
  const { phase, containerStatuses } = await n.status('short')
  expect([phase, containerStatuses?.[0]?.state?.terminated?.exitCode]).toEqual(['Failed', 3])
})

/** Makes a container and fails to start it, for no reason of the container's. */
class NoStarts extends HollowRuntime {
  override async startContainer(id: string) {
    if ((await this.inspect(id))?.kind === 'container') throw new Error('the engine has other worries')
    return super.startContainer(id)
  }
}

test('a container that was made and not started does not stay behind', async () => {
  await using n = await hollowNode(clock => new NoStarts({ clock }))
  await n.create('never')
  expect((await n.status('never')).containerStatuses?.[0]?.state?.waiting?.reason).toBe('RunContainerError')
  expect((await n.runtime.list()).map(c => c.kind)).toEqual(['sandbox'])
  await n.client.delete(podKind, 'default', 'never')
  await n.rested()
  expect(await n.runtime.list()).toEqual([])
})

/** Tells nobody of what ends. */
class SilentEnds extends HollowRuntime {
  override watch(listener: Parameters<HollowRuntime['watch']>[0]) {
    return super.watch({
      ...listener,
      onChange: change => {
        if (!change.gone) void this.inspect(change.id).then(c => c?.state !== 'exited' && listener.onChange(change))
      },
    })
  }
}

test('a pod whose containers’ ends nobody told of still goes', async () => {
  await using n = await hollowNode(clock => new SilentEnds({ clock }))
  await n.create('quiet')
  await n.client.delete(podKind, 'default', 'quiet')
  await n.advance(30_000)
  await expect(n.status('quiet')).rejects.toThrow('not found')
  expect(await n.runtime.list()).toEqual([])
})

test('addresses of pods that nobody knows are free again', async () => {
  await using n = await hollowNode()
  await n.create('web')
  n.addresses.set('forgotten', '10.42.0.99')
  await n.advance(300_000)
  expect([...n.addresses.values()]).toEqual(['10.42.0.2'])
})

test('a container that keeps ending waits 10, then 20 seconds', async () => {
  await using n = await hollowNode()
  await n.create('loop')
  const seen: [number, string][] = []
  for (let i = 0; i < 3; i++) {
    n.runtime.exit((await n.container('c')).id, 1)
    await n.rested()
    const at = n.clock.now()
    while ((await n.status('loop')).containerStatuses?.[0]?.state?.running === undefined) await n.advance(1000)
    const status = (await n.status('loop')).containerStatuses?.[0]
    seen.push([
      (n.clock.now() - at) / 1000,
      `restart ${status?.restartCount}, last ${status?.lastState?.terminated?.exitCode}`,
    ])
  }
  expect(seen).toEqual([
    [0, 'restart 1, last 1'],
    [10, 'restart 2, last 1'],
    [20, 'restart 3, last 1'],
  ])
  const events = (await n.client.list(event, { namespace: 'default' })).items
  expect(events.filter(e => e.reason === 'BackOff').map(e => e.message?.replace(/\(.*\)/, ''))).toContain(
    'Back-off restarting failed container c in pod loop_default',
  )
  // The newest run and the one before it stay; older ones are gone.
  expect((await n.runtime.list()).filter(c => c.name === 'c').map(c => c.attempt)).toEqual([2, 3])
})

test('a deleted pod stops, its address is free again, and it leaves the API and the engine', async () => {
  await using n = await hollowNode()
  await n.create('gone')
  await n.client.delete(podKind, 'default', 'gone')
  await n.rested()
  await expect(n.status('gone')).rejects.toThrow('not found')
  expect([await n.runtime.list(), n.addresses.size]).toEqual([[], 0])
})

/** Pulls without end. */
class EndlessPulls extends HollowRuntime {
  pulling = 0
  override async findImage(): Promise<never> {
    return undefined as never
  }
  override async pullImage(...[, options]: readonly [string?, PullOptions?]): Promise<void> {
    this.pulling++
    await new Promise<void>((_, reject) =>
      options?.signal?.addEventListener('abort', () => {
        this.pulling--
        reject(options.signal?.reason as Error)
      }),
    )
  }
}

test.each([
  ['in time', {}],
  ['at once', { gracePeriodSeconds: 0 }],
])('a pod that is deleted %s while its image is pulled goes, and the pull ends', async (_, options) => {
  await using n = await hollowNode(clock => new EndlessPulls({ clock }))
  await n.create('pulls')
  expect([(await n.status('pulls')).phase, (n.runtime as EndlessPulls).pulling]).toEqual(['Pending', 1])
  await n.client.delete(podKind, 'default', 'pulls', options)
  await n.advance(5_000)
  await expect(n.status('pulls')).rejects.toThrow('not found')
  expect([await n.runtime.list(), (n.runtime as EndlessPulls).pulling, n.addresses.size]).toEqual([[], 0, 0])
})

test('a pod leaves the API only when the node is rid of what it had', async () => {
  await using n = await hollowNode()
  await n.create('sticky')
  n.stick(2)
  await n.client.delete(podKind, 'default', 'sticky')
  await n.advance(900)
  expect((await n.status('sticky')).phase).toBe('Succeeded')
  await n.advance(2_200)
  await expect(n.status('sticky')).rejects.toThrow('not found')
  expect([await n.runtime.list(), n.addresses.size]).toEqual([[], 0])
})

test('a job’s pod ends with its container, once, and keeps its address in its status', async () => {
  await using n = await hollowNode()
  await n.create('job', { restartPolicy: 'Never' })
  n.runtime.exit((await n.container('c')).id, 0)
  await n.rested()
  const status = await n.status('job')
  expect([status.phase, status.podIP, status.conditions?.map(c => c.reason ?? c.status)]).toEqual([
    'Succeeded',
    '10.42.0.2',
    ['False', 'PodCompleted', 'PodCompleted', 'PodCompleted', 'True'],
  ])
})

test('a pod that is past its deadline fails', async () => {
  await using n = await hollowNode()
  await n.create('late', { activeDeadlineSeconds: 30 })
  await n.advance(29_000)
  expect((await n.status('late')).phase).toBe('Running')
  await n.advance(2_000)
  const { phase, reason } = await n.status('late')
  expect([phase, reason]).toEqual(['Failed', 'DeadlineExceeded'])
})

test.each([
  ['a selector that the node does not match', { nodeSelector: { no: 'such' } }, 'NodeAffinity'],
  [
    'more than the node has',
    { containers: [{ name: 'c', image: 'x:1', resources: { requests: { cpu: '5k' } } }] },
    'OutOfcpu',
  ],
  [
    'a sysctl that is not safe',
    { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
    'SysctlForbidden',
  ],
])('refuses %s', async (_, spec, reason) => {
  await using n = await hollowNode()
  await n.create('refused', spec)
  const status = await n.status('refused')
  expect([status.phase, status.reason, status.conditions]).toEqual(['Failed', reason, undefined])
  expect(status.message).toMatch(/^Pod was rejected: /)
})

test('a container’s rule begins all containers anew: in the same sandbox, with counts and a condition that say so', async () => {
  await using n = await hollowNode()
  const rules = [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }]
  const of = (name: string, over = {}) => ({ name, image: 'x:1', imagePullPolicy: 'IfNotPresent', ...over })
  await n.create('anew', {
    restartPolicy: 'Never',
    initContainers: [of('i')],
    containers: [of('c', { restartPolicy: 'Never', restartPolicyRules: rules }), of('d')],
  })
  n.runtime.exit((await n.container('i')).id, 0)
  await n.rested()
  const sandbox = async (): Promise<string[]> =>
    (await n.runtime.list()).filter(c => c.kind === 'sandbox').map(c => c.id)
  const before = await sandbox()
  n.runtime.exit((await n.container('c')).id, 42)
  await n.rested()
  const restarting = async (): Promise<string | undefined> =>
    (await n.status('anew')).conditions?.find(c => c.type === 'AllContainersRestarting')?.status
  expect([(await n.status('anew')).phase, await restarting()]).toEqual(['Running', 'False'])
  expect((await n.container('i')).attempt).toBe(1)
  n.runtime.exit((await n.container('i')).id, 0)
  await n.rested()
  const status = await n.status('anew')
  expect(status.containerStatuses?.map(s => [s.name, s.restartCount, s.ready])).toEqual([
    ['c', 1, true],
    ['d', 1, true],
  ])
  expect(await sandbox()).toEqual(before)
  for (const name of ['c', 'd']) n.runtime.exit((await n.container(name)).id, 0)
  await n.rested()
  expect((await n.status('anew')).phase).toBe('Succeeded')
})
