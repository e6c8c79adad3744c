import { escalationText, uncovered } from '../../../src/apiserver/authz/escalation.ts'
import type { PolicyRule } from '../../../src/apiserver/authz/rbac.ts'

const rule = (verbs: string, resources: string, over: Partial<PolicyRule> = {}): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: [''],
  resources: resources.split(' '),
  ...over,
})

const cases: { name: string; held: PolicyRule[]; wanted: PolicyRule[]; missing: PolicyRule[] }[] = [
  { name: 'what one has one may give', held: [rule('get list', 'pods')], wanted: [rule('get', 'pods')], missing: [] },
  {
    name: 'only the parts that are not held are missing',
    held: [rule('get', 'pods')],
    wanted: [rule('get update patch', 'pods'), rule('get', 'secrets')],
    missing: [rule('update patch', 'pods'), rule('get', 'secrets')],
  },
  {
    name: 'a grant for one name does not cover all',
    held: [rule('get', 'pods', { resourceNames: ['a'] })],
    wanted: [rule('get', 'pods')],
    missing: [rule('get', 'pods')],
  },
  {
    name: 'a grant for all covers one name',
    held: [rule('get', 'pods')],
    wanted: [rule('get', 'pods', { resourceNames: ['a'] })],
    missing: [],
  },
  {
    name: 'a star covers everything',
    held: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    wanted: [rule('get', 'pods/log')],
    missing: [],
  },
  {
    name: 'a star of subresources covers those',
    held: [rule('get', '*/status')],
    wanted: [rule('get', 'pods/status pods/log')],
    missing: [rule('get', 'pods/log')],
  },
  {
    name: 'many verbs do not make a star',
    held: [rule('get list watch', 'pods')],
    wanted: [rule('*', 'pods')],
    missing: [rule('*', 'pods')],
  },
  {
    name: 'paths are covered by their beginning',
    held: [{ verbs: ['get'], nonResourceURLs: ['/logs/*'] }],
    wanted: [{ verbs: ['get'], nonResourceURLs: ['/logs/a', '/x'] }],
    missing: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
  },
]

describe('uncovered()', () => {
  for (const c of cases) test(c.name, () => expect(uncovered(c.held, c.wanted)).toEqual(c.missing))
})

test('the refusal names who, and rules in order', () => {
  const user = { name: 'ada', groups: ['a', 'b'] }
  expect(escalationText(user, [rule('get', 'secrets'), rule('get', 'pods')])).toBe(
    'user "ada" (groups=["a" "b"]) is attempting to grant RBAC permissions not currently held:\n' +
      '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
  )
})
