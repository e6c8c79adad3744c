import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PodVolumes } from '../../../src/agent/pod-volumes.ts'
import type { PodView } from '../../../src/agent/pods.ts'
import type { References } from '../../../src/agent/references.ts'
import { Claims } from '../../../src/agent/volumes/claims.ts'
import type { VolumeView } from '../../../src/agent/volumes/volume.ts'
import { notFound } from '../../../src/base/errors.ts'
import type { Client } from '../../../src/client/client.ts'
import type { PersistentVolumeSpec, PodSpec, PodStatus } from '../../../src/kinds/generated/types.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { container, podOf } from '../../support/pod-builder.ts'

const node = {
  apiVersion: 'v1' as const,
  kind: 'Node' as const,
  metadata: { name: 'n', labels: { 'kubernetes.io/hostname': 'n' } },
}
const DATA: VolumeView = { name: 'v', persistentVolumeClaim: { claimName: 'data' } }
const onNode = (name: string): Partial<PersistentVolumeSpec> => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }],
    },
  },
})

interface World {
  readonly claim?: object | null
  readonly volume?: Partial<PersistentVolumeSpec> | null
}

function claims({ claim = {}, volume = {} }: World) {
  const asked: string[] = []
  const bound = {
    metadata: { name: 'data', namespace: 'ns', uid: 'c1' },
    spec: { volumeName: 'pv1' },
    status: { phase: 'Bound' },
    ...claim,
  }
  const behind = {
    metadata: { name: 'pv1' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      claimRef: { uid: 'c1' },
      hostPath: { path: '/data' },
      ...volume,
    },
  }
  const client = {
    get: async (kind: Kind, _namespace: string, name: string) => {
      asked.push(`${kind.plural} ${name}`)
      const found = kind.plural === 'persistentvolumes' ? volume && behind : claim && bound
      if (!found) throw notFound({ group: '', resource: kind.plural }, name)
      return found
    },
  } as unknown as Client
  return { asked, source: new Claims({ client, node: () => node }) }
}

const running = podOf({}, { status: { containerStatuses: [{ containerID: 'docker://1' }] } as PodStatus })
const PVC = 'unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC'

test.each<[string, World, VolumeView, PodView, string]>([
  [
    'a claim that is not there',
    { claim: null },
    DATA,
    podOf(),
    'ns/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found',
  ],
  ['a claim that waits', { claim: { status: { phase: 'Pending' } } }, DATA, podOf(), 'ns/data: PVC is not bound'],
  [
    'a claim that goes',
    { claim: { metadata: { name: 'data', deletionTimestamp: 'x', uid: 'c1' } } },
    DATA,
    podOf(),
    'ns/data: PVC is being deleted',
  ],
  [
    'a volume that is not there',
    { volume: null },
    DATA,
    podOf(),
    'ns/data: failed to fetch PV pv1 from API server: persistentvolumes "pv1" not found',
  ],
  [
    'a volume of another claim',
    { volume: { claimRef: { uid: 'c2' } } },
    DATA,
    podOf(),
    'ns/data: found PV object "pv1" but its pv.Spec.ClaimRef.UID "c2" does not point to claim.UID "c1"',
  ],
  [
    'an ephemeral volume whose claim is somebody else’s',
    {},
    { name: 'v', ephemeral: {} },
    podOf(),
    'ns/p-v: PVC ns/data was not created for pod ns/p (pod is not owner)',
  ],
])('a pod does not start with %s', async (_, world, volume, pod, text) => {
  await expect(claims(world).source.behind(pod, volume)).rejects.toThrow(
    `Unable to attach or mount volumes: ${PVC} ${text}`,
  )
})

test('nor where the volume’s node is another one', async () => {
  await expect(claims({ volume: onNode('other') }).source.behind(podOf(), DATA)).rejects.toThrow(
    'MountVolume.NodeAffinity check failed for volume "pv1" : no matching NodeSelectorTerms',
  )
})

test('a claim leads to its volume, in the form that pods use', async () => {
  const { source } = claims({ volume: { ...onNode('n'), mountOptions: ['hard'], storageClassName: 'x' } })
  expect(
    await source.behind(podOf(), { ...DATA, persistentVolumeClaim: { claimName: 'data', readOnly: true } }),
  ).toEqual({
    volume: { name: 'pv1', hostPath: { path: '/data' } },
    readOnly: true,
    mountOptions: ['hard'],
  })
})

test('a pod that runs keeps a volume whose claim goes, and asks once', async () => {
  const { source, asked } = claims({ claim: { metadata: { name: 'data', deletionTimestamp: 'x', uid: 'c1' } } })
  await source.behind(running, DATA)
  await source.behind(running, DATA)
  expect(asked).toEqual(['persistentvolumeclaims data', 'persistentvolumes pv1'])
  source.release('u1')
  await source.behind(running, DATA)
  expect(asked).toHaveLength(4)
})

test('volumes without a claim are their own', async () => {
  expect(await claims({}).source.behind(podOf(), { name: 'v', emptyDir: {} })).toBeUndefined()
})

describe('what a pod gets', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kubelite-claim-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const setUp = async (volume: Partial<PersistentVolumeSpec>, spec: Partial<PodSpec> = {}, readOnly = false) => {
    const volumes = new PodVolumes({
      dataDir: dir,
      clock: new FakeClock(0),
      tokens: { token: async () => '' },
      claims: claims({ volume: { hostPath: undefined, ...volume } }).source,
    })
    const pod = podOf({
      containers: [container('c')],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data', readOnly } }],
      ...spec,
    })
    const references = {} as References
    return volumes.setUp({ pod, references, place: { podIp: '', hostIp: '', allocatable: {}, ownAnnotations: {} } })
  }

  test('a path of the node is made where it is missing, a local volume is not', async () => {
    const path = join(dir, 'a')
    await expect(setUp({ local: { path } })).rejects.toThrow(
      `MountVolume.SetUp failed for volume "pv1" : path "${path}" does not exist`,
    )
    expect(await setUp({ hostPath: { path } })).toEqual(new Map([['v', { path, readOnly: false }]]))
    expect(await setUp({ local: { path } }, {}, true)).toEqual(new Map([['v', { path, readOnly: true }]]))
  })

  test('a local volume is given to the pod’s group', async () => {
    const group = process.getuid?.() === 0 ? 4321 : (process.getgid?.() ?? 0)
    await setUp({ local: { path: dir } }, { securityContext: { fsGroup: group } })
    const { gid, mode } = statSync(dir)
    expect([gid, (mode & 0o2070).toString(8)]).toEqual([group, '2070'])
  })

  test('a type that nobody knows is named', async () => {
    await expect(setUp({ csi: { driver: 'd', volumeHandle: 'h' } })).rejects.toThrow(
      'MountVolume.SetUp failed for volume "pv1" : no volume plugin matched name: csi',
    )
  })
})
