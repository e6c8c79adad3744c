import { filterPlugins } from '../../../src/scheduler/plugins/index.ts'
import { planPreemption } from '../../../src/scheduler/preemption.ts'
import type { Cluster } from '../../../src/scheduler/cluster.ts'
import type { PodObject } from '../../../src/scheduler/framework.ts'
import type { BudgetObject } from '../../../src/scheduler/objects.ts'
import { clusterOf, nodeOf, place, podOf } from '../../support/scheduler-cluster.ts'

interface Shape {
  readonly cpu?: string
  readonly priority?: number
  readonly started?: string
  readonly labels?: Record<string, string>
  readonly leaving?: boolean
}

function pod(name: string, s: Shape = {}, spec: object = {}, nominatedNodeName?: string): PodObject {
  const reason = { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }
  return podOf(name, {
    requests: { cpu: s.cpu ?? '1' },
    ...(s.labels ? { labels: s.labels } : {}),
    spec: { priority: s.priority ?? 0, ...spec },
    metadata: s.leaving ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {},
    status: {
      startTime: s.started ?? '2026-01-01T00:00:00Z',
      ...(s.leaving ? { conditions: [reason] } : {}),
      ...(nominatedNodeName ? { nominatedNodeName } : {}),
    },
  })
}

/** `node: victims`, or what preemption says instead. */
function plan(cluster: Cluster, boss: PodObject): string {
  const placement = place(boss, cluster)
  if (!('failure' in placement)) return `fits ${placement.node}`
  const promised = cluster.promisedBeside(boss)
  const found = planPreemption(boss, placement.failure, cluster, {
    filters: filterPlugins,
    ...(promised ? { promised } : {}),
  })
  if ('victims' in found) return `${found.node}: ${found.victims.map(v => v.pod.metadata.name).join(' ')}`
  return 'text' in found
    ? found.text
    : [...found.perNode].map(([n, reasons]) => `${n} ${reasons.join(', ')}`).join('; ')
}

const boss = (s: Shape = {}, spec: object = {}, nominated?: string): PodObject =>
  pod('boss', { priority: 100, cpu: '4', ...s }, spec, nominated)
const NONE = 'No preemption victims found for incoming pod'
const NO_HELP = 'Preemption is not helpful for scheduling'

describe('who has to go', () => {
  test.each<[string, PodObject, readonly PodObject[], string]>([
    ['pods of lower priority', boss(), [pod('x', { cpu: '2' })], 'a: x'],
    ['not those of the same priority', boss(), [pod('x', { priority: 100 })], `a ${NONE}`],
    ['nobody where even an empty node is too small', boss({ cpu: '9' }), [pod('x')], `a ${NO_HELP}`],
    ['nobody where what may go is not enough', boss(), [pod('x'), pod('y', { priority: 100 })], 'a Insufficient cpu'],
    ['no more than need be', boss({ cpu: '1' }), [pod('x', { cpu: '2' }), pod('y', { cpu: '2' })], 'a: y'],
    [
      'the lowest priority first',
      boss({ cpu: '1' }),
      [pod('x', { cpu: '2', priority: 5 }), pod('y', { cpu: '2', priority: 50 })],
      'a: x',
    ],
    [
      'the youngest first',
      boss({ cpu: '1' }),
      [pod('x', { cpu: '2', started: '2026-01-02T00:00:00Z' }), pod('y', { cpu: '2' })],
      'a: x',
    ],
    [
      'nobody for a pod that never preempts',
      boss({}, { preemptionPolicy: 'Never' }),
      [pod('x')],
      'not eligible due to preemptionPolicy=Never.',
    ],
    [
      'nobody while those before are still going',
      boss({}, {}, 'a'),
      [pod('x', { leaving: true })],
      'not eligible due to a terminating pod on the nominated node.',
    ],
  ])('%s', (_, incoming, there, expected) => {
    expect(plan(clusterOf([[nodeOf('a'), ...there]]), incoming)).toBe(expected)
  })

  test('those that keep the pod away by anti-affinity', () => {
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } }
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    const loner = pod('x', {}, { affinity })
    expect(plan(clusterOf([[nodeOf('a'), loner]]), boss({ cpu: '1', labels: { app: 'web' } }))).toBe('a: x')
  })

  test('those that hold the port', () => {
    const containers = [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }]
    const wants = boss({ cpu: '1' }, { containers })
    expect(plan(clusterOf([[nodeOf('a'), pod('x', {}, { containers }), pod('y')]]), wants)).toBe('a: x')
  })

  test('where the nominated node is of no use any more, those that are still going there count for nothing', () => {
    const a = nodeOf('a', { taints: [{ key: 'k', effect: 'NoSchedule' }] })
    const cluster = clusterOf([
      [a, pod('x', { leaving: true })],
      [nodeOf('b'), pod('y')],
    ])
    expect(plan(cluster, boss({}, {}, 'a'))).toBe('b: y')
  })

  test('a tainted node is of no use', () => {
    const node = nodeOf('a', { taints: [{ key: 'k', effect: 'NoSchedule' }] })
    expect(plan(clusterOf([[node, pod('x')]]), boss())).toBe(`a ${NO_HELP}`)
  })

  test('room that is promised to a pod of higher priority counts as taken', () => {
    const cluster = clusterOf([[nodeOf('a'), pod('x', { cpu: '3' })]])
    cluster.nominate(pod('king', { cpu: '3', priority: 200 }), 'a')
    expect(plan(cluster, boss({ cpu: '2' }))).toBe('a Insufficient cpu')
    expect(plan(cluster, boss({ cpu: '1' }))).toBe('a: x')
  })
})

