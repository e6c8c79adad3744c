import { planBudget, planScale } from '../../../src/controllers/disruption.ts'
import { deployment } from '../../../src/kinds/apps/deployment.ts'
import { replicaSet } from '../../../src/kinds/apps/replica-set.ts'
import { podDisruptionBudget } from '../../../src/kinds/policy/pod-disruption-budget.ts'
import { testCluster } from '../../support/cluster-harness.ts'

const NOW = Date.UTC(2026, 0, 1)
const DELETED = '2026-01-01T00:00:00Z'
const as = <T>(value: unknown): T => value as T

describe('disruption budgets', () => {
  type Pod = Parameters<typeof planBudget>[1][number]
  const pod = (name: string, ready: boolean, extra = {}): Pod =>
    as({ metadata: { name, ...extra }, status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } })
  const plan = (spec: object, pods: Pod[], scale: number, status = {}) =>
    planBudget(as({ metadata: { generation: 1 }, spec, status }), pods, () => ({ pods: scale, unmanaged: [] }), NOW)
  const numbers = (p: ReturnType<typeof plan>): unknown[] => [
    p.status.disruptionsAllowed,
    p.status.currentHealthy,
    p.status.desiredHealthy,
    p.status.expectedPods,
    p.status.conditions?.[0]?.reason,
  ]
  const three = [pod('a', true), pod('b', true), pod('c', true)]
  const cases: { name: string; spec: object; pods: Pod[]; scale: number; want: unknown[] }[] = [
    {
      name: 'a number counts the pods that are there',
      spec: { minAvailable: 2 },
      pods: three,
      scale: 9,
      want: [1, 3, 2, 3, 'SufficientPods'],
    },
    {
      name: 'a share counts from the scale, rounded up',
      spec: { minAvailable: '50%' },
      pods: three,
      scale: 5,
      want: [0, 3, 3, 5, 'InsufficientPods'],
    },
    {
      name: 'maxUnavailable counts from the scale',
      spec: { maxUnavailable: '30%' },
      pods: three,
      scale: 3,
      want: [1, 3, 2, 3, 'SufficientPods'],
    },
    {
      name: 'no pods allow nothing',
      spec: { maxUnavailable: 1 },
      pods: [],
      scale: 0,
      want: [0, 0, 0, 0, 'InsufficientPods'],
    },
    {
      name: 'pods that go or are not ready are not healthy',
      spec: { minAvailable: 1 },
      pods: [pod('a', false), pod('b', true, { deletionTimestamp: DELETED })],
      scale: 0,
      want: [0, 0, 1, 2, 'InsufficientPods'],
    },
  ]
  test.each(cases)('$name', c => expect(numbers(plan(c.spec, c.pods, c.scale))).toEqual(c.want))

  test('an evicted pod does not count until its deletion is overdue', () => {
    const at = (ms: number): string => new Date(NOW - ms).toISOString().slice(0, 19) + 'Z'
    const soon = plan({ minAvailable: 1 }, three, 0, { disruptedPods: { a: at(60_000) } })
    expect([soon.status.currentHealthy, soon.recheckMs, soon.status.disruptedPods]).toEqual([
      2,
      60_000,
      { a: at(60_000) },
    ])
    const late = plan({ minAvailable: 1 }, three, 0, { disruptedPods: { a: at(120_000) } })
    expect([late.status.currentHealthy, late.notDeleted.map(p => p.metadata.name), late.status.disruptedPods]).toEqual([
      3,
      ['a'],
      undefined,
    ])
  })
  test('an unknown owner allows nothing and says why', () => {
    const owned = as<Pod>({
      metadata: {
        name: 'a',
        ownerReferences: [{ apiVersion: 'x/v1', kind: 'X', name: 'x', uid: 'x', controller: true }],
      },
    })
    const failed = planBudget(
      as({ metadata: { generation: 2 }, spec: { maxUnavailable: 1 }, status: { observedGeneration: 1 } }),
      [owned],
      () => planScale([owned], () => undefined),
      NOW,
    )
    expect(failed.status).toEqual({
      observedGeneration: 1,
      disruptionsAllowed: 0,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: 'False',
          reason: 'SyncFailed',
          message: 'found no controllers for pod "a"',
          observedGeneration: 1,
          lastTransitionTime: DELETED,
        },
      ],
    })
  })
  test('the scale of pods is that of the Deployment above their ReplicaSet, once', () => {
    const ref = (kind: string, uid: string): object => ({
      apiVersion: 'apps/v1',
      kind,
      name: uid,
      uid,
      controller: true,
    })
    const owned = (name: string): Pod => as({ metadata: { name, ownerReferences: [ref('ReplicaSet', 'rs')] } })
    const found = {
      ReplicaSet: {
        kind: replicaSet,
        object: { metadata: { uid: 'rs', ownerReferences: [ref('Deployment', 'd')] }, spec: { replicas: 2 } },
      },
      Deployment: { kind: deployment, object: { metadata: { uid: 'd' }, spec: { replicas: 5 } } },
    }
    expect(planScale([owned('a'), owned('b'), pod('c', true)], (_v, kind) => as(found[kind as 'Deployment']))).toEqual({
      pods: 5,
      unmanaged: ['c'],
    })
  })
})

describe('on a registry', () => {
  test('a budget counts from the scale of the ReplicaSet, and follows it', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    const template = { metadata: { labels: { app: 'w' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    await c.make(replicaSet, {
      metadata: { name: 'w', namespace: 'a' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'w' } }, template },
    })
    await c.make(podDisruptionBudget, {
      metadata: { name: 'b', namespace: 'a' },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'w' } } },
    })
    await c.rest()
    for (const p of await c.pods('a')) await c.setReady('a', p.metadata.name ?? '', true)
    const status = async () => (await c.client.get(podDisruptionBudget, 'a', 'b')).status
    expect(await status()).toMatchObject({
      expectedPods: 2,
      currentHealthy: 2,
      desiredHealthy: 1,
      disruptionsAllowed: 1,
    })
    await c.client.patch(replicaSet, 'a', 'w', 'merge', { spec: { replicas: 3 } })
    await c.rest()
    expect(await status()).toMatchObject({
      expectedPods: 3,
      currentHealthy: 2,
      desiredHealthy: 2,
      disruptionsAllowed: 0,
    })
  })
})
