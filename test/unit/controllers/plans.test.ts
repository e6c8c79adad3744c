import { planSlices } from '../../../src/controllers/endpoints/slices.ts'
import { inSliceOrder, inSubsetOrder } from '../../../src/controllers/endpoints/ports.ts'
import { planGarbage } from '../../../src/controllers/garbage-collector/plan.ts'
import type { OwnerState } from '../../../src/controllers/garbage-collector/plan.ts'
import { planPodCidr } from '../../../src/controllers/node-ipam.ts'
import { zoneStates } from '../../../src/controllers/node-lifecycle/zones.ts'
import { planEnded } from '../../../src/controllers/pod-gc.ts'
import type { FrozenPod } from '../../../src/controllers/shared/pods.ts'
import { byDeletionRank } from '../../../src/controllers/shared/pods.ts'
import { scaledValue } from '../../../src/controllers/shared/int-or-string.ts'
import { slowStart } from '../../../src/controllers/shared/slow-start.ts'
import { planStay } from '../../../src/controllers/taint-eviction.ts'

const NOW = Date.UTC(2026, 0, 1)
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString()

interface PodFacts {
  node?: string
  phase?: string
  readyFor?: number
  cost?: string
  restarts?: number
  age?: number
}

const pod = (name: string, f: PodFacts): FrozenPod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    uid: name,
    creationTimestamp: ago(f.age ?? 3600),
    ...(f.cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': f.cost } } : {}),
  },
  spec: { containers: [], nodeName: f.node ?? 'n1' },
  status: {
    phase: f.phase ?? 'Running',
    conditions:
      f.readyFor === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(f.readyFor) }],
    containerStatuses: [{ name: 'c', image: 'i', imageID: '', ready: true, restartCount: f.restarts ?? 0 }],
  },
})

describe('which pod a scale-down deletes first', () => {
  const cases: [string, PodFacts, PodFacts][] = [
    ['one without a node before one with', { node: '', readyFor: 100 }, { readyFor: 100 }],
    ['a pending one before a running one', { phase: 'Pending' }, { phase: 'Running' }],
    ['one that is not ready before a ready one', {}, { readyFor: 100 }],
    ['the cheaper one', { readyFor: 100, cost: '-5' }, { readyFor: 100, cost: '7' }],
    ['the one that is ready for a shorter time', { readyFor: 10 }, { readyFor: 1000 }],
    ['the one with more restarts', { readyFor: 100, restarts: 3 }, { readyFor: 100, restarts: 1 }],
    ['the younger one', { readyFor: 100, age: 200 }, { readyFor: 100, age: 9000 }],
  ]
  test.each(cases)('%s', (_, first, second) => {
    const pods = [pod('b', second), pod('a', first)]
    expect(byDeletionRank(pods, pods, NOW).map(p => p.metadata.name)).toEqual(['a', 'b'])
  })

  test('ready times of one power of two count as equal: then the uid decides', () => {
    const pods = [pod('b', { readyFor: 1100 }), pod('a', { readyFor: 1200 })]
    expect(byDeletionRank(pods, pods, NOW).map(p => p.metadata.name)).toEqual(['a', 'b'])
  })

  test('the one with more neighbours on its node', () => {
    const pods = [
      pod('x', { node: 'n1', readyFor: 9 }),
      pod('y', { node: 'n2', readyFor: 9 }),
      pod('z', { node: 'n2', readyFor: 9 }),
    ]
    expect(byDeletionRank(pods, pods, NOW).at(-1)?.metadata.name).toBe('x')
  })
})

