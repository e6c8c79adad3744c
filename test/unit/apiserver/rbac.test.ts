import type { Attributes } from '../../../src/apiserver/authz/authorizer.ts'
import { ruleAllows, type PolicyRule } from '../../../src/apiserver/authz/rbac.ts'
import { RbacAuthorizer } from '../../../src/apiserver/authz/rbac.ts'
import { clusterRole } from '../../../src/kinds/rbac/cluster-role.ts'
import { clusterRoleBinding } from '../../../src/kinds/rbac/cluster-role-binding.ts'
import { role } from '../../../src/kinds/rbac/role.ts'
import { roleBinding } from '../../../src/kinds/rbac/role-binding.ts'
import { namespace } from '../../../src/kinds/core/namespace.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import { context, json, testRegistry } from '../../support/registry.ts'

function ask(over: Partial<Attributes> = {}): Attributes {
  return {
    user: { name: 'ada', groups: ['system:authenticated'] },
    verb: 'get',
    isResource: true,
    namespace: 'a',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    name: 'p',
    path: '',
    ...over,
  }
}

const rule = (over: Partial<PolicyRule>): PolicyRule => ({
  verbs: ['get'],
  apiGroups: [''],
  resources: ['pods'],
  ...over,
})

const rules: { name: string; rule: PolicyRule; ask: Attributes; want: boolean }[] = [
  { name: 'the same resource', rule: rule({}), ask: ask(), want: true },
  { name: 'another verb', rule: rule({}), ask: ask({ verb: 'list' }), want: false },
  { name: 'a resource does not cover its subresources', rule: rule({}), ask: ask({ subresource: 'log' }), want: false },
  {
    name: 'a star covers subresources',
    rule: rule({ resources: ['*'] }),
    ask: ask({ subresource: 'log' }),
    want: true,
  },
  {
    name: 'pods/* is no pattern',
    rule: rule({ resources: ['pods/*'] }),
    ask: ask({ subresource: 'log' }),
    want: false,
  },
  {
    name: '*/status covers every status',
    rule: rule({ resources: ['*/status'] }),
    ask: ask({ subresource: 'status' }),
    want: true,
  },
  { name: 'names restrict', rule: rule({ resourceNames: ['q'] }), ask: ask(), want: false },
  {
    name: 'a path with a star',
    rule: { verbs: ['get'], nonResourceURLs: ['/api/*'] },
    ask: ask({ isResource: false, path: '/api/v1' }),
    want: true,
  },
  {
    name: 'a path without its end',
    rule: { verbs: ['get'], nonResourceURLs: ['/api/*'] },
    ask: ask({ isResource: false, path: '/api' }),
    want: false,
  },
]

describe('ruleAllows()', () => {
  for (const c of rules) test(c.name, () => expect(ruleAllows(c.rule, c.ask)).toBe(c.want))
})

describe('RbacAuthorizer', () => {
  const RBAC = [namespace, role, roleBinding, clusterRole, clusterRoleBinding] as unknown as Kind[]

  async function started() {
    const t = await testRegistry(RBAC)
    const rbac = new RbacAuthorizer(t.registry)
    await rbac.start()
    const create = (kind: unknown, ns: string, object: object): Promise<unknown> =>
      t.registry.create(context(), { kind: kind as Kind, namespace: ns }, json(object), {})
    return {
      ...t,
      rbac,
      create,
      [Symbol.asyncDispose]: async () => {
        rbac.stop()
        await t[Symbol.asyncDispose]()
      },
    }
  }

  test('everybody may see health and version, and who is known may look around', async () => {
    await using t = await started()
    const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
    const path = (p: string, user = anonymous): boolean =>
      t.rbac.authorize(ask({ user, isResource: false, path: p })).allowed
    expect(['/healthz', '/version', '/livez', '/readyz', '/api', '/metrics'].map(p => path(p))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ])
    expect(path('/apis/apps/v1', { name: 'ada', groups: ['system:authenticated'] })).toBe(true)
  })

  test('a role counts from the moment it is written, in its namespace only', async () => {
    await using t = await started()
    await t.create(namespace, '', { metadata: { name: 'a' } })
    await t.create(role, 'a', {
      metadata: { name: 'r' },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    })
    await t.create(roleBinding, 'a', {
      metadata: { name: 'b' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ada' }],
    })
    expect(t.rbac.authorize(ask())).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/a" of Role "r" to User "ada"',
    })
    expect(t.rbac.authorize(ask({ namespace: 'b' })).allowed).toBe(false)
  })

  test('a binding to a role that is not there shows in the reason', async () => {
    await using t = await started()
    await t.create(namespace, '', { metadata: { name: 'a' } })
    await t.create(roleBinding, 'a', {
      metadata: { name: 'b' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'none' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ada' }],
    })
    expect(t.rbac.authorize(ask())).toMatchObject({
      allowed: false,
      reason: 'RBAC: role.rbac.authorization.k8s.io "none" not found',
    })
  })
})
