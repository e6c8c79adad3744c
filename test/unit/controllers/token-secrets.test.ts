import { planTokenSecret } from '../../../src/controllers/service-account-tokens.ts'
import { secret as secretKind } from '../../../src/kinds/core/secret.ts'
import { serviceAccount } from '../../../src/kinds/core/service-account.ts'
import { testCluster } from '../../support/cluster-harness.ts'

const as = <T>(value: unknown): T => value as T
const b64 = (text: string): string => Buffer.from(text).toString('base64')

describe('token Secrets', () => {
  type Secret = Parameters<typeof planTokenSecret>[0]
  const NAME = 'kubernetes.io/service-account.name'
  const UID = 'kubernetes.io/service-account.uid'
  const secret = (annotations: object, data?: object, type = 'kubernetes.io/service-account-token'): Secret =>
    as({ type, metadata: { name: 's', namespace: 'a', annotations }, ...(data ? { data } : {}) })
  const account = as<Parameters<typeof planTokenSecret>[1]>({ metadata: { name: 'robot', uid: 'u1' } })
  const full = { 'ca.crt': b64('CA'), namespace: b64('a'), token: b64('t') }
  const cases: { name: string; secret: Secret; account: typeof account; want: string }[] = [
    { name: 'an empty one is filled', secret: secret({ [NAME]: 'robot' }), account, want: 'fill' },
    {
      name: 'a full one is left alone',
      secret: secret({ [NAME]: 'robot', [UID]: 'u1' }, full),
      account,
      want: 'nothing',
    },
    {
      name: 'another CA is put right',
      secret: secret({ [NAME]: 'robot', [UID]: 'u1' }, { ...full, 'ca.crt': 'old' }),
      account,
      want: 'fill',
    },
    {
      name: 'it goes with its account',
      secret: secret({ [NAME]: 'robot', [UID]: 'u1' }, full),
      account: undefined,
      want: 'delete',
    },
    {
      name: 'it goes when the account is another one',
      secret: secret({ [NAME]: 'robot', [UID]: 'u0' }, full),
      account,
      want: 'delete',
    },
    {
      name: 'other Secrets are none of ours',
      secret: secret({ [NAME]: 'robot' }, undefined, 'Opaque'),
      account,
      want: 'nothing',
    },
  ]
  test.each(cases)('$name', c => expect(planTokenSecret(c.secret, c.account, 'CA').do).toBe(c.want))
  test('a namespace that somebody wrote stays', () => {
    const plan = planTokenSecret(secret({ [NAME]: 'robot' }, { namespace: 'eA==' }), account, 'CA')
    expect(plan).toMatchObject({
      needsToken: true,
      secret: { data: { namespace: 'eA==', 'ca.crt': b64('CA') }, metadata: { annotations: { [UID]: 'u1' } } },
    })
  })
})

describe('on a registry', () => {
  test('a token Secret goes with its account', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    await c.make(serviceAccount, { metadata: { name: 'robot', namespace: 'a' } })
    await c.make(secretKind, {
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 't', namespace: 'a', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
    })
    await c.rest()
    const filled = await c.client.get(secretKind, 'a', 't')
    expect(Buffer.from(filled.data?.['token'] ?? '', 'base64').toString()).toBe('token of a/robot in t')
    await c.client.delete(serviceAccount, 'a', 'robot')
    await c.rest()
    await expect(c.client.get(secretKind, 'a', 't')).rejects.toThrow('not found')
  })
})
