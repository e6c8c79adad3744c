import { planClaim } from '../../../src/controllers/volume-binder/plan-claim.ts'
import { planVolume, unbound } from '../../../src/controllers/volume-binder/plan-volume.ts'
import { event } from '../../../src/kinds/core/event.ts'
import { persistentVolume } from '../../../src/kinds/core/persistent-volume.ts'
import { persistentVolumeClaim } from '../../../src/kinds/core/persistent-volume-claim.ts'
import { testCluster } from '../../support/cluster-harness.ts'
import { type Claim, claim, type Volume, volume } from '../../support/volumes.ts'

type World = Parameters<typeof planClaim>[1]
const as = <T>(value: unknown): T => value as T
const bound = { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }
const mine = { claimRef: { namespace: 'a', name: 'data' } }
const other = { claimRef: { namespace: 'a', name: 'other', uid: 'o1' } }

describe('the plan for a claim', () => {
  const world = (volumes: Volume[], classes: object[] = [], waiting: string[] = []): World => ({
    volumes: () => volumes,
    volume: name => volumes.find(v => v.metadata.name === name),
    classes: () => as(classes),
    waitingPods: () => waiting,
  })
  const later = {
    metadata: { name: 'fast' },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  }
  const outer = { metadata: { name: 'fast' }, provisioner: 'example.com/maker' }
  const standard = {
    metadata: { name: 'std', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'x',
  }
  const summary = (claim: Claim, w: World): string => {
    const plan = planClaim(claim, w)
    if (plan.do === 'bind') return `bind ${plan.volume.metadata.name}`
    if (plan.do === 'set-class') return `class ${plan.className}`
    return plan.told ? `${plan.do} ${plan.told.reason}` : plan.do
  }
  const cases: { name: string; claim: Claim; world: World; want: string }[] = [
    {
      name: 'takes the smallest that fits',
      claim: claim({ resources: { requests: { storage: '3Gi' } } }),
      world: world([volume('s'), volume('l', '10Gi'), volume('m', '5Gi')]),
      want: 'bind m',
    },
    {
      name: 'takes a larger one that is reserved for it',
      claim: claim(),
      world: world([volume('s'), volume('r', '9Gi', mine)]),
      want: 'bind r',
    },
    {
      name: 'prefers fewer access modes to a smaller size',
      claim: claim(),
      world: world([volume('two', '1Gi', { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] }), volume('one', '5Gi')]),
      want: 'bind one',
    },
    {
      name: 'takes none of another class, mode, or claim, none that goes',
      claim: claim(),
      world: world([
        volume('c', '1Gi', { storageClassName: 'slow' }),
        volume('b', '1Gi', { volumeMode: 'Block' }),
        volume('o', '1Gi', other),
        volume('d', '1Gi', {}, { deletionTimestamp: 'x' }),
      ]),
      want: 'wait ProvisioningFailed',
    },
    {
      name: 'takes what its selector matches',
      claim: claim({ selector: { matchLabels: { disk: 'ssd' } } }),
      world: world([volume('a'), volume('z', '2Gi', {}, { labels: { disk: 'ssd' } })]),
      want: 'bind z',
    },
    {
      name: 'takes the one it asks for',
      claim: claim({ volumeName: 'b' }),
      world: world([volume('a'), volume('b', '2Gi')]),
      want: 'bind b',
    },
    {
      name: 'says that the one it asks for does not do',
      claim: claim({ volumeName: 'b', resources: { requests: { storage: '3Gi' } } }),
      world: world([volume('b', '2Gi')]),
      want: 'wait VolumeMismatch',
    },
    {
      name: 'says that the one it asks for is taken',
      claim: claim({ volumeName: 'b' }),
      world: world([volume('b', '2Gi', other)]),
      want: 'wait FailedBinding',
    },
    {
      name: 'waits for the one it asks for',
      claim: claim({ volumeName: 'b' }),
      world: world([volume('a')]),
      want: 'wait',
    },
    {
      name: 'without a class and a volume it says so',
      claim: claim({ storageClassName: '' }),
      world: world([]),
      want: 'wait FailedBinding',
    },
    {
      name: 'gets the default class where it left it open',
      claim: claim({ storageClassName: undefined }),
      world: world([], [standard]),
      want: 'class std',
    },
    {
      name: 'with an empty class it gets no default',
      claim: claim({ storageClassName: '' }),
      world: world([], [standard]),
      want: 'wait FailedBinding',
    },
    {
      name: 'waits for its first consumer',
      claim: claim(),
      world: world([volume('a')], [later]),
      want: 'wait WaitForFirstConsumer',
    },
    {
      name: 'waits for its first consumer to be scheduled',
      claim: claim(),
      world: world([volume('a')], [later], ['p']),
      want: 'wait WaitForPodScheduled',
    },
    {
      name: 'takes what the scheduler reserved',
      claim: claim(),
      world: world([volume('a', '1Gi', { claimRef: { namespace: 'a', name: 'data', uid: 'c1' } })], [later]),
      want: 'bind a',
    },
    { name: 'asks an outer provisioner', claim: claim(), world: world([], [outer]), want: 'wait ExternalProvisioning' },
    {
      name: 'bound, it is lost with its volume',
      claim: claim({ volumeName: 'a' }, bound),
      world: world([]),
      want: 'lose ClaimLost',
    },
    {
      name: 'bound, it is lost when the volume is given to another',
      claim: claim({ volumeName: 'a' }, bound),
      world: world([volume('a', '1Gi', other)]),
      want: 'lose ClaimMisbound',
    },
    {
      name: 'bound, it takes its volume again',
      claim: claim({ volumeName: 'a' }, bound),
      world: world([volume('a')]),
      want: 'bind a',
    },
  ]
  test.each(cases)('$name', c => expect(summary(c.claim, c.world)).toBe(c.want))
})

