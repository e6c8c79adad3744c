import { planQuotaStatus } from '../../../src/controllers/resource-quota.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import { resourceQuota } from '../../../src/kinds/core/resource-quota.ts'
import { testCluster } from '../../support/cluster-harness.ts'

const as = <T>(value: unknown): T => value as T

describe('quota status', () => {
  const pod = (phase: string, cpu?: string, spec = {}): never =>
    as({
      metadata: {},
      status: { phase, qosClass: cpu ? 'Burstable' : 'BestEffort' },
      spec: { ...spec, containers: [{ resources: { requests: cpu ? { cpu } : {} } }] },
    })
  const used = (hard: Record<string, string>, objects: [string, unknown][], extra = {}): unknown =>
    planQuotaStatus(
      { hard, ...extra } as never,
      objects.map(([storage, object]) => ({ storage, object: object as never })),
    ).used
  test('sums what pods ask for; ended pods use only their count', () => {
    const pods: [string, unknown][] = [
      ['core/pods', pod('Running', '500m')],
      ['core/pods', pod('Pending', '1')],
      ['core/pods', pod('Succeeded', '2')],
    ]
    expect(used({ pods: '9', cpu: '9', 'requests.cpu': '9', 'count/pods': '9', 'limits.cpu': '1' }, pods)).toEqual({
      pods: '2',
      cpu: '1500m',
      'requests.cpu': '1500m',
      'count/pods': '3',
      'limits.cpu': '0',
    })
  })
  test('a scope leaves out other pods, and everything that is no pod', () => {
    const objects: [string, unknown][] = [
      ['core/pods', pod('Running', '1')],
      ['core/pods', pod('Running')],
      ['core/configmaps', { metadata: {} }],
    ]
    expect(used({ pods: '9' }, objects, { scopes: ['BestEffort'] })).toEqual({ pods: '1' })
  })
  test('counts objects of any kind by group', () => {
    expect(
      used({ 'count/deployments.apps': '1', secrets: '1' }, [
        ['apps/deployments', { metadata: {} }],
        ['core/secrets', { metadata: {} }],
      ]),
    ).toEqual({
      'count/deployments.apps': '1',
      secrets: '1',
    })
  })
})

describe('on a registry', () => {
  test('a quota follows what is there, and pods that end', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    await c.make(resourceQuota, {
      metadata: { name: 'q', namespace: 'a' },
      spec: { hard: { pods: '5', configmaps: '9' } },
    })
    await c.makePod('a', 'p')
    await c.rest()
    const used = async (): Promise<unknown> => (await c.client.get(resourceQuota, 'a', 'q')).status?.used
    expect(await used()).toEqual({ pods: '1', configmaps: '1' })
    await c.client.patch(pod, 'a', 'p', 'merge', { status: { phase: 'Failed' } }, { subresource: 'status' })
    await c.rest()
    expect(await used()).toEqual({ pods: '0', configmaps: '1' })
  })
})
