import type { PodAffinityTerm, PodSpec, TopologySpreadConstraint } from '../../../src/kinds/generated/types.ts'
import { selectorFromLabels } from '../../../src/base/selector.ts'
import type { NodeObject, PodObject } from '../../../src/scheduler/framework.ts'
import { clusterOf, nodeOf, outcome, podOf } from '../../support/scheduler-cluster.ts'

const ZONE = 'topology.kubernetes.io/zone'
const east = (name: string): NodeObject => nodeOf(name, { labels: { [ZONE]: 'east' } })
const west = (name: string): NodeObject => nodeOf(name, { labels: { [ZONE]: 'west' } })
const web = { app: 'web' }
const webPod = (name: string, spec: Partial<PodSpec> = {}): PodObject => podOf(name, { labels: web, spec })
const near = (term: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey: ZONE,
  labelSelector: { matchLabels: web },
  ...term,
})
const required = (kind: 'podAffinity' | 'podAntiAffinity', term = near()): Partial<PodSpec> => ({
  affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
})
const preferred = (kind: 'podAffinity' | 'podAntiAffinity', term = near()): Partial<PodSpec> => ({
  affinity: {
    [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term }] },
  },
})
const all = (n: number, reason: string): string => `0/${n} nodes are available: ${n} ${reason}.`
const NO_COMPANY = "node(s) didn't match pod affinity rules"
const UNWANTED = "node(s) didn't match pod anti-affinity rules"
const KEPT_AWAY = "node(s) didn't satisfy existing pods anti-affinity rules"

describe('pods that must be, or must not be, near others', () => {
  const x = webPod('x')
  test.each<[string, PodObject, string]>([
    ['goes to the zone of the others', podOf('p', { spec: required('podAffinity') }), 'b'],
    ['goes to the other zone', podOf('p', { spec: required('podAntiAffinity') }), 'a'],
    [
      'finds nobody it wants to be near',
      podOf('p', { spec: required('podAffinity', near({ labelSelector: { matchLabels: { app: 'db' } } })) }),
      all(2, NO_COMPANY),
    ],
    [
      'the first of a group that wants to be near itself may start',
      podOf('p', {
        labels: { app: 'new' },
        spec: required('podAffinity', near({ labelSelector: { matchLabels: { app: 'new' } } })),
      }),
      'a',
    ],
    [
      'nodes without the key are no place, not even for the first',
      podOf('p', {
        labels: { app: 'new' },
        spec: required('podAffinity', { topologyKey: 'rack', labelSelector: { matchLabels: { app: 'new' } } }),
      }),
      all(2, NO_COMPANY),
    ],
    [
      'pods of other namespaces do not count',
      podOf('p', { namespace: 'other', spec: required('podAffinity') }),
      all(2, NO_COMPANY),
    ],
    [
      'unless they are named',
      podOf('p', { namespace: 'other', spec: required('podAffinity', near({ namespaces: ['ns'] })) }),
      'b',
    ],
    [
      'or selected by labels',
      podOf('p', {
        namespace: 'other',
        spec: required('podAffinity', near({ namespaceSelector: { matchLabels: { team: 'one' } } })),
      }),
      'b',
    ],
    [
      'or an empty selector takes all',
      podOf('p', { namespace: 'other', spec: required('podAffinity', near({ namespaceSelector: {} })) }),
      'b',
    ],
    [
      'a selector that fits no namespace',
      podOf('p', { spec: required('podAffinity', near({ namespaceSelector: { matchLabels: { team: 'two' } } })) }),
      all(2, NO_COMPANY),
    ],
    [
      'a term without selector means nobody',
      podOf('p', { spec: required('podAffinity', { topologyKey: ZONE }) }),
      all(2, NO_COMPANY),
    ],
  ])('%s', (_, pod, expected) => {
    const namespaceLabels = (name: string): Record<string, string> => (name === 'ns' ? { team: 'one' } : {})
    expect(outcome(pod, clusterOf([[east('a')], [west('b'), x]], { namespaceLabels }))).toBe(expected)
  })

  test('where all places have what it does not want', () => {
    const pod = podOf('p', { spec: required('podAntiAffinity') })
    expect(
      outcome(
        pod,
        clusterOf([
          [east('a'), webPod('x')],
          [west('b'), webPod('y')],
        ]),
      ),
    ).toBe(all(2, UNWANTED))
  })

  test('where those that run do not want it', () => {
    const loner = podOf('x', { spec: required('podAntiAffinity') })
    expect(outcome(webPod('p'), clusterOf([[east('a'), loner], [east('b')]]))).toBe(all(2, KEPT_AWAY))
    expect(outcome(webPod('p'), clusterOf([[east('a'), loner], [west('b')]]))).toBe('b')
    expect(outcome(podOf('other'), clusterOf([[east('a'), loner]]))).toBe('a')
  })

  test('all terms count together: one pod must fit all of them', () => {
    const terms = [near(), near({ labelSelector: { matchLabels: { tier: 'front' } } })]
    const spec = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } }
    const front = podOf('y', { labels: { tier: 'front' } })
    const both = podOf('z', { labels: { ...web, tier: 'front' } })
    expect(outcome(podOf('p', { spec }), clusterOf([[east('a'), webPod('x'), front]]))).toBe(all(1, NO_COMPANY))
    expect(outcome(podOf('p', { spec }), clusterOf([[east('a'), both]]))).toBe('a')
  })
})

