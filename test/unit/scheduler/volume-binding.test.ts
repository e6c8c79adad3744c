/** Scheduler and volume binder together: two writers of claims and volumes, in whatever order their writes come. */
import { silentLogger } from '../../../src/base/log.ts'
import type { Client } from '../../../src/client/client.ts'
import { LocalClient } from '../../../src/client/local.ts'
import { startControllers } from '../../../src/controllers/index.ts'
import { node } from '../../../src/kinds/core/node.ts'
import { persistentVolumeClaim } from '../../../src/kinds/core/persistent-volume-claim.ts'
import { persistentVolume } from '../../../src/kinds/core/persistent-volume.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import type { PodSpec } from '../../../src/kinds/generated/types.ts'
import { storageClass } from '../../../src/kinds/storage/storage-class.ts'
import { settle } from '../../support/fake-clock.ts'
import { randomFrom, SEED } from '../../support/random.ts'
import { testScheduler } from '../../support/scheduler-harness.ts'

type Room = Awaited<ReturnType<typeof testScheduler>>

const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const uses = (...claims: string[]): { spec: Partial<PodSpec> } => ({
  spec: { volumes: claims.map(name => ({ name, persistentVolumeClaim: { claimName: name } })) },
})

async function addClass(t: Room, provisioner = 'kubernetes.io/no-provisioner'): Promise<void> {
  await t.client.create(storageClass, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'wait' },
    provisioner,
    volumeBindingMode: 'WaitForFirstConsumer',
  })
}

async function addClaim(t: Room, name: string): Promise<void> {
  await t.client.create(persistentVolumeClaim, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'ns' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'wait' },
  })
}

/** A volume that only one node can use. */
async function addVolume(t: Room, name: string, home: string): Promise<void> {
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: [home] }]
  await t.client.create(persistentVolume, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'wait',
      hostPath: { path: '/x' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
    },
  })
}

const makeAvailable = (t: Room, name: string): Promise<unknown> =>
  t.client.patch(persistentVolume, '', name, 'merge', { status: { phase: 'Available' } }, { subresource: 'status' })
const changeClaim = (t: Room, name: string, change: object): Promise<unknown> =>
  t.client.patch(persistentVolumeClaim, 'ns', name, 'merge', change)
const selectedNode = async (t: Room, name: string): Promise<string | undefined> =>
  (await t.client.get(persistentVolumeClaim, 'ns', name)).metadata.annotations?.[SELECTED_NODE]
/** The volume controller's part. */
async function bindClaim(t: Room, name: string, volumeName: string): Promise<void> {
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' }
  await changeClaim(t, name, { metadata: { annotations }, spec: { volumeName } })
  await t.quiet()
}

describe('pods that share a claim', () => {
  test('are kept together: the node that the first one chose for the new volume is the one of all', async () => {
    await using t = await testScheduler()
    for (const name of ['a', 'b']) await t.addNode(name)
    await addClass(t, 'example.com/maker')
    await addClaim(t, 'c')
    for (const name of ['p', 'q', 'r']) await t.addPod(name, uses('c'))
    await t.start()
    const chosen = (await selectedNode(t, 'c')) ?? ''
    await addVolume(t, 'made', chosen)
    await bindClaim(t, 'c', 'made')
    await t.clock.advance(20_000)
    expect(await t.nodes('p', 'q', 'r')).toBe(`${chosen} ${chosen} ${chosen}`)
  })

  test('take one volume for it, not one each', async () => {
    await using t = await testScheduler()
    for (const name of ['a', 'b']) await t.addNode(name)
    await addClass(t)
    await addClaim(t, 'c')
    for (const name of ['a', 'b']) {
      await addVolume(t, `v-${name}`, name)
      await makeAvailable(t, `v-${name}`)
    }
    for (const name of ['p', 'q']) await t.addPod(name, uses('c'))
    await t.start()
    await t.clock.advance(20_000)
    const given = (await t.client.list(persistentVolume)).items.filter(v => v.spec?.claimRef)
    expect(given).toHaveLength(1)
    await bindClaim(t, 'c', given[0]?.metadata.name ?? '')
    await t.clock.advance(20_000)
    const home = given[0]?.metadata.name?.slice(2)
    expect(await t.nodes('p', 'q')).toBe(`${home} ${home}`)
  })
})

