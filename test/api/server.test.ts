import { silentLogger } from '../../src/base/log.ts'
import { configMap } from '../../src/kinds/core/config-map.ts'
import { namespace } from '../../src/kinds/core/namespace.ts'
import { serviceAccount } from '../../src/kinds/core/service-account.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import { type ApiHarness, startApi } from '../support/api-harness.ts'
import { apiClient } from '../support/api-client.ts'

const KINDS = [namespace, configMap, serviceAccount] as unknown as Kind[]

describe('the API server', () => {
  let api: ApiHarness
  let client: ReturnType<typeof apiClient>
  const maps = '/api/v1/namespaces/a/configmaps'

  beforeAll(async () => {
    api = await startApi({ kinds: KINDS, log: silentLogger })
    client = apiClient(api)
    await client.send('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: 'a' } } })
    await client.send(maps, { method: 'POST', body: { metadata: { name: 'm' }, data: { k: 'v' } } })
  })

  afterAll(async () => {
    client[Symbol.dispose]()
    await api.stop()
  })

  test('an object comes as JSON with a newline, an audit ID and no caching', async () => {
    const { code, headers, text, body } = await client.send(`${maps}/m`)
    expect({ code, type: headers['content-type'], cache: headers['cache-control'] }).toEqual({
      code: 200,
      type: 'application/json',
      cache: 'no-cache, private',
    })
    expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(text.startsWith('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"m"')).toBe(true)
    expect(text.endsWith('}\n')).toBe(true)
    expect(body.data).toEqual({ k: 'v' })
  })

  test('items of a list do not repeat kind and version', async () => {
    const { body } = await client.send(maps)
    expect(Object.keys(body)).toEqual(['kind', 'apiVersion', 'metadata', 'items'])
    expect(body.kind).toBe('ConfigMapList')
    expect(Object.keys(body.items[0])).toEqual(['metadata', 'data'])
  })

  test('a table shows the columns of the kind', async () => {
    const { body } = await client.send(`${maps}?includeObject=None`, {
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    })
    expect(body.columnDefinitions.map((c: { name: string }) => c.name)).toEqual(['Name', 'Data', 'Age'])
    expect(body.rows[0].cells.slice(0, 2)).toEqual(['m', 1])
    expect(body.rows[0].object).toBeNull()
  })

  test('a watch sends what there is and ends after its time', async () => {
    const { text } = await client.send(`${maps}?watch=1&timeoutSeconds=1`)
    const events = text
      .trim()
      .split('\n')
      .map(l => JSON.parse(l))
    expect(events.map(e => [e.type, e.object.metadata.name])).toEqual([['ADDED', 'm']])
  })

  test('who shows nothing sees health and version only', async () => {
    const codes = await Promise.all(
      ['/healthz', '/readyz', '/version', '/api', maps].map(
        async p => (await client.send(p, { as: 'anonymous' })).code,
      ),
    )
    expect(codes).toEqual([200, 200, 200, 403, 403])
  })

  test('a wrong token is refused everywhere', async () => {
    const { code, body } = await client.send('/healthz', { as: { bearer: 'nonsense' } })
    expect([code, body.message]).toEqual([401, 'Unauthorized'])
  })

  test('a token of a service account works until the account is gone', async () => {
    const accounts = '/api/v1/namespaces/a/serviceaccounts'
    await client.send(accounts, { method: 'POST', body: { metadata: { name: 'robot' } } })
    const issued = await client.send(`${accounts}/robot/token`, { method: 'POST', body: { spec: {} } })
    const bearer = issued.body.status.token as string
    const seen = await client.send(maps, { as: { bearer } })
    expect(seen.body.message).toContain('User "system:serviceaccount:a:robot" cannot list resource "configmaps"')
    await client.send(`${accounts}/robot`, { method: 'DELETE' })
    expect((await client.send(maps, { as: { bearer } })).code).toBe(401)
  })

  test('a body over 3 MiB is refused and the server goes on', async () => {
    const raw = Buffer.alloc(3 * 1024 * 1024 + 1, 'x')
    const refused = await client
      .send(maps, { method: 'POST', raw, headers: { 'content-type': 'application/json' } })
      .then(
        a => a.code,
        // The server may close before everything is sent.
        (e: NodeJS.ErrnoException) => e.code,
      )
    expect([413, 'EPIPE', 'ECONNRESET']).toContain(refused)
    expect((await client.send(`${maps}/m`)).code).toBe(200)
  })

  const refusals: { name: string; path: string; ask?: Parameters<typeof client.send>[1]; want: [number, string] }[] = [
    {
      name: 'an unknown resource',
      path: '/api/v1/things',
      want: [404, 'the server could not find the requested resource'],
    },
    {
      name: 'a verb that a path does not have',
      path: maps,
      ask: { method: 'PUT', body: {} },
      want: [405, 'the server does not allow this method on the requested resource'],
    },
    {
      name: 'a patch without a type',
      path: `${maps}/m`,
      ask: { method: 'PATCH', raw: '{}' },
      want: [415, '415: Unsupported Media Type'],
    },
    {
      name: 'deep nesting',
      path: maps,
      ask: {
        method: 'POST',
        raw: `{"metadata":{"name":"x"},"data":${'['.repeat(200_000)}`,
        headers: { 'content-type': 'application/json' },
      },
      want: [400, ''],
    },
    {
      name: 'a number that is none',
      path: `${maps}?limit=x`,
      want: [400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    },
    {
      name: 'a percent sign in a name',
      path: `${maps}/%25`,
      want: [400, 'Name parameter invalid: "%": may not contain \'%\''],
    },
  ]
  for (const r of refusals)
    test(`${r.name} is refused`, async () => {
      const { code, body } = await client.send(r.path, r.ask)
      expect(code).toBe(r.want[0])
      if (r.want[1])
        expect(body).toMatchObject({ kind: 'Status', status: 'Failure', message: r.want[1], code: r.want[0] })
    })

  test('an upgrade that nobody is there for changes nothing', async () => {
    const { code } = await client.send(`${maps}?dryRun=All`, {
      method: 'POST',
      body: { metadata: { name: 'up' } },
      headers: { connection: 'Upgrade', upgrade: 'h2c' },
    })
    expect(code).toBe(201)
  })

  test('an unknown path is plain text', async () => {
    const { code, text } = await client.send('/apis/none.example.com/v1')
    expect([code, text]).toEqual([404, '404 page not found\n'])
  })

  test('large answers are zipped for who takes that', async () => {
    const data = { k: 'v'.repeat(300_000) }
    await client.send(maps, { method: 'POST', body: { metadata: { name: 'large' }, data } })
    const { headers } = await client.send(`${maps}/large`, { headers: { 'accept-encoding': 'gzip' } })
    expect(headers['content-encoding']).toBe('gzip')
    await client.send(`${maps}/large`, { method: 'DELETE' })
  })

  test('health tells its parts when asked', async () => {
    const { text } = await client.send('/readyz?verbose')
    expect(text).toBe('[+]ping ok\n[+]etcd ok\nreadyz check passed\n')
  })

  test('metrics count requests', async () => {
    await client.send(`${maps}/m`)
    const { text } = await client.send('/metrics')
    expect(text).toMatch(/apiserver_request_total\{verb="GET",.*resource="configmaps".*code="200"\} \d/)
  })

  test('aggregated discovery is one document that is not sent twice', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const first = await client.send('/api', { headers: { accept } })
    expect(first.body.items[0].versions[0].resources.map((r: { resource: string }) => r.resource)).toContain(
      'configmaps',
    )
    const again = await client.send('/api', { headers: { accept, 'if-none-match': String(first.headers.etag) } })
    expect(again.code).toBe(304)
  })

  test('OpenAPI describes what is served, with the parameter that kubectl looks for', async () => {
    const { body } = await client.send('/openapi/v3/api/v1')
    const patch = body.paths['/api/v1/namespaces/{namespace}/configmaps/{name}'].patch
    expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: '', version: 'v1', kind: 'ConfigMap' })
    expect(patch.parameters.map((p: { name: string }) => p.name)).toContain('fieldValidation')
    expect(body.components.schemas['io.k8s.api.core.v1.ConfigMap'].description).toBe(
      'ConfigMap holds configuration data for pods to consume.',
    )
  })

  test('who one is', async () => {
    const { code, body } = await client.send('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      method: 'POST',
      body: {},
      headers: { 'impersonate-user': 'jane', 'impersonate-group': ['devs'] },
    })
    expect([code, body.status.userInfo]).toEqual([201, { username: 'jane', groups: ['devs', 'system:authenticated'] }])
  })
})
