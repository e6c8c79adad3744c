import type { NodeSelectorRequirement, PodSpec, Taint, Toleration } from '../../../src/kinds/generated/types.ts'
import { tolerates } from '../../../src/scheduler/plugins/taint-toleration.ts'
import {
  clusterOf,
  nodeOf,
  outcome,
  place,
  type NodeShape,
  podOf,
  type PodShape,
} from '../../support/scheduler-cluster.ts'

const no = (reason: string): string => `0/1 nodes are available: 1 ${reason}.`

describe('one node takes a pod or says why not', () => {
  test.each<[string, NodeShape, PodShape, string]>([
    ['an empty node takes it', {}, {}, 'a'],
    ['a cordoned node does not', { unschedulable: true }, {}, no('node(s) were unschedulable')],
    [
      'a cordoned node takes what tolerates that',
      { unschedulable: true },
      { spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] } },
      'a',
    ],
    [
      'a taint NoSchedule',
      { taints: [{ key: 'k', effect: 'NoSchedule' }] },
      {},
      no('node(s) had untolerated taint(s)'),
    ],
    ['a taint NoExecute', { taints: [{ key: 'k', effect: 'NoExecute' }] }, {}, no('node(s) had untolerated taint(s)')],
    ['a taint PreferNoSchedule', { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] }, {}, 'a'],
    ['another node by name', {}, { spec: { nodeName: 'b' } }, no("node(s) didn't match the requested node name")],
    ['a selector that fits', { labels: { disk: 'ssd' } }, { spec: { nodeSelector: { disk: 'ssd' } } }, 'a'],
    [
      'a selector with another value',
      { labels: { disk: 'hdd' } },
      { spec: { nodeSelector: { disk: 'ssd' } } },
      no("node(s) didn't match Pod's node affinity/selector"),
    ],
    ['too little cpu', {}, { requests: { cpu: '5' } }, no('Insufficient cpu')],
    ['exactly as much as there is', {}, { requests: { cpu: '4', memory: '8Gi' } }, 'a'],
    [
      'several things too little',
      {},
      { requests: { memory: '9Gi', cpu: '5', 'example.com/gpu': '1' } },
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient example.com/gpu, 1 Insufficient memory.',
    ],
    ['no room for any pod', { allocatable: { pods: '0' } }, {}, no('Too many pods')],
  ])('%s', (_, node, pod, expected) => {
    expect(outcome(podOf('p', pod), clusterOf([[nodeOf('a', node)]]))).toBe(expected)
  })
})

describe('required node affinity', () => {
  const labels = { size: '5', zone: 'east' }
  test.each<[string, NodeSelectorRequirement, boolean]>([
    ['In', { key: 'zone', operator: 'In', values: ['west', 'east'] }, true],
    ['In without the value', { key: 'zone', operator: 'In', values: ['west'] }, false],
    ['In without the label', { key: 'none', operator: 'In', values: ['x'] }, false],
    ['NotIn', { key: 'zone', operator: 'NotIn', values: ['west'] }, true],
    ['NotIn with the value', { key: 'zone', operator: 'NotIn', values: ['east'] }, false],
    ['NotIn without the label', { key: 'none', operator: 'NotIn', values: ['x'] }, true],
    ['Exists', { key: 'zone', operator: 'Exists' }, true],
    ['Exists without the label', { key: 'none', operator: 'Exists' }, false],
    ['DoesNotExist', { key: 'none', operator: 'DoesNotExist' }, true],
    ['DoesNotExist with the label', { key: 'zone', operator: 'DoesNotExist' }, false],
    ['Gt', { key: 'size', operator: 'Gt', values: ['4'] }, true],
    ['Gt of the same', { key: 'size', operator: 'Gt', values: ['5'] }, false],
    ['Lt', { key: 'size', operator: 'Lt', values: ['6'] }, true],
    ['Gt of a label that is no number', { key: 'zone', operator: 'Gt', values: ['1'] }, false],
  ])('%s', (_, requirement, fits) => {
    const nodeSelectorTerms = [{ matchExpressions: [requirement] }]
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
    const found = outcome(podOf('p', { spec: { affinity } }), clusterOf([[nodeOf('a', { labels })]]))
    expect(found === 'a').toBe(fits)
  })

  const terms = (...nodeSelectorTerms: object[]): Partial<PodSpec> =>
    ({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    }) as Partial<PodSpec>
  const has = (key: string): object => ({ key, operator: 'Exists' })
  const named = (name: string): object => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] })

  test.each<[string, Partial<PodSpec>, string]>([
    ['one of the terms is enough', terms({ matchExpressions: [has('x')] }, { matchExpressions: [has('zone')] }), 'a'],
    [
      'all expressions of a term must hold',
      terms({ matchExpressions: [has('x'), has('zone')] }),
      no("node(s) didn't match Pod's node affinity/selector"),
    ],
    ['an empty term fits nothing', terms({}), no("node(s) didn't match Pod's node affinity/selector")],
    ['by name', terms(named('a')), 'a'],
    [
      'by the name of a node that is not there',
      terms(named('b')),
      no("node(s) didn't satisfy plugin(s) [NodeAffinity]"),
    ],
  ])('%s', (_, spec, expected) => {
    expect(outcome(podOf('p', { spec }), clusterOf([[nodeOf('a', { labels })]]))).toBe(expected)
  })
})