describe('the plan for a volume', () => {
  const owned = { claimRef: { namespace: 'a', name: 'data', uid: 'c1' } }
  const released = (then: object): object => ({ do: 'release', then })
  const cases: { name: string; volume: Volume; claim?: Claim; want: object }[] = [
    { name: 'free, it is available', volume: volume('v'), want: { do: 'phase', phase: 'Available' } },
    { name: 'reserved, it is available', volume: volume('v', '1Gi', mine), want: { do: 'phase', phase: 'Available' } },
    {
      name: 'bound both ways it is bound',
      volume: volume('v', '1Gi', owned),
      claim: claim({ volumeName: 'v' }),
      want: { do: 'phase', phase: 'Bound' },
    },
    {
      name: 'its claim must still be bound',
      volume: volume('v', '1Gi', owned),
      claim: claim(),
      want: { do: 'wake-claim' },
    },
    {
      name: 'its claim went elsewhere',
      volume: volume('v', '1Gi', owned),
      claim: claim({ volumeName: 'w' }),
      want: { do: 'unbind' },
    },
    {
      name: 'without its claim it is kept',
      volume: volume('v', '1Gi', { ...owned, persistentVolumeReclaimPolicy: 'Retain' }),
      want: released({ do: 'retain' }),
    },
    {
      name: 'another claim of that name is not its claim',
      volume: volume('v', '1Gi', owned),
      claim: claim({}, { uid: 'c2' }),
      want: released({ do: 'retain' }),
    },
    {
      name: 'a temporary path of a host is forgotten',
      volume: volume('v', '1Gi', { ...owned, persistentVolumeReclaimPolicy: 'Delete', hostPath: { path: '/tmp/x' } }),
      want: released({ do: 'delete' }),
    },
    {
      name: 'who made it deletes it',
      volume: volume(
        'v',
        '1Gi',
        { ...owned, persistentVolumeReclaimPolicy: 'Delete' },
        { annotations: { 'pv.kubernetes.io/provisioned-by': 'x.io/y' } },
      ),
      want: released({ do: 'retain' }),
    },
  ]
  test.each(cases)('$name', c => expect(planVolume(c.volume, c.claim)).toEqual(c.want))
  test('unbound, it is free, or reserved again where a user wrote that', () => {
    const ours = volume('v', '1Gi', owned, { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } })
    expect([unbound(ours).spec?.claimRef, unbound(ours).metadata.annotations]).toEqual([undefined, undefined])
    expect(unbound(volume('v', '1Gi', owned)).spec?.claimRef).toEqual({ namespace: 'a', name: 'data' })
  })
})

describe('on a registry', () => {
  const create = claim({}, { uid: undefined })
  test('two claims get two volumes; each is released with its claim, and free when its claimRef is taken out', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    const second = claim({}, { uid: undefined, name: 'second' })
    await Promise.all([c.client.create(persistentVolumeClaim, create), c.client.create(persistentVolumeClaim, second)])
    await c.rest()
    for (const name of ['v1', 'v2']) await c.client.create(persistentVolume, volume(name, '2Gi'))
    await c.rest()
    const claims = (await c.client.list(persistentVolumeClaim, { namespace: 'a' })).items
    expect(claims.map(x => [x.status?.phase, x.status?.capacity, x.spec?.volumeName]).sort()).toEqual([
      ['Bound', { storage: '2Gi' }, 'v1'],
      ['Bound', { storage: '2Gi' }, 'v2'],
    ])
    const held = claims.find(x => x.metadata.name === 'data')?.spec?.volumeName ?? ''
    const phase = async (): Promise<unknown> => (await c.client.get(persistentVolume, '', held)).status?.phase
    expect(await phase()).toBe('Bound')
    await c.client.delete(persistentVolumeClaim, 'a', 'data')
    await c.rest()
    expect(await phase()).toBe('Released')
    await c.client.patch(persistentVolume, '', held, 'merge', { spec: { claimRef: null } })
    await c.rest()
    expect(await phase()).toBe('Available')
    const { revision } = c.store
    await c.advance(600_000)
    expect(c.store.revision).toBe(revision)
  })

  test('a volume that cannot be deleted says why; a claim whose volume is gone is lost', async () => {
    await using c = await testCluster()
    // Events about volumes are kept here.
    await c.namespace('default')
    await c.namespace('a')
    await c.client.create(persistentVolume, volume('v', '1Gi', { persistentVolumeReclaimPolicy: 'Delete' }))
    await c.client.create(persistentVolumeClaim, create)
    await c.rest()
    await c.client.delete(persistentVolumeClaim, 'a', 'data')
    await c.rest()
    const message = 'host_path deleter only supports /tmp/.+ but received provided /x'
    expect((await c.client.get(persistentVolume, '', 'v')).status).toMatchObject({ phase: 'Failed', message })
    const events = (await c.client.list(event)).items.filter(e => e.reason === 'VolumeFailedDelete')
    expect(events.map(e => e.message)).toEqual([message])

    await c.client.create(persistentVolume, volume('w'))
    await c.client.create(persistentVolumeClaim, create)
    await c.rest()
    await c.client.delete(persistentVolume, '', 'w')
    await c.client.patch(persistentVolume, '', 'w', 'merge', { metadata: { finalizers: null } })
    await c.rest()
    expect((await c.client.get(persistentVolumeClaim, 'a', 'data')).status).toEqual({ phase: 'Lost' })
  })
})
