import { configMap } from '../../../src/kinds/core/config-map.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { AnyObject, Frozen } from '../../../src/kinds/object.ts'
import type { DeleteOptions } from '../../../src/registry/api.ts'
import { planDelete } from '../../../src/registry/plan-delete.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString().replace('.000', '')

const map = (metadata: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata }) as unknown as Frozen<AnyObject>
const running = (metadata: object) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generation: 1, ...metadata },
    spec: { nodeName: 'n', terminationGracePeriodSeconds: 30, containers: [] },
    status: { phase: 'Running' },
  }) as unknown as Frozen<AnyObject>

const cases: {
  name: string
  kind: unknown
  object: Frozen<AnyObject>
  options?: DeleteOptions
  action: string
  want?: object
}[] = [
  { name: 'an object that nothing holds goes at once', kind: configMap, object: map({}), action: 'remove' },
  {
    name: 'a finalizer keeps it, marked',
    kind: configMap,
    object: map({ finalizers: ['a/b'] }),
    action: 'mark',
    want: { deletionTimestamp: at(0), deletionGracePeriodSeconds: 0, finalizers: ['a/b'] },
  },
  {
    name: 'foreground deletion is a finalizer',
    kind: configMap,
    object: map({}),
    options: { propagationPolicy: 'Foreground' },
    action: 'mark',
    want: { deletionTimestamp: at(0), deletionGracePeriodSeconds: 0, finalizers: ['foregroundDeletion'] },
  },
  {
    name: 'background deletion takes the finalizer of an earlier request away',
    kind: configMap,
    object: map({ finalizers: ['orphan'] }),
    options: { propagationPolicy: 'Background' },
    action: 'remove',
  },
  {
    name: 'a pod on a node has its grace period and a new generation',
    kind: pod,
    object: running({}),
    action: 'mark',
    want: { deletionTimestamp: at(30), deletionGracePeriodSeconds: 30, generation: 2 },
  },
  {
    name: 'a grace period that runs may be shortened',
    kind: pod,
    object: running({ deletionTimestamp: at(30), deletionGracePeriodSeconds: 30 }),
    options: { gracePeriodSeconds: 10 },
    action: 'mark',
    want: { deletionTimestamp: at(10), deletionGracePeriodSeconds: 10, generation: 1 },
  },
  {
    name: 'and not lengthened',
    kind: pod,
    object: running({ deletionTimestamp: at(30), deletionGracePeriodSeconds: 30 }),
    options: { gracePeriodSeconds: 60 },
    action: 'nothing',
  },
  {
    name: 'no grace removes a running pod',
    kind: pod,
    object: running({}),
    options: { gracePeriodSeconds: 0 },
    action: 'remove',
    want: { deletionTimestamp: at(0), deletionGracePeriodSeconds: 0, generation: 2 },
  },
]

test.each(cases)('$name', ({ kind, object, options, action, want }) => {
  const plan = planDelete(kind as Kind, object, options ?? {}, NOW)
  expect({ action: plan.action, metadata: 'object' in plan ? plan.object?.metadata : undefined }).toEqual({
    action,
    metadata: want,
  })
})
