import type { PersistentVolumeClaimSpec, PersistentVolumeSpec, PodSpec } from '../../../src/kinds/generated/types.ts'
import type { ClaimObject, ClassObject, ClusterObjects, VolumeObject } from '../../../src/scheduler/objects.ts'
import { planVolumes } from '../../../src/scheduler/plugins/volumes.ts'
import { clusterOf, nodeOf, outcome, podOf } from '../../support/scheduler-cluster.ts'

const BOUND = { 'pv.kubernetes.io/bind-completed': 'yes' }

function claim(name: string, spec: Partial<PersistentVolumeClaimSpec> = {}, over: object = {}): ClaimObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'ns', uid: name, ...(spec.volumeName ? { annotations: BOUND } : {}) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      ...spec,
    },
    ...over,
  } as ClaimObject
}

function volume(
  name: string,
  spec: Partial<PersistentVolumeSpec> = {},
  labels: Record<string, string> = {},
): VolumeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: '', ...spec },
    status: { phase: 'Available' },
  } as VolumeObject
}

const on = (n: string): Partial<PersistentVolumeSpec> => ({
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'n', operator: 'In', values: [n] }] }] },
  },
})
const wait = (provisioner = 'kubernetes.io/no-provisioner', more: object = {}): ClassObject =>
  ({ metadata: { name: 'wait' }, provisioner, volumeBindingMode: 'WaitForFirstConsumer', ...more }) as ClassObject
const waiting = (name: string, over: Partial<PersistentVolumeClaimSpec> = {}): ClaimObject =>
  claim(name, { storageClassName: 'wait', ...over })

interface Storage {
  readonly claims?: readonly ClaimObject[]
  readonly volumes?: readonly VolumeObject[]
  readonly storageClass?: ClassObject
  readonly more?: Partial<ClusterObjects>
}

function objects(s: Storage): Partial<ClusterObjects> {
  return {
    claim: (namespace, name) => s.claims?.find(c => c.metadata.namespace === namespace && c.metadata.name === name),
    volume: name => s.volumes?.find(v => v.metadata.name === name),
    volumes: () => s.volumes ?? [],
    storageClass: name => (s.storageClass?.metadata.name === name ? s.storageClass : undefined),
    ...s.more,
  }
}

const uses = (...names: string[]): { spec: Partial<PodSpec> } => ({
  spec: { volumes: names.map(n => ({ name: n, persistentVolumeClaim: { claimName: n } })) },
})
const ephemeral = {
  spec: { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: {} } } }] } as Partial<PodSpec>,
}
const a = nodeOf('a', { labels: { n: 'a', 'topology.kubernetes.io/zone': 'east' } })
const whole = (text: string): string => `0/1 nodes are available: ${text}. not found`
const node = (text: string): string => `0/1 nodes are available: 1 ${text}.`

describe('the claims of a pod', () => {
  test.each<[string, Parameters<typeof podOf>[1], Storage, string]>([
    ['one that does not exist', uses('c'), {}, whole('persistentvolumeclaim "c" not found')],
    [
      'one that is going',
      uses('c'),
      { claims: [claim('c', {}, { metadata: { name: 'c', namespace: 'ns', deletionTimestamp: 't' } })] },
      whole('persistentvolumeclaim "c" is being deleted'),
    ],
    [
      'one that lost its volume',
      uses('c'),
      { claims: [claim('c', { volumeName: 'v' }, { status: { phase: 'Lost' } })] },
      whole('persistentvolumeclaim "c" bound to non-existent persistentvolume "v"'),
    ],
    [
      'one that is not bound yet',
      uses('c'),
      { claims: [claim('c')] },
      whole('pod has unbound immediate PersistentVolumeClaims'),
    ],
    [
      'one of the pod itself that is not there yet',
      ephemeral,
      {},
      whole('waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"'),
    ],
    [
      "someone else's of the same name",
      ephemeral,
      { claims: [claim('p-v')] },
      whole('PVC ns/p-v was not created for pod ns/p (pod is not owner)'),
    ],
    ['a bound one', uses('c'), { claims: [claim('c', { volumeName: 'v' })], volumes: [volume('v')] }, 'a'],
    [
      'a bound one whose volume is gone',
      uses('c'),
      { claims: [claim('c', { volumeName: 'v' })] },
      node('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'),
    ],
    [
      'a bound one whose volume is elsewhere',
      uses('c'),
      { claims: [claim('c', { volumeName: 'v' })], volumes: [volume('v', on('b'))] },
      node("node(s) didn't match PersistentVolume's node affinity"),
    ],
    [
      'a volume of another zone',
      uses('c'),
      {
        claims: [claim('c', { volumeName: 'v' })],
        volumes: [volume('v', {}, { 'topology.kubernetes.io/zone': 'west' })],
      },
      node('node(s) had no available volume zone'),
    ],
    [
      'a volume of several zones, by the old label',
      uses('c'),
      {
        claims: [claim('c', { volumeName: 'v' })],
        volumes: [volume('v', {}, { 'failure-domain.beta.kubernetes.io/zone': 'west__east' })],
      },
      'a',
    ],
    [
      'one that waits for a node, which has no volume',
      uses('c'),
      { claims: [waiting('c')], storageClass: wait() },
      node("node(s) didn't find available persistent volumes to bind"),
    ],
    [
      'one that waits for a node, which has one',
      uses('c'),
      {
        claims: [waiting('c')],
        storageClass: wait(),
        volumes: [volume('v', { storageClassName: 'wait', ...on('a') })],
      },
      'a',
    ],
    ['one that can be made', uses('c'), { claims: [waiting('c')], storageClass: wait('example.com/disk') }, 'a'],
  ])('%s', (_, shape, storage, expected) => {
    expect(outcome(podOf('p', shape), clusterOf([[a]], objects(storage)))).toBe(expected)
  })

  test('a claim for one pod at a time is not used by a second, on whatever node', () => {
    const storage = objects({
      claims: [claim('c', { volumeName: 'v', accessModes: ['ReadWriteOncePod'] })],
      volumes: [volume('v')],
    })
    const text =
      'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod'
    expect(outcome(podOf('p', uses('c')), clusterOf([[a, podOf('x', uses('c'))]], storage))).toBe(node(text))
    expect(outcome(podOf('p', uses('c')), clusterOf([[a, podOf('x')]], storage))).toBe('a')
  })

  test('a node takes no more volumes than its driver can; one that is there already costs nothing', () => {
    const csi = (handle: string): Partial<PersistentVolumeSpec> => ({ csi: { driver: 'd', volumeHandle: handle } })
    const drivers = [{ name: 'd', nodeID: 'a', allocatable: { count: 1 } }]
    const storage = objects({
      claims: [claim('c1', { volumeName: 'v1' }), claim('c2', { volumeName: 'v2' })],
      volumes: [volume('v1', csi('h1')), volume('v2', csi('h2'))],
      more: {
        csiNode: () => ({
          apiVersion: 'storage.k8s.io/v1',
          kind: 'CSINode',
          metadata: { name: 'a' },
          spec: { drivers },
        }),
      },
    })
    const cluster = clusterOf([[a, podOf('x', uses('c1'))]], storage)
    expect(outcome(podOf('p', uses('c2')), cluster)).toBe(node('node(s) exceed max volume count'))
    expect(outcome(podOf('p', uses('c1')), cluster)).toBe('a')
  })
})