describe('garbage', () => {
  const object = (over = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd', uid: 'd', ...over } })
  const refs = (...uids: string[]) => ({
    ownerReferences: uids.map(uid => ({ apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid })),
  })
  const states = (known: Record<string, OwnerState>) => (ref: { uid: string }) => known[ref.uid] ?? 'absent'
  const waiting = object({ uid: 'w', deletionTimestamp: 'now', finalizers: ['foregroundDeletion'] })

  test.each([
    ['an object without owners stays', object(), {}, [], { action: 'none' }],
    [
      'one whose owners are all gone goes',
      object(refs('a', 'b')),
      {},
      [],
      { action: 'delete', policy: 'Background', unblock: false },
    ],
    [
      'one that a present owner keeps forgets the others',
      object(refs('a', 'b')),
      { b: 'solid' },
      [],
      { action: 'setOwners', references: refs('b').ownerReferences },
    ],
    [
      'one with an owner that cannot be told of stays',
      object(refs('a', 'b')),
      { a: 'unknown' },
      [],
      { action: 'none' },
    ],
    [
      'one whose owner waits goes in the foreground where it has dependents',
      object(refs('a')),
      { a: 'waiting' },
      [object()],
      { action: 'delete', policy: 'Foreground', unblock: false },
    ],
    [
      'one in a circle stops blocking first',
      object(refs('a')),
      { a: 'waiting' },
      [waiting],
      { action: 'delete', policy: 'Foreground', unblock: true },
    ],
    [
      'an owner that nobody blocks any more goes',
      waiting,
      {},
      [],
      { action: 'removeFinalizer', finalizer: 'foregroundDeletion' },
    ],
    [
      'an orphaning owner lets its dependents go',
      object({ deletionTimestamp: 'now', finalizers: ['orphan'] }),
      {},
      [],
      { action: 'orphanDependents' },
    ],
  ] as const)('%s', (_, subject, known, dependents, plan) => {
    expect(planGarbage(subject as never, { ownerState: states(known), dependents: dependents as never })).toEqual(plan)
  })
})

describe('endpoint slices', () => {
  const endpoint = (n: number) => ({ addresses: [`10.0.0.${n}`], conditions: { ready: true } })
  const slice = (name: string, ...ns: number[]) =>
    ({
      apiVersion: 'v1',
      kind: 'EndpointSlice',
      metadata: { name },
      addressType: 'IPv4',
      endpoints: ns.map(endpoint),
      ports: [],
    }) as never
  const group = (...ns: number[]) => [{ ports: [], endpoints: ns.map(endpoint) }]

  test('nothing changes where everything fits', () => {
    expect(planSlices([slice('s', 1, 2)], group(1, 2), 2)).toEqual({ create: [], update: [], remove: [] })
  })
  test('a full slice stays and the rest gets a new one', () => {
    const plan = planSlices([slice('s', 1, 2)], group(1, 2, 3), 2)
    expect(plan.create.map(c => c.endpoints.length)).toEqual([1])
    expect([plan.update, plan.remove]).toEqual([[], []])
  })
  test('a changed slice is filled up before others are touched', () => {
    const plan = planSlices([slice('s', 1, 2), slice('t', 3)], group(1, 3, 4), 2)
    expect(plan.update.map(u => u.content.endpoints.map(e => e.addresses[0]))).toEqual([['10.0.0.1', '10.0.0.4']])
  })
  test('an empty service keeps one empty slice', () => {
    expect(planSlices([], [], 2).create).toEqual([{ endpoints: [], ports: [] }])
    expect(planSlices([slice('s')], [], 2)).toEqual({ create: [], update: [], remove: [] })
  })
  test('ports come in the order of their hashes, one for slices and one for subsets', () => {
    const ports = [
      { name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
      { name: 'dns', port: 53, protocol: 'UDP', appProtocol: undefined },
      { name: 'dns-tcp', port: 5353, protocol: 'TCP', appProtocol: undefined },
    ]
    expect(inSliceOrder(ports).map(p => p.name)).toEqual(['dns', 'http', 'dns-tcp'])
    expect(inSubsetOrder(ports).map(p => p.name)).toEqual(['http', 'dns-tcp', 'dns'])
  })
})

describe('small decisions', () => {
  test('percentages round up for surge and down for unavailable pods', () => {
    expect([scaledValue('25%', 3, 'up'), scaledValue('25%', 3, 'down'), scaledValue(2, 3, 'up')]).toEqual([1, 0, 2])
  })
  test('the lowest free share of the pod addresses is taken, until none is left', () => {
    const cluster = { base: 0x0a2a0000, bits: 23 }
    expect(planPodCidr(cluster, 24, new Set(['10.42.0.0/24']))).toBe('10.42.1.0/24')
    expect(planPodCidr(cluster, 24, new Set(['10.42.0.0/24', '10.42.1.0/24']))).toBeUndefined()
  })
  test('slow start stops after the first batch with a failure', async () => {
    const tried: number[] = []
    const result = await slowStart(20, async i => {
      tried.push(i)
      if (i >= 3) throw new Error('full')
    })
    expect([tried.length, result.done]).toEqual([7, 3])
  })
  test('a pod stays as long as its least patient toleration says, and not at all without one', () => {
    const taint = { key: 'k', effect: 'NoExecute' }
    const tolerate = (tolerationSeconds?: number) => ({
      key: 'k',
      operator: 'Exists',
      ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
    })
    expect([
      planStay([taint], []),
      planStay([taint], [tolerate(9), tolerate(5)]),
      planStay([taint], [tolerate()]),
    ]).toEqual([0, 5, Infinity])
  })
  test('of too many ended pods evicted and old ones go first', () => {
    const ended = (name: string, age: number, reason?: string): FrozenPod =>
      ({ metadata: { name, creationTimestamp: ago(age) }, status: { phase: 'Failed', reason } }) as never
    const pods = [ended('young', 1), ended('old', 9), ended('evicted', 1, 'Evicted')]
    expect(planEnded(pods, 1).map(p => p.metadata.name)).toEqual(['evicted', 'old'])
  })
  test('a zone is in trouble from 55 % of three and more nodes on', () => {
    const nodes = (ready: number, other: number) =>
      Array.from({ length: ready + other }, (_, i) => ({
        metadata: {},
        status: { conditions: [{ type: 'Ready', status: i < ready ? 'True' : 'Unknown' }] },
      }))
    const state = (ready: number, other: number) => zoneStates(nodes(ready, other) as never).get(':')
    expect([state(3, 1), state(1, 2), state(2, 3), state(0, 1)]).toEqual(['normal', 'normal', 'partial', 'full'])
  })
})
