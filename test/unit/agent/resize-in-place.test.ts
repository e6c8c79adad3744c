import { HollowRuntime } from '../../../src/agent/runtime/hollow.ts'
import { event } from '../../../src/kinds/core/event.ts'
import { node as nodeKind } from '../../../src/kinds/core/node.ts'
import { pod as podKind } from '../../../src/kinds/core/pod.ts'
import type { PodSpec } from '../../../src/kinds/generated/types.ts'
import { hollowNode } from '../../support/hollow-node.ts'

describe('a resize', () => {
  const withCpu = (cpu: string): Partial<PodSpec> => ({
    containers: [{ name: 'c', image: 'x:1', imagePullPolicy: 'IfNotPresent', resources: { requests: { cpu } } }],
  })
  type Node = Awaited<ReturnType<typeof hollowNode>>
  const resize = async (n: Node, name: string, cpu: string): Promise<void> => {
    const pod = await n.client.get(podKind, 'default', name)
    const containers = pod.spec?.containers.map(c => ({ ...c, resources: { requests: { cpu } } }))
    await n.client.update(podKind, { ...pod, spec: { ...pod.spec, containers } } as never, { subresource: 'resize' })
    await n.rested()
  }
  const shown = async (n: Node, name: string): Promise<unknown[]> => {
    const { conditions = [], containerStatuses } = await n.status(name)
    const { allocatedResources, resources, restartCount } = containerStatuses?.[0] ?? {}
    const resizing = conditions.filter(c => c.type.startsWith('PodResize'))
    return [
      allocatedResources?.cpu,
      resources?.requests?.cpu,
      restartCount,
      resizing.map(c => `${c.type} ${c.reason}`).join(),
    ]
  }
  const cpus = async (n: Node): Promise<number> =>
    Number((await n.client.get(nodeKind, '', 'n')).status?.allocatable?.cpu) * 1000

  test('that the node can take is done without a restart, and told', async () => {
    await using n = await hollowNode()
    await n.create('web', withCpu('100m'))
    await resize(n, 'web', '200m')
    expect(await shown(n, 'web')).toEqual(['200m', '200m', 0, ''])
    await n.advance(1000)
    const events = (await n.client.list(event, { namespace: 'default' })).items.map(e => e.reason)
    expect(events.filter(r => r?.startsWith('Resize'))).toEqual(['ResizeStarted', 'ResizeCompleted'])
  })

  test('that the node can never take is infeasible, and the pod keeps what it has', async () => {
    await using n = await hollowNode()
    await n.create('web', withCpu('100m'))
    await resize(n, 'web', '5000')
    expect(await shown(n, 'web')).toEqual(['100m', '100m', 0, 'PodResizePending Infeasible'])
    expect((await n.status('web')).conditions?.find(c => c.type === 'PodResizePending')?.message).toBe(
      `Node didn't have enough capacity: cpu, requested: 5000000, capacity: ${await cpus(n)}`,
    )
    await resize(n, 'web', '100m')
    expect(await shown(n, 'web')).toEqual(['100m', '100m', 0, ''])
  })

  test('that has no room now waits until another pod goes', async () => {
    await using n = await hollowNode()
    const all = await cpus(n)
    await n.create('large', withCpu(`${all - 200}m`))
    await n.create('web', withCpu('100m'))
    await resize(n, 'web', '300m')
    expect(await shown(n, 'web')).toEqual(['100m', '100m', 0, 'PodResizePending Deferred'])
    expect((await n.status('web')).conditions?.find(c => c.type === 'PodResizePending')?.message).toBe(
      `Node didn't have enough resource: cpu, requested: 300, used: ${all - 200}, capacity: ${all}`,
    )
    await n.client.delete(podKind, 'default', 'large')
    await n.rested()
    expect(await shown(n, 'web')).toEqual(['300m', '300m', 0, ''])
  })

  test('that the engine refuses goes on trying, and says so', async () => {
    class Refusing extends HollowRuntime {
      refuses = true
      override async updateContainer(): Promise<void> {
        if (this.refuses) throw new Error('no such limit')
      }
    }
    await using n = await hollowNode(clock => new Refusing({ clock }))
    await n.create('web', withCpu('100m'))
    await resize(n, 'web', '200m')
    expect(await shown(n, 'web')).toEqual(['200m', '100m', 0, 'PodResizeInProgress Error'])
    ;(n.runtime as Refusing).refuses = false
    await n.advance(10_000)
    expect(await shown(n, 'web')).toEqual(['200m', '200m', 0, ''])
  })
})
