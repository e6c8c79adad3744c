import type { Container, PodSpec } from '../../../src/kinds/generated/types.ts'
import { amounts, podRequests } from '../../../src/scheduler/resources.ts'

const c = (requests: Record<string, string>, over: Partial<Container> = {}): Container => ({
  name: 'c',
  resources: { requests },
  ...over,
})
const sidecar = (requests: Record<string, string>): Container => c(requests, { restartPolicy: 'Always' })

describe('podRequests', () => {
  test.each<[string, Partial<PodSpec>, Record<string, number>]>([
    ['containers add up', { containers: [c({ cpu: '100m' }), c({ cpu: '1' })] }, { cpu: 1100 }],
    ['a pod without requests asks for nothing', { containers: [{ name: 'c' }] }, {}],
    [
      'one large init container counts alone',
      { containers: [c({ cpu: '1' })], initContainers: [c({ cpu: '3' })] },
      { cpu: 3000 },
    ],
    [
      'a small one does not count',
      { containers: [c({ cpu: '1' })], initContainers: [c({ cpu: '500m' })] },
      { cpu: 1000 },
    ],
    [
      'init containers run one after the other',
      { containers: [], initContainers: [c({ cpu: '1' }), c({ cpu: '2' })] },
      { cpu: 2000 },
    ],
    [
      'sidecars run beside the containers',
      { containers: [c({ cpu: '1' })], initContainers: [sidecar({ cpu: '1' })] },
      { cpu: 2000 },
    ],
    [
      'an init container runs beside the sidecars before it',
      { containers: [c({ cpu: '1' })], initContainers: [sidecar({ cpu: '1' }), c({ cpu: '3' })] },
      { cpu: 4000 },
    ],
    [
      'and not beside those after it',
      { containers: [c({ cpu: '1' })], initContainers: [c({ cpu: '3' }), sidecar({ cpu: '1' })] },
      { cpu: 3000 },
    ],
    [
      'overhead comes on top',
      { containers: [c({ memory: '1Gi' })], overhead: { memory: '1Mi' } },
      { memory: 2 ** 30 + 2 ** 20 },
    ],
    [
      'requests of the pod stand above those of its containers',
      { containers: [c({ cpu: '1', memory: '1Mi' })], resources: { requests: { cpu: '3' } }, overhead: { cpu: '1' } },
      { cpu: 4000, memory: 2 ** 20 },
    ],
    ['other resources count in whole units', { containers: [c({ 'example.com/gpu': '2' })] }, { 'example.com/gpu': 2 }],
    ['a fraction of a thousandth of a core counts whole', { containers: [c({ cpu: '100u' })] }, { cpu: 1 }],
  ])('%s', (_, spec, expected) => {
    expect(Object.fromEntries(podRequests(spec as PodSpec))).toEqual(expected)
  })

  test('for spreading load a container that asks for nothing counts as a tenth of a core and 200Mi', () => {
    const spec: PodSpec = { containers: [{ name: 'a' }, c({ cpu: '1' })] }
    expect(Object.fromEntries(podRequests(spec, { defaults: true }))).toEqual({ cpu: 1100, memory: 400 * 2 ** 20 })
  })

  test('but one that asks for nothing in so many words counts as nothing', () => {
    const spec: PodSpec = { containers: [c({ cpu: '0', memory: '0' })] }
    expect(Object.fromEntries(podRequests(spec, { defaults: true }))).toEqual({ cpu: 0, memory: 0 })
  })

  test('a missing list is empty', () => expect(amounts(undefined).size).toBe(0))
})
