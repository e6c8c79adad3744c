import { ownOf } from '../../../src/base/json.ts'
import { selectorFromObject } from '../../../src/base/selector.ts'
import { scheduleFault } from '../../../src/kinds/batch/cron-syntax.ts'
import { pod as pods } from '../../../src/kinds/core/pod.ts'
import { prepareNewPod } from '../../../src/kinds/core/pod/prepare.ts'
import { resourceQuota } from '../../../src/kinds/core/resource-quota.ts'
import { secret } from '../../../src/kinds/core/secret.ts'
import { isFormerVersion } from '../../../src/kinds/former-versions.ts'
import { matchesNodeTerm } from '../../../src/kinds/node-selector.ts'
import { formatFits } from '../../../src/kinds/schema/custom-formats.ts'
import { componentAtom } from '../../../src/kinds/schema/atoms.ts'
import { parseDuration } from '../../../src/apiserver/query.ts'
import { planNoSchedule } from '../../../src/controllers/node-lifecycle/plan.ts'
import { addAmounts, amountsOf } from '../../../src/registry/admission/pod-amounts.ts'
import { priority } from '../../../src/registry/admission/priority.ts'
import { compareTyped } from '../../../src/registry/patch/typed-compare.ts'

/** Names that every JavaScript object answers to: in a table of ours, or in an object of a client's, they are nothing. */
const BORN = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__']
const CONTEXT = { now: 0, user: { name: 'admin', groups: [] }, dryRun: false }

describe.each(BORN)('a name from outside that is %s', name => {
  test('is no member of a table', () => expect(ownOf({ a: 1 }, name)).toBeUndefined())

  test('is no system priority class', () => {
    const pod = { metadata: { name: 'a', namespace: 'n' }, spec: { priorityClassName: name, containers: [] } }
    const request = { operation: 'CREATE', kind: pods, subresource: '', object: pod, ...CONTEXT }
    const world = { now: () => 0, get: () => undefined, list: () => [] }
    expect(() => priority.admit?.(request as never, world as never)).toThrow(
      `no PriorityClass with name ${name} was found`,
    )
  })

  test('is no scope of a quota', () => {
    const quota = { metadata: { name: 'q', namespace: 'n' }, spec: { hard: {}, scopes: [name] } }
    expect(resourceQuota.validate?.(quota as never, CONTEXT).map(f => f.message)).toEqual([
      expect.stringContaining('unsupported scope'),
    ])
  })

  test('is neither a former kind, nor a unit of time, nor a condition that taints', () => {
    expect(isFormerVersion(name, 'v1')).toBe(false)
    expect(() => parseDuration(`1${name}`)).toThrow('unknown unit')
    const node = { metadata: { name: 'n' }, status: { conditions: [{ type: name, status: name }] } }
    expect(planNoSchedule(node as never, [], '')).toEqual([])
  })

  test('is neither a label of a node, nor an operator, nor a month, nor a format', () => {
    const term = { matchExpressions: [{ key: name, operator: 'Exists' }] }
    expect(matchesNodeTerm(term, { metadata: { name: 'n', labels: { a: 'b' } } })).toBe(false)
    expect(() => selectorFromObject({ matchExpressions: [{ key: 'a', operator: name }] })).toThrow('operator')
    expect(scheduleFault(`* * * ${name} *`)).toContain('failed to parse int')
    expect(formatFits(name, 'x')).toBe(true)
  })

  test('is neither a label of a pod nor an amount, and a key of a secret as any other', () => {
    const term = { topologyKey: 'zone', labelSelector: { matchLabels: { a: 'b' } }, matchLabelKeys: [name] }
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    const pod = { metadata: { name: 'a', labels: { a: 'b' } }, spec: { containers: [], affinity } }
    prepareNewPod(pod as never, CONTEXT)
    expect(term.labelSelector).toEqual({ matchLabels: { a: 'b' } })
    const requests = JSON.parse(`{"${name}":"1"}`) as Record<string, string>
    const asking = {
      metadata: { name: 'a' },
      spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }] },
    }
    expect(() => pods.validate?.(asking as never, CONTEXT)).not.toThrow()
    expect(() => addAmounts({}, amountsOf(requests))).not.toThrow()
    const draft = { metadata: { name: 's' }, stringData: requests, data: undefined as unknown }
    secret.defaults?.(draft as never)
    expect(JSON.stringify(draft.data)).toBe(`{"${name}":"MQ=="}`)
  })

  test('is a member that came where the object before has none of it', () => {
    const with_ = { data: Object.defineProperty({}, name, { value: 'x', enumerable: true }) }
    const compared = compareTyped(componentAtom('io.k8s.api.core.v1.ConfigMap'), { data: {} }, with_)
    expect(JSON.stringify(compared.added)).toContain(`f:${name}`)
  })
})