describe('pods that would like to be, or not to be, near others', () => {
  test.each<[string, PodObject, PodObject, string]>([
    ['near what it likes', podOf('p', { spec: preferred('podAffinity') }), webPod('x'), 'b'],
    ['far from what it does not like', podOf('p', { spec: preferred('podAntiAffinity') }), webPod('x'), 'a'],
    ['near what likes it', webPod('p'), podOf('x', { spec: preferred('podAffinity') }), 'b'],
    ['far from what does not like it', webPod('p'), podOf('x', { spec: preferred('podAntiAffinity') }), 'a'],
    ['near what had to be near it', webPod('p'), webPod('x', required('podAffinity')), 'b'],
  ])('%s', (_, pod, there, expected) => {
    const filler = podOf('f')
    expect(
      outcome(
        pod,
        clusterOf([
          [east('a'), filler],
          [west('b'), there],
        ]),
      ),
    ).toBe(expected)
  })
})

const spread = (over: Partial<TopologySpreadConstraint> = {}): Partial<PodSpec> => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: web }, ...over },
  ],
})
const SKEW = "node(s) didn't match pod topology spread constraints"

describe('hard spread constraints', () => {
  const cordoned = nodeOf('b', { labels: { [ZONE]: 'west' }, unschedulable: true })
  const tainted = nodeOf('b', { labels: { [ZONE]: 'west' }, taints: [{ key: 'k', effect: 'NoSchedule' }] })
  const x = webPod('x')
  test.each<[string, PodObject, readonly (readonly [NodeObject, ...PodObject[]])[], string]>([
    ['the emptier zone', webPod('p', spread()), [[east('a'), x], [west('b')]], 'b'],
    [
      'a larger skew allows both; the emptier node wins',
      webPod('p', spread({ maxSkew: 5 })),
      [[east('a')], [west('b'), x]],
      'a',
    ],
    [
      'a zone that takes nothing now still counts as the emptiest',
      webPod('p', spread()),
      [[east('a'), x], [cordoned]],
      `0/2 nodes are available: 1 ${SKEW}, 1 node(s) were unschedulable.`,
    ],
    [
      'a tainted zone too',
      webPod('p', spread()),
      [[east('a'), x], [tainted]],
      `0/2 nodes are available: 1 ${SKEW}, 1 node(s) had untolerated taint(s).`,
    ],
    [
      'unless taints are honoured',
      webPod('p', spread({ nodeTaintsPolicy: 'Honor' })),
      [[east('a'), x], [tainted]],
      'a',
    ],
    [
      'zones that the pod cannot go to do not count',
      webPod('p', { ...spread(), nodeSelector: { [ZONE]: 'east' } }),
      [[east('a'), x], [west('b')]],
      'a',
    ],
    [
      'unless node affinity is ignored',
      webPod('p', { ...spread({ nodeAffinityPolicy: 'Ignore' }), nodeSelector: { [ZONE]: 'east' } }),
      [[east('a'), x], [west('b')]],
      `0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 ${SKEW}.`,
    ],
    ['a node without the key', webPod('p', spread()), [[nodeOf('a')]], all(1, `${SKEW} (missing required label)`)],
    [
      'too few zones: the emptiest counts as none',
      webPod('p', spread({ minDomains: 2 })),
      [[east('a'), x]],
      all(1, SKEW),
    ],
    ['enough zones', webPod('p', spread({ minDomains: 1 })), [[east('a'), x]], 'a'],
    [
      'a pod that the selector does not mean does not count itself',
      podOf('p', { spec: spread() }),
      [[east('a'), x], [west('b')]],
      'b',
    ],
    [
      'pods on their way out do not count',
      webPod('p', spread()),
      [[east('a'), podOf('x', { labels: web, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })], [cordoned]],
      'a',
    ],
    [
      'pods of other namespaces do not count',
      webPod('p', spread()),
      [[east('a'), podOf('x', { labels: web, namespace: 'other' })], [cordoned]],
      'a',
    ],
    [
      'keys of matchLabelKeys narrow the selector',
      podOf('p', { labels: { ...web, rev: '2' }, spec: spread({ matchLabelKeys: ['rev'] }) }),
      [[east('a'), podOf('x', { labels: { ...web, rev: '1' } })], [cordoned]],
      'a',
    ],
  ])('%s', (_, pod, nodes, expected) => expect(outcome(pod, clusterOf(nodes))).toBe(expected))
})

describe('soft spread constraints', () => {
  const soft = spread({ whenUnsatisfiable: 'ScheduleAnyway' })
  test('prefer the emptier zone', () => {
    const there = [
      [east('a'), webPod('x')],
      [west('b'), podOf('y')],
    ] as const
    expect(outcome(webPod('p', soft), clusterOf(there))).toBe('b')
  })
  test('a node without the key comes last', () => {
    const there = [[nodeOf('a')], [west('b'), webPod('x')]] as const
    expect(outcome(webPod('p', soft), clusterOf(there))).toBe('b')
  })
  test('pods of a workload are spread over nodes without saying so', () => {
    const big = podOf('big', { requests: { cpu: '1', memory: '2Gi' } })
    const there = [
      [nodeOf('a'), webPod('x')],
      [nodeOf('b'), big],
    ] as const
    expect(outcome(webPod('p'), clusterOf(there))).toBe('a')
    expect(outcome(webPod('p'), clusterOf(there, { groupOf: () => selectorFromLabels(web) }))).toBe('b')
  })
})
