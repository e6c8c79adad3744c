import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { here, k } from '../support/bad-days-room.ts'
import { RawApi } from '../support/raw-api.ts'

const exec = promisify(execFile)

/** Whatever is sent gets the answer that Kubernetes gives, and the server stays. */
export function wrongInput(): void {
  let api: RawApi
  beforeAll(() => {
    api = new RawApi(here().cluster.kubeconfig)
  })
  afterAll(() => api?.[Symbol.dispose]())
  const CONFIGMAPS = '/api/v1/namespaces/default/configmaps'
  const post = (
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = CONFIGMAPS,
  ): ReturnType<RawApi['ask']> => api.ask(path, { method: 'POST', body, headers })

  test.each<[string, () => Promise<{ code: number; text: string }>, number, string | RegExp]>([
    ['JSON that ends too early', () => post('{"metadata": {"name": "x"'), 400, 'unexpected end of JSON input'],
    [
      'no JSON at all',
      () => post('hello'),
      400,
      /invalid character 'h' looking for beginning of value|couldn't get version\/kind/,
    ],
    ['YAML that is none', () => post('a: [b', { 'content-type': 'application/yaml' }), 400, /yaml|YAML/],
    [
      'another kind',
      () => post('{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}'),
      400,
      'Secret in version \\"v1\\" cannot be handled as a ConfigMap',
    ],
    [
      'a kind of nobody',
      () => post('{"apiVersion":"v1","kind":"Nonsense","metadata":{"name":"x"}}'),
      400,
      /no kind \\"Nonsense\\" is registered for version \\"v1\\"|cannot be handled as a ConfigMap/,
    ],
    [
      'a field of the wrong type',
      () => post('{"metadata":{"name":"x"},"data":{"a":1}}'),
      400,
      'cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'an unknown field, strictly',
      () => post('{"metadata":{"name":"x"},"datum":{}}', {}, `${CONFIGMAPS}?fieldValidation=Strict`),
      400,
      'strict decoding error: unknown field \\"datum\\"',
    ],
    [
      'a body above 3 MiB',
      () => post(JSON.stringify({ metadata: { name: 'x' }, data: { a: 'x'.repeat(3 * 1024 * 1024) } })),
      413,
      'limit is 3145728',
    ],
    [
      'an object above 1 MiB of data',
      () => post(JSON.stringify({ metadata: { name: 'x' }, data: { a: 'x'.repeat(1_100_000) } })),
      422,
      'Too long',
    ],
    [
      'deep nesting',
      () => post(`{"metadata":{"name":"x"},"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
      400,
      /exceeded max depth|cannot unmarshal/,
    ],
    [
      'a wrong name',
      () => post('{"metadata":{"name":"Not A Name"}}'),
      422,
      'a lowercase RFC 1123 subdomain must consist of',
    ],
    [
      'an unknown media type',
      () => post('x', { 'content-type': 'text/csv' }),
      415,
      'the body of the request was in an unknown format',
    ],
    ['a wrong token', () => api.ask('/api/v1/pods', { as: { bearer: 'nonsense' } }), 401, 'Unauthorized'],
    [
      'a token that looks real',
      () => api.ask('/api/v1/pods', { as: { bearer: `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.` } }),
      401,
      'Unauthorized',
    ],
    [
      'no credentials',
      () => api.ask('/api/v1/pods', { as: 'nobody' }),
      403,
      'User \\"system:anonymous\\" cannot list resource',
    ],
    [
      'a path of nobody',
      () => api.ask('/api/v9/pods'),
      404,
      /could not find the requested resource|404 page not found/,
    ],
    [
      'a wrong selector',
      () => api.ask('/api/v1/pods?labelSelector=%3D%3D%3D'),
      400,
      "found '==', expected: !, identifier, or 'end of string'",
    ],
    ['a wrong continue token', () => api.ask('/api/v1/pods?continue=zzz'), 400, 'continue key is not valid'],
    [
      'a patch of the wrong form',
      () =>
        api.ask(`${CONFIGMAPS}/kube-root-ca.crt`, {
          method: 'PATCH',
          body: '{"op":"add"}',
          headers: { 'content-type': 'application/json-patch+json' },
        }),
      400,
      /cannot unmarshal object into Go value of type/,
    ],
    [
      'bytes that are no UTF-8',
      () => post(Buffer.concat([Buffer.from('{"metadata":{"name":"x'), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')])),
      422,
      'Invalid value',
    ],
  ])('%s', async (_what, send, code, message) => {
    const answer = await send()
    expect([answer.code, answer.text]).toEqual([
      code,
      typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
    ])
  })

  test('whatever comes on the socket, the server stays', async () => {
    const { ip } = here().one
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\0'.repeat(1000), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'])
      await exec('sh', [
        '-c',
        `printf '%b' '${bytes.replaceAll('\0', '\\0000').replaceAll('\r\n', '\\r\\n')}' | busybox timeout 2 busybox nc ${ip} 6443 || true`,
      ])
    expect((await api.ask('/readyz')).text).toBe('ok')
    expect((await k('get', 'pods', '-o', 'name')).length).toBeGreaterThan(0)
  })
}