describe('the node where the harm is least', () => {
  test.each<[string, readonly PodObject[], readonly PodObject[], string]>([
    [
      'where the most important victim is less important',
      [pod('x', { priority: 9 })],
      [pod('y', { priority: 5 })],
      'b: y',
    ],
    [
      'then where all together are',
      [pod('x1', { cpu: '2', priority: 5 }), pod('x2', { cpu: '2', priority: 4 })],
      [pod('y1', { cpu: '2', priority: 5 }), pod('y2', { cpu: '2', priority: 1 })],
      'b: y1 y2',
    ],
    ['then where they are fewer', [pod('x1', { cpu: '2' }), pod('x2', { cpu: '2' })], [pod('y', { cpu: '4' })], 'b: y'],
    [
      'then where they started later',
      [pod('x', { started: '2026-01-01T00:00:00Z' })],
      [pod('y', { started: '2026-02-01T00:00:00Z' })],
      'b: y',
    ],
  ])('%s', (_, onA, onB, expected) => {
    expect(
      plan(
        clusterOf([
          [nodeOf('a'), ...onA],
          [nodeOf('b'), ...onB],
        ]),
        boss(),
      ),
    ).toBe(expected)
  })
})

describe('disruption budgets', () => {
  const guarded = { app: 'guarded' }
  const budget = (disruptionsAllowed: number, over: object = {}): BudgetObject =>
    ({
      metadata: { name: 'b', namespace: 'ns' },
      spec: { selector: { matchLabels: guarded } },
      status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, ...over },
    }) as unknown as BudgetObject
  const withBudget = (nodes: Parameters<typeof clusterOf>[0], b: BudgetObject): Cluster =>
    clusterOf(nodes, { budgets: () => [b] })
  const important = pod('x', { labels: guarded })
  const plain = pod('y', { priority: 50 })

  test('a node where none is broken comes first, even with a more important victim', () => {
    const nodes = [
      [nodeOf('a'), important],
      [nodeOf('b'), plain],
    ] as const
    expect(plan(withBudget(nodes, budget(0)), boss())).toBe('b: y')
    expect(plan(withBudget(nodes, budget(1)), boss())).toBe('a: x')
  })

  test('of one node those are spared whose loss would break one', () => {
    const two = [[nodeOf('a'), pod('x', { cpu: '2', labels: guarded }), pod('y', { cpu: '2', priority: 50 })]] as const
    expect(plan(withBudget(two, budget(0)), boss({ cpu: '2' }))).toBe('a: y')
    expect(plan(withBudget(two, budget(1)), boss({ cpu: '2' }))).toBe('a: x')
  })

  test('where nothing else helps one is broken', () => {
    expect(plan(withBudget([[nodeOf('a'), important]], budget(0)), boss())).toBe('a: x')
  })

  test('a pod whose disruption is under way is not counted again', () => {
    const nodes = [
      [nodeOf('a'), important],
      [nodeOf('b'), plain],
    ] as const
    expect(plan(withBudget(nodes, budget(0, { disruptedPods: { x: '2026-01-01T00:00:00Z' } })), boss())).toBe('a: x')
  })
})
