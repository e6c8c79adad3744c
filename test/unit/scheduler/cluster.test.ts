import type { NodeObject, WakeEvent } from '../../../src/scheduler/framework.ts'
import { Cluster, nodeChanges } from '../../../src/scheduler/cluster.ts'
import { randomFrom, SEED } from '../../support/random.ts'
import { clusterOf, nodeOf, type NodeShape, podOf } from '../../support/scheduler-cluster.ts'

const cpu = (name: string, amount: string): ReturnType<typeof podOf> => podOf(name, { requests: { cpu: amount } })
const used = (cluster: Cluster, node: string): number => cluster.node(node)?.requested.get('cpu') ?? -1

describe('the picture of the cluster', () => {
  test('a pod counts where it was placed last', () => {
    const cluster = clusterOf([[nodeOf('a')], [nodeOf('b')]])
    expect(cluster.place(cpu('p', '1'), 'a')).toBe(true)
    expect(cluster.place(cpu('p', '1'), 'b')).toBe(true)
    expect([used(cluster, 'a'), used(cluster, 'b')]).toEqual([0, 1000])
  })

  test('the word of the server about a pod that was placed already counts it once', () => {
    const cluster = clusterOf([[nodeOf('a')]])
    const pod = cpu('p', '1')
    cluster.place(pod, 'a')
    const bound = { ...pod, spec: { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName: 'a' } }
    expect(cluster.place(bound as typeof pod, 'a')).toBe(false)
    expect(used(cluster, 'a')).toBe(1000)
    expect(cluster.node('a')?.pods.get('ns/p')?.pod).toBe(bound)
  })

  test('a pod that asks for something else counts anew', () => {
    const cluster = clusterOf([[nodeOf('a'), cpu('p', '1')]])
    cluster.place(cpu('p', '3'), 'a')
    expect(used(cluster, 'a')).toBe(3000)
    expect(cluster.unplace('ns/p')).toBe(true)
    expect(cluster.unplace('ns/p')).toBe(false)
    expect(used(cluster, 'a')).toBe(0)
  })

  test('pods of a node that is not there yet count when it comes, and still after it went and came', () => {
    const cluster = new Cluster()
    cluster.place(cpu('p', '1'), 'a')
    expect(cluster.putNode(nodeOf('a'))).toEqual(['node-added'])
    expect(used(cluster, 'a')).toBe(1000)
    cluster.removeNode('a')
    expect(cluster.nodes).toHaveLength(0)
    cluster.place(cpu('q', '1'), 'a')
    cluster.unplace('ns/p')
    cluster.putNode(nodeOf('a'))
    expect(used(cluster, 'a')).toBe(1000)
  })

  test('host ports are free again when the pod goes', () => {
    const containers = [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }]
    const cluster = clusterOf([[nodeOf('a'), podOf('p', { spec: { containers } })]])
    expect(cluster.node('a')?.usedPorts).toHaveLength(1)
    cluster.unplace('ns/p')
    expect(cluster.node('a')?.usedPorts).toHaveLength(0)
  })

  test('a promise holds until it is taken back, moved, or the pod is there', () => {
    const cluster = clusterOf([[nodeOf('a')], [nodeOf('b')]])
    const boss = cpu('boss', '2')
    const seen = (node: string): number | undefined => {
      const info = cluster.node(node)
      return info && cluster.promisedBeside(podOf('p'))?.(info)?.requested.get('cpu')
    }
    cluster.nominate(boss, 'a')
    expect([seen('a'), seen('b')]).toEqual([2000, undefined])
    cluster.nominate(boss, 'b')
    expect([seen('a'), seen('b')]).toEqual([undefined, 2000])
    cluster.place(boss, 'b')
    expect(seen('b')).toBeUndefined()
    cluster.unplace('ns/boss')
    cluster.denominate('ns/boss')
    expect(cluster.promisedBeside(podOf('p'))).toBeUndefined()
  })

  test('a pod does not see the promise to itself', () => {
    const cluster = clusterOf([[nodeOf('a')]])
    const boss = cpu('boss', '2')
    cluster.nominate(boss, 'a')
    const info = cluster.node('a')
    expect(info && cluster.promisedBeside(boss)?.(info)).toBeUndefined()
  })

  test.each<[string, NodeShape, WakeEvent[]]>([
    ['nothing', {}, []],
    ['labels', { labels: { x: 'y' } }, ['node-labels']],
    ['taints', { taints: [{ key: 'k', effect: 'NoSchedule' }] }, ['node-taints']],
    ['cordoned', { unschedulable: true }, ['node-schedulable']],
    ['more room', { allocatable: { cpu: '5' } }, ['node-allocatable']],
  ])('a changed node: %s', (_, shape, events) => expect(nodeChanges(nodeOf('a'), nodeOf('a', shape))).toEqual(events))

  test('a node that only says that it lives changes nothing', () => {
    const node = nodeOf('a')
    const again = { ...node, status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }] } }
    expect(nodeChanges(node, again as NodeObject)).toEqual([])
  })
})

test(`sums stay right whatever comes and goes (random, KUBELITE_SEED=${SEED})`, () => {
  const random = randomFrom(SEED)
  const cluster = new Cluster()
  const where = new Map<string, { node: string; cpu: number }>()
  for (let i = 0; i < 2000; i++) {
    const node = `n${random(4)}`
    const pod = `p${random(12)}`
    const act = random(5)
    if (act === 0) cluster.putNode(nodeOf(node))
    else if (act === 1 && random(4) === 0) cluster.removeNode(node)
    else if (act < 4) {
      const amount = random(3)
      cluster.place(cpu(pod, `${amount}`), node)
      where.set(pod, { node, cpu: amount * 1000 })
    } else {
      cluster.unplace(`ns/${pod}`)
      where.delete(pod)
    }
    for (const info of cluster.nodes) {
      const there = [...where.values()].filter(w => w.node === info.name)
      const sum = there.reduce((n, w) => n + w.cpu, 0)
      if (info.pods.size !== there.length || (info.requested.get('cpu') ?? 0) !== sum)
        throw new Error(`seed ${SEED}, step ${i}: ${info.name} has ${info.requested.get('cpu')} instead of ${sum}`)
    }
  }
})
