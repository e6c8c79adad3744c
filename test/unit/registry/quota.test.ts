import { limitRanger } from '../../../src/registry/admission/limit-ranger.ts'
import type { AdmissionRequest } from '../../../src/registry/admission/plugin.ts'
import { resourceQuota } from '../../../src/registry/admission/resource-quota.ts'
import type { World } from '../../../src/registry/world.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import { pod } from '../../../src/kinds/core/pod.ts'

interface Resources {
  requests?: Record<string, string>
  limits?: Record<string, string>
}
const podOf = (name: string, resources: Resources = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'one', uid: name },
  spec: { containers: [{ name: 'c', image: 'x', resources }] },
})

function world(objects: Record<string, object[]>): World {
  const all = (storage: string) => (objects[storage] ?? []) as { metadata: { name: string } }[]
  return {
    now: () => 0,
    get: (storage, _namespace, name) => all(storage).find(o => o.metadata.name === name) as never,
    list: storage => all(storage) as never,
  }
}

const request = (object: object): AdmissionRequest => ({
  operation: 'CREATE',
  kind: pod as unknown as Kind,
  namespace: 'one',
  name: (object as { metadata: { name: string } }).metadata.name,
  subresource: '',
  object: object as never,
  old: undefined,
  user: { name: 'admin', groups: [] },
  dryRun: false,
  warnings: [],
})
const quota = (hard: Record<string, string>) => ({ metadata: { name: 'q', namespace: 'one' }, spec: { hard } })

test('a quota refuses what would exceed it, naming only what is exceeded', () => {
  const stored = podOf('a', { requests: { cpu: '600m' } })
  const w = world({ 'core/resourcequotas': [quota({ cpu: '1', pods: '5' })], 'core/pods': [stored] })
  expect(() => resourceQuota().validate?.(request(podOf('b', { requests: { cpu: '500m' } })), w)).toThrow(
    'pods "b" is forbidden: exceeded quota: q, requested: cpu=500m, used: cpu=600m, limited: cpu=1',
  )
})

test('two requests cannot share the last place, and a failed one gives it back', () => {
  const w = world({ 'core/resourcequotas': [quota({ pods: '1' })] })
  const plugin = resourceQuota()
  const first = plugin.validate?.(request(podOf('a')), w)
  expect(() => plugin.validate?.(request(podOf('b')), w)).toThrow('exceeded quota')
  first?.cancel()
  expect(plugin.validate?.(request(podOf('b')), w)).toBeDefined()
})

test('a bounded amount must be named by every container', () => {
  const w = world({ 'core/resourcequotas': [quota({ 'limits.memory': '1Gi', cpu: '1' })] })
  expect(() => resourceQuota().validate?.(request(podOf('a')), w)).toThrow(
    'failed quota: q: must specify cpu for: c; limits.memory for: c',
  )
})

test('a limit range fills in what is missing and says so', () => {
  const limits = [{ type: 'Container', default: { cpu: '500m', memory: '1Gi' }, defaultRequest: { cpu: '100m' } }]
  const w = world({ 'core/limitranges': [{ metadata: {}, spec: { limits } }] })
  const object = podOf('a', { requests: { cpu: '50m' } }) as ReturnType<typeof podOf> & {
    metadata: { annotations?: object }
  }
  limitRanger.admit?.(request(object), w)
  expect(object.spec.containers[0]?.resources).toEqual({
    requests: { cpu: '50m' },
    limits: { cpu: '500m', memory: '1Gi' },
  })
  expect(object.metadata.annotations).toEqual({
    'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu, memory limit for container c',
  })
})

test('a limit range names every bound that is broken', () => {
  const limits = [{ type: 'Container', max: { cpu: '1' }, min: { memory: '10Mi' } }]
  const w = world({ 'core/limitranges': [{ metadata: {}, spec: { limits } }] })
  const object = podOf('a', { requests: { memory: '1Mi' }, limits: { cpu: '2' } })
  expect(() => limitRanger.validate?.(request(object), w)).toThrow(
    'pods "a" is forbidden: [minimum memory usage per Container is 10Mi, but request is 1Mi, maximum cpu usage per Container is 1, but limit is 2]',
  )
})