describe('volumes for claims that wait for a node', () => {
  const plan = (
    claims: readonly ClaimObject[],
    volumes: readonly VolumeObject[],
    more: Partial<ClusterObjects> = {},
  ): unknown => {
    const found = planVolumes(claims, a, clusterOf([[a]], objects({ volumes, storageClass: wait(), more })).objects)
    return found && Object.fromEntries(found.bind.map(b => [b.claim.metadata.name, b.volume.metadata.name]))
  }
  const of = (name: string, storage: string, spec: Partial<PersistentVolumeSpec> = {}): VolumeObject =>
    volume(name, { storageClassName: 'wait', capacity: { storage }, ...spec })

  test.each<[string, readonly ClaimObject[], readonly VolumeObject[], unknown]>([
    ['the smallest that is large enough', [waiting('c')], [of('l', '9Gi'), of('m', '2Gi'), of('s', '1Mi')], { c: 'm' }],
    ['each volume once', [waiting('c'), waiting('d')], [of('v', '1Gi')], undefined],
    [
      'small claims first',
      [waiting('large', { resources: { requests: { storage: '5Gi' } } }), waiting('small')],
      [of('l', '5Gi'), of('s', '1Gi')],
      { large: 'l', small: 's' },
    ],
    [
      'one kept for the claim',
      [waiting('c')],
      [of('s', '1Gi'), of('k', '9Gi', { claimRef: { namespace: 'ns', name: 'c' } })],
      { c: 'k' },
    ],
    [
      'none that is kept for another',
      [waiting('c')],
      [of('k', '1Gi', { claimRef: { namespace: 'ns', name: 'd' } })],
      undefined,
    ],
    ['none of another class', [waiting('c')], [volume('v')], undefined],
    ['none of another mode', [waiting('c')], [of('v', '1Gi', { volumeMode: 'Block' })], undefined],
    ['none that lacks an access mode', [waiting('c', { accessModes: ['ReadWriteMany'] })], [of('v', '1Gi')], undefined],
    [
      'none that the selector does not mean',
      [waiting('c', { selector: { matchLabels: { x: 'y' } } })],
      [of('v', '1Gi')],
      undefined,
    ],
    ['none of another node', [waiting('c')], [of('v', '1Gi', on('b'))], undefined],
  ])('%s', (_, claims, volumes, expected) => expect(plan(claims, volumes)).toEqual(expected))

  test('none that is about to be bound to another claim', () => {
    expect(plan([waiting('c')], [of('v', '1Gi')], { promisedTo: () => 'ns/d' })).toBeUndefined()
    expect(plan([waiting('c')], [of('v', '1Gi')], { promisedTo: () => 'ns/c' })).toEqual({ c: 'v' })
  })

  test('what can be made is made only where the class allows it', () => {
    const zone = (value: string): object => ({
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: [value] }] }],
    })
    const made = (storageClass: ClassObject): unknown =>
      planVolumes([waiting('c')], a, clusterOf([[a]], objects({ storageClass })).objects)?.provision.length
    expect(made(wait('example.com/disk', zone('east')))).toBe(1)
    expect(made(wait('example.com/disk', zone('west')))).toBeUndefined()
  })
})
