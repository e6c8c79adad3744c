import { planSignatures } from '../../../src/controllers/bootstrap-signer.ts'
import { planTokenEnd } from '../../../src/controllers/shared/bootstrap-tokens.ts'
import { secret } from '../../../src/kinds/core/secret.ts'
import { testCluster } from '../../support/cluster-harness.ts'

const NOW = Date.UTC(2026, 0, 1)
const as = <T>(value: unknown): T => value as T
const b64 = (text: string): string => Buffer.from(text).toString('base64')

describe('bootstrap tokens', () => {
  const token = (id: string, data: Record<string, string> = {}): never => {
    const all: Record<string, string> = {
      'token-id': id,
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-signing': 'true',
      ...data,
    }
    return as({
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: `bootstrap-token-${id}` },
      data: Object.fromEntries(Object.entries(all).map(([k, v]) => [k, b64(v)])),
    })
  }
  test.each([
    ['without a time it lasts', {}, undefined],
    ['a time to come is waited for', { expiration: '2026-01-01T00:01:00Z' }, 60_000],
    ['a time that is over has no time left', { expiration: '2025-01-01T00:00:00+02:00' }, 0],
    ['a time that cannot be read is over', { expiration: 'tomorrow' }, 0],
  ] as const)('%s', (_name, data, want) => expect(planTokenEnd(token('abcdef', data), NOW)).toBe(want))
  test('signs with each token that may, and takes other signatures out', () => {
    const info = { data: { kubeconfig: 'apiVersion: v1\nkind: Config\n', 'jws-kubeconfig-gone00': 'x' } }
    const secrets = [
      token('octrs1'),
      token('octrs2', { 'usage-bootstrap-signing': 'false' }),
      token('octrs3', { expiration: '2020-01-01T00:00:00Z' }),
    ]
    const data = planSignatures(as(info), secrets, NOW)
    expect(data).toEqual({
      kubeconfig: info.data.kubeconfig,
      // What the real controller answered for this text and secret.
      'jws-kubeconfig-octrs1': 'eyJhbGciOiJIUzI1NiIsImtpZCI6Im9jdHJzMSJ9..6lqfHDzKT-7VTFI-Rojra8dmlLlLVplBJop5MQIH-4w',
    })
    expect(planSignatures(as({ data }), secrets, NOW)).toBeUndefined()
  })
})

describe('on a registry', () => {
  test('a bootstrap token goes when its time is over', async () => {
    await using c = await testCluster()
    await c.namespace('kube-system')
    const expiration = new Date(c.clock.now() + 60_000).toISOString()
    await c.make(secret, {
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      stringData: { 'token-id': 'abcdef', expiration },
    })
    await c.advance(59_000)
    await c.client.get(secret, 'kube-system', 'bootstrap-token-abcdef')
    await c.advance(2_000)
    await expect(c.client.get(secret, 'kube-system', 'bootstrap-token-abcdef')).rejects.toThrow('not found')
  })
})
