import { planAggregation } from '../../../src/controllers/cluster-role-aggregation.ts'
import { clusterRole } from '../../../src/kinds/rbac/cluster-role.ts'
import { testCluster } from '../../support/cluster-harness.ts'

const as = <T>(value: unknown): T => value as T

describe('cluster role aggregation', () => {
  type Role = Parameters<typeof planAggregation>[0]
  const rule = (resource: string): object => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })
  const role = (name: string, labels: object, ...rules: object[]): Role => as({ metadata: { name, labels }, rules })
  const sum = (...rules: object[]): Role =>
    as({
      metadata: { name: 'sum', labels: { x: '1' } },
      rules,
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: '1' } }, { matchLabels: { y: '1' } }] },
    })
  test('takes rules selector by selector, by name, each once, and none of its own', () => {
    const roles = [
      role('z', { x: '1' }, rule('pods')),
      role('a', { y: '1' }, rule('pods'), rule('secrets')),
      sum(rule('nodes')),
    ]
    expect(planAggregation(sum(), roles)).toEqual([rule('pods'), rule('secrets')])
  })
  test('does nothing when the rules are right, or the role does not aggregate', () => {
    const part = role('z', { x: '1' }, rule('pods'))
    expect([planAggregation(sum(rule('pods')), [part]), planAggregation(part, [part])]).toEqual([undefined, undefined])
  })
})

describe('on a registry', () => {
  test('an aggregating role keeps what others wrote while nothing matches, and takes rules as they come and go', async () => {
    await using c = await testCluster()
    const rules = (resource: string): object[] => [{ apiGroups: [''], resources: [resource], verbs: ['get'] }]
    const role = (name: string, extra: object) =>
      c.make(clusterRole, { metadata: { name, labels: { x: '1' } }, ...extra })
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { x: '1' } }] }
    await role('sum', { aggregationRule, rules: rules('nodes') })
    await c.rest()
    const now = async (): Promise<unknown> => (await c.client.get(clusterRole, '', 'sum')).rules
    expect(await now()).toEqual(rules('nodes'))
    await role('part', { rules: rules('pods') })
    await c.rest()
    expect(await now()).toEqual(rules('pods'))
    await c.client.delete(clusterRole, '', 'part')
    await c.rest()
    expect((await now()) ?? []).toEqual([])
  })
})
