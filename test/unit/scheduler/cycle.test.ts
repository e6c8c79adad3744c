import { enoughNodes, normalized, placePod } from '../../../src/scheduler/cycle.ts'
import { busy, type FilterPlugin, type ScorePlugin } from '../../../src/scheduler/framework.ts'
import { failureMessage, NOT_HELPFUL, NO_VICTIMS } from '../../../src/scheduler/messages.ts'
import { clusterOf, nodeOf, place, podOf } from '../../support/scheduler-cluster.ts'

test.each([
  [1, 1],
  [100, 100],
  [101, 100],
  [250, 120],
  [1000, 420],
  [5000, 500],
  [6000, 300],
  [20_000, 1000],
])('of %i nodes %i that fit are enough', (total, enough) => expect(enoughNodes(total)).toBe(enough))

test.each([
  ['none', [3, 70], [3, 70]],
  ['by-max', [0, 5, 10], [0, 50, 100]],
  ['by-max', [0, 0], [0, 0]],
  ['by-max-reversed', [0, 5, 10], [100, 50, 0]],
  ['by-max-reversed', [0, 0], [100, 100]],
  ['by-max', [1, 3], [33, 100]],
] as const)('scores %s: %j become %j', (how, raw, expected) => expect(normalized(raw, how)).toEqual(expected))

describe('looking for a node', () => {
  const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i}`)
  const cluster = (n: number): ReturnType<typeof clusterOf> => clusterOf(names(n).map(name => [nodeOf(name)]))
  const bare = { filters: [] as FilterPlugin[], scores: [] as ScorePlugin[], start: 0, random: () => 0.5 }

  test('begins where it is told to and says how many it looked at', () => {
    expect(placePod(podOf('p'), cluster(3), { ...bare, start: 2, random: () => 1 })).toEqual({ node: 'n2', looked: 3 })
    expect(placePod(podOf('p'), cluster(300), { ...bare, start: 250, random: () => 1 })).toEqual({
      node: 'n250',
      looked: enoughNodes(300),
    })
  })

  test('chooses among equals by chance', () => {
    const chosen = new Set<string>()
    let n = 0
    const random = (): number => (n = (n + 0.37) % 1)
    for (let i = 0; i < 200; i++) {
      const found = placePod(podOf('p'), cluster(4), { ...bare, random })
      if ('node' in found) chosen.add(found.node)
    }
    expect([...chosen].sort()).toEqual(names(4))
  })

  test('weighs the scores of all plugins', () => {
    const likes = (name: string, node: string, weight: number): ScorePlugin => ({
      name,
      weight,
      prepare: () => ({ normalize: 'by-max', score: info => (info.name === node ? 1 : 0) }),
    })
    const scores = [likes('A', 'n0', 1), likes('B', 'n1', 3), likes('C', 'n0', 1)]
    expect(placePod(podOf('p'), cluster(2), { ...bare, scores })).toMatchObject({ node: 'n1' })
  })

  test('the first plugin that rejects a node names the reason, and all who rejected are known', () => {
    const rejects = (name: string, ...nodes: string[]): FilterPlugin => ({
      name,
      wakesOn: [],
      prepare: () => ({ filter: info => (nodes.includes(info.name) ? busy(name) : undefined) }),
    })
    const filters = [rejects('A', 'n0'), rejects('B', 'n0', 'n1')]
    const found = placePod(podOf('p'), cluster(2), { ...bare, filters })
    expect('failure' in found && [...found.failure.rejections].map(([n, r]) => [n, r.reasons])).toEqual([
      ['n0', ['A']],
      ['n1', ['B']],
    ])
    expect('failure' in found && [...found.failure.plugins]).toEqual(['A', 'B'])
  })

  test('a plugin that rejects the pod wholly ends the matter', () => {
    const filter: FilterPlugin = {
      name: 'A',
      wakesOn: [],
      prepare: () => ({ reject: 'no claim', filter: () => undefined }),
    }
    const found = placePod(podOf('p'), cluster(2), { ...bare, filters: [filter] })
    expect('failure' in found && failureMessage(found.failure, undefined)).toBe(
      '0/2 nodes are available: no claim. not found',
    )
  })

  test('a nominated pod goes where it was promised room though other nodes are better', () => {
    const busyNode = [nodeOf('a'), podOf('x', { requests: { cpu: '3' } })] as const
    const pod = podOf('p', { requests: { cpu: '1' }, status: { nominatedNodeName: 'a' } })
    expect(place(pod, clusterOf([busyNode, [nodeOf('b')]]))).toMatchObject({ node: 'a' })
    const large = podOf('p', { requests: { cpu: '2' }, status: { nominatedNodeName: 'a' } })
    expect(place(large, clusterOf([busyNode, [nodeOf('b')]]))).toMatchObject({ node: 'b' })
  })

  test.each([
    ['of lower priority does not get it', 0, undefined],
    ['of the same priority does not get it', 10, undefined],
    ['of higher priority does', 20, 'a'],
  ])('room is promised to a pod; one %s', (_, priority, expected) => {
    const cluster = clusterOf([[nodeOf('a')]])
    cluster.nominate(podOf('boss', { requests: { cpu: '4' }, spec: { priority: 10 } }), 'a')
    const found = place(podOf('p', { requests: { cpu: '1' }, spec: { priority } }), cluster)
    expect('node' in found ? found.node : undefined).toBe(expected)
  })
})

describe('the words for a failure', () => {
  const failure = (reasons: readonly (readonly string[])[], wholly = ''): Parameters<typeof failureMessage>[0] => ({
    rejections: new Map(reasons.map((r, i) => [`n${i}`, busy(...r)])),
    wholly,
    nodes: reasons.length,
    plugins: new Set(),
  })
  test.each<[string, readonly (readonly string[])[], Parameters<typeof failureMessage>[1], string]>([
    ['no nodes', [], undefined, 'no nodes available to schedule pods'],
    ['one', [['a']], undefined, '0/1 nodes are available: 1 a.'],
    ['counted and in order of the texts', [['b'], ['a'], ['b']], undefined, '0/3 nodes are available: 1 a, 2 b.'],
    ['several of one node', [['b', 'a']], undefined, '0/1 nodes are available: 1 a, 1 b.'],
    [
      'with what preemption found for each node',
      [['a'], ['a']],
      {
        perNode: new Map([
          ['n0', [NO_VICTIMS]],
          ['n1', [NOT_HELPFUL]],
        ]),
      },
      '0/2 nodes are available: 2 a. no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    ],
    [
      'with why it may not preempt',
      [['a']],
      { text: 'not eligible due to preemptionPolicy=Never.' },
      '0/1 nodes are available: 1 a. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    ],
  ])('%s', (_, reasons, verdict, expected) => expect(failureMessage(failure(reasons), verdict)).toBe(expected))
})