describe('waiting for a claim ends', () => {
  const roomWithMaker = async (): Promise<Room> => {
    const t = await testScheduler()
    await t.addNode('a')
    await addClass(t, 'example.com/maker')
    await addClaim(t, 'c')
    await t.start()
    await t.addPod('p', uses('c'))
    expect(await selectedNode(t, 'c')).toBe('a')
    expect(await t.nodes('p')).toBe('-')
    return t
  }

  test('where the volume cannot be made on that node: the pod looks for another', async () => {
    await using t = await roomWithMaker()
    await t.addNode('b')
    await t.client.patch(node, '', 'a', 'merge', { spec: { unschedulable: true } })
    await changeClaim(t, 'c', { metadata: { annotations: { [SELECTED_NODE]: null } } })
    await t.clock.advance(20_000)
    expect(await selectedNode(t, 'c')).toBe('b')
  })

  test('where the claim was bound to a volume of another node', async () => {
    await using t = await roomWithMaker()
    await t.addNode('b')
    await addVolume(t, 'there', 'b')
    await bindClaim(t, 'c', 'there')
    await t.clock.advance(20_000)
    expect(await t.nodes('p')).toBe('b')
  })

  test('with the pod: another one of its name is placed anew, and nothing of the old one touches it', async () => {
    await using t = await roomWithMaker()
    await t.client.delete(pod, 'ns', 'p', { gracePeriodSeconds: 0 })
    await t.quiet()
    expect(t.timers()).toBe(0)
    await t.addPod('p')
    expect(await t.nodes('p')).toBe('a')
    await t.clock.advance(700_000)
    expect(await t.nodes('p')).toBe('a')
    expect(await t.events('p')).toEqual(['Normal Scheduled Successfully assigned ns/p to a'])
  })

  test('with the claim', async () => {
    await using t = await roomWithMaker()
    await changeClaim(t, 'c', { metadata: { finalizers: null } })
    await t.client.delete(persistentVolumeClaim, 'ns', 'c')
    await t.clock.advance(20_000)
    expect(await t.events('p')).toContainEqual(expect.stringContaining('persistentvolumeclaim "c" not found'))
  })
})

/** A client whose writes come later than they were asked for, by turns of the event loop that a seed decides. */
function slowClient(inner: Client, random: (below: number) => number): Client {
  const slow = new Set<string | symbol>(['create', 'update', 'patch', 'delete', 'createSub'])
  return new Proxy(inner, {
    get(target, key) {
      const method = Reflect.get(target, key) as unknown
      if (typeof method !== 'function') return method
      return async (...args: unknown[]): Promise<unknown> => {
        if (slow.has(key)) await settle(random(6))
        const answer = (await (method as (...a: unknown[]) => unknown).apply(target, args)) as unknown
        if (slow.has(key)) await settle(random(6))
        return answer
      }
    },
  })
}

test.each(Array.from({ length: 12 }, (_, i) => SEED + i))(
  'whatever comes first, each pod runs where the volumes of its claims are (seed %i)',
  async seed => {
    const random = randomFrom(seed)
    await using t = await testScheduler({ wrap: client => slowClient(client, random) })
    const { registry, clock } = t
    const user = { name: 'admin', groups: ['system:masters'] }
    const controllers = startControllers({
      client: slowClient(new LocalClient({ registry, user, userAgent: 'test' }), random),
      clock,
      log: silentLogger,
      config: { rootCa: 'x', clusterCidr: '10.42.0.0/16', nodeMonitorGracePeriodMs: 1e9 },
    })
    await using _ = { [Symbol.asyncDispose]: () => controllers.stop() }
    for (const name of ['a', 'b', 'c']) await t.addNode(name)
    await addClass(t)
    await controllers.start()
    await t.start()
    const names = Array.from({ length: 8 }, (_, i) => String(i))
    // Claims, volumes and pods in any order; every second pod shares its first claim with the one before.
    const steps = [
      ...names.map(i => () => addClaim(t, `c${i}`)),
      ...names.map(i => () => addVolume(t, `v${i}`, 'abc'[random(3)] ?? 'a')),
      ...names.map(i => async () => void (await t.addPod(`p${i}`, uses(`c${Number(i) & ~1}`)))),
    ]
    while (steps.length > 0) {
      await steps.splice(random(steps.length), 1)[0]?.()
      if (random(2)) await settle(random(20))
      if (random(3) === 0) await clock.advance(random(3_000))
    }
    for (let i = 0; i < 40; i++) {
      await clock.advance(1_000)
      await settle(40)
    }
    const volumes = (await t.client.list(persistentVolume)).items
    const claims = (await t.client.list(persistentVolumeClaim, { namespace: 'ns' })).items
    const where = new Map((await t.client.list(pod, { namespace: 'ns' })).items.map(p => [p.metadata.name, p]))
    const wrong: string[] = []
    for (const [name, p] of where) {
      const claim = claims.find(c => c.metadata.name === p.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName)
      const volume = volumes.find(v => v.metadata.name === claim?.spec?.volumeName)
      const home = volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values?.[0]
      if (!p.spec?.nodeName || p.spec.nodeName !== home)
        wrong.push(`${name} is on ${p.spec?.nodeName}, ${claim?.metadata.name} (${claim?.status?.phase}) on ${home}`)
    }
    const refs = volumes.flatMap(v => (v.spec?.claimRef ? [v.spec.claimRef.name] : []))
    expect({ wrong, refs: refs.sort() }).toEqual({ wrong: [], refs: ['c0', 'c2', 'c4', 'c6'] })
  },
)