describe('tolerations', () => {
  const taint: Taint = { key: 'k', value: 'v', effect: 'NoSchedule' }
  test.each<[string, Toleration, boolean]>([
    ['the same key, value and effect', { key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }, true],
    ['Equal is what it means without an operator', { key: 'k', value: 'v' }, true],
    ['another value', { key: 'k', value: 'w' }, false],
    ['another key', { key: 'l', operator: 'Exists' }, false],
    ['another effect', { key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
    ['Exists takes any value', { key: 'k', operator: 'Exists' }, true],
    ['Exists without key takes everything', { operator: 'Exists' }, true],
  ])('%s', (_, toleration, expected) => expect(tolerates([toleration], taint)).toBe(expected))

  test.each<[string, Toleration, boolean]>([
    ['Gt: the taint is more', { key: 'k', operator: 'Gt', value: '4' }, true],
    ['Gt: the taint is less', { key: 'k', operator: 'Gt', value: '6' }, false],
    ['Lt: the taint is less', { key: 'k', operator: 'Lt', value: '6' }, true],
    ['Lt of no number', { key: 'k', operator: 'Lt', value: 'x' }, false],
  ])('%s', (_, toleration, expected) =>
    expect(tolerates([toleration], { key: 'k', value: '5', effect: 'NoSchedule' })).toBe(expected),
  )
})

describe('host ports', () => {
  const withPort = (name: string, port: object): ReturnType<typeof podOf> =>
    podOf(name, { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, ...port }] }] } })
  const taken = no("node(s) didn't have free ports for the requested pod ports")
  test.each<[string, object, object, string]>([
    ['the same port', { hostPort: 80 }, { hostPort: 80 }, taken],
    ['another port', { hostPort: 80 }, { hostPort: 81 }, 'a'],
    ['another protocol', { hostPort: 80 }, { hostPort: 80, protocol: 'UDP' }, 'a'],
    ['another address', { hostPort: 80, hostIP: '10.0.0.1' }, { hostPort: 80, hostIP: '10.0.0.2' }, 'a'],
    [
      'every address clashes with one',
      { hostPort: 80, hostIP: '10.0.0.1' },
      { hostPort: 80, hostIP: '0.0.0.0' },
      taken,
    ],
    ['a container port alone is no host port', { hostPort: 80 }, {}, 'a'],
  ])('%s', (_, there, wanted, expected) => {
    expect(outcome(withPort('p', wanted), clusterOf([[nodeOf('a'), withPort('x', there)]]))).toBe(expected)
  })
})

test('a node that must have two names is none', () => {
  const named = (name: string) => ({ key: 'metadata.name', operator: 'In' as const, values: [name] })
  const nodeSelectorTerms = [{ matchFields: [named('a'), named('b')] }]
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
  const cluster = clusterOf([[nodeOf('a')], [nodeOf('b')]])
  expect(outcome(podOf('p', { spec: { affinity } }), cluster)).toContain(
    '0/2 nodes are available: pod affinity terms conflict.',
  )
})

describe('of nodes that fit the best is taken', () => {
  const cpu = { requests: { cpu: '2' } }
  test('the emptier one', () => {
    expect(outcome(podOf('p', cpu), clusterOf([[nodeOf('a'), podOf('x', cpu)], [nodeOf('b')]]))).toBe('b')
  })
  test('pods that ask for nothing are spread too', () => {
    expect(outcome(podOf('p'), clusterOf([[nodeOf('a'), podOf('x'), podOf('y')], [nodeOf('b')]]))).toBe('b')
  })
  test('the one without a taint that is better avoided', () => {
    const taints = [{ key: 'k', effect: 'PreferNoSchedule' }]
    expect(outcome(podOf('p'), clusterOf([[nodeOf('a', { taints })], [nodeOf('b')]]))).toBe('b')
  })
  test('the preferred one, by weight', () => {
    const prefer = (n: string, weight: number): object => ({
      weight,
      preference: { matchExpressions: [{ key: 'n', operator: 'In', values: [n] }] },
    })
    const preferredDuringSchedulingIgnoredDuringExecution = [prefer('a', 1), prefer('b', 50)]
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } } as PodSpec['affinity']
    const cluster = clusterOf([[nodeOf('a', { labels: { n: 'a' } })], [nodeOf('b', { labels: { n: 'b' } })]])
    expect(outcome(podOf('p', { spec: { affinity } as Partial<PodSpec> }), cluster)).toBe('b')
  })
  test('the one that has the image', () => {
    const images = [{ names: ['img:1'], sizeBytes: 900 * 2 ** 20 }]
    expect(outcome(podOf('p'), clusterOf([[nodeOf('a')], [nodeOf('b', { images })]]))).toBe('b')
  })
  test('the one that has the images of more containers, though they are one image', () => {
    const has = (name: string, mib: number): NodeShape => ({ images: [{ names: [name], sizeBytes: mib * 2 ** 20 }] })
    const containers = ['twice:1', 'twice:1', 'once:1'].map((image, i) => ({ name: `c${i}`, image }))
    const cluster = clusterOf([[nodeOf('a', has('once:1', 900))], [nodeOf('b', has('twice:1', 600))]])
    expect(outcome(podOf('p', { spec: { containers } }), cluster)).toBe('b')
  })
  test('the one that has the image of a volume', () => {
    const images = [{ names: ['data:1'], sizeBytes: 900 * 2 ** 20 }]
    const volumes = [{ name: 'v', image: { reference: 'data:1' } }]
    expect(outcome(podOf('p', { spec: { volumes } }), clusterOf([[nodeOf('a')], [nodeOf('b', { images })]]))).toBe('b')
  })
  test('what a node does not have at all says nothing about how full it is', () => {
    const cluster = clusterOf([
      [nodeOf('a', { allocatable: { memory: '0' } })],
      [nodeOf('b'), podOf('x', { requests: { cpu: '1', memory: '3Gi' } })],
    ])
    expect(outcome(podOf('p', { requests: { cpu: '1', memory: '0' } }), cluster)).toBe('a')
  })
  test('the one whose cpu and memory are used evenly', () => {
    const half = { cpu: '4', memory: '8Gi' }
    const even = podOf('e', { requests: { cpu: '1', memory: '2Gi' } })
    const uneven = podOf('u', { requests: { cpu: '2' } })
    const cluster = clusterOf([
      [nodeOf('a', { allocatable: half }), uneven],
      [nodeOf('b', { allocatable: half }), even],
    ])
    expect(place(podOf('p', { requests: { cpu: '100m', memory: '200Mi' } }), cluster)).toMatchObject({ node: 'b' })
  })
})
