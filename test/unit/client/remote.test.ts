import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { SystemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { ClientEvent } from '../../../src/client/client.ts'
import { Informer } from '../../../src/client/informer.ts'
import { LineSplitter } from '../../../src/client/lines.ts'
import { RemoteClient } from '../../../src/client/remote.ts'
import { configMap } from '../../../src/kinds/core/config-map.ts'
import { namespace } from '../../../src/kinds/core/namespace.ts'
import { serviceAccount } from '../../../src/kinds/core/service-account.ts'
import type { KubeObject } from '../../../src/kinds/object.ts'
import { KINDS } from '../../../src/kinds/index.ts'
import type { ApiHarness } from '../../support/api-harness.ts'
import { startApi } from '../../support/api-harness.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const map = (name: string, data = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'a' },
  data,
})

describe('remote client', () => {
  let api: ApiHarness
  let client: RemoteClient
  const clock = new SystemClock()

  beforeAll(async () => {
    api = await startApi({ kinds: KINDS, log: silentLogger })
    const { certificate: cert, key } = api.pki.admin
    client = new RemoteClient({ server: api.url, ca: api.pki.ca.certificate, cert, key, userAgent: 'test/1', clock })
    await client.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } })
  })

  afterAll(async () => {
    client.close()
    await api.stop()
  })

  test('objects are created, read, changed, listed and deleted', async () => {
    const made = await client.create(configMap, map('one', { a: '1' }))
    expect(made.metadata.uid).toBeDefined()
    const patched = await client.patch(configMap, 'a', 'one', 'merge', { data: { b: '2' } })
    expect(patched.data).toEqual({ a: '1', b: '2' })
    const updated = await client.update(configMap, { ...patched, data: { c: '3' } })
    expect((await client.get(configMap, 'a', 'one')).data).toEqual(updated.data)
    const { items } = await client.list(configMap, { namespace: 'a', fieldSelector: 'metadata.name=one' })
    expect(items.map(i => [i.kind, i.metadata.name])).toEqual([['ConfigMap', 'one']])
    await client.delete(configMap, 'a', 'one')
    await expect(client.get(configMap, 'a', 'one')).rejects.toMatchObject({ code: 404, reason: 'NotFound' })
  })

  test('refusals are the Status that the server sent', async () => {
    await client.create(configMap, map('two'))
    await expect(client.create(configMap, map('two'))).rejects.toMatchObject({ code: 409, reason: 'AlreadyExists' })
    const stale = client.delete(configMap, 'a', 'two', { preconditions: { uid: 'another' } })
    await expect(stale).rejects.toMatchObject({ reason: 'Conflict' })
  })

  test('a watch begins with what is there and goes on with what comes', async () => {
    await client.create(configMap, map('three'))
    const seen: string[] = []
    let wake: () => void = () => {}
    const name = (e: ClientEvent<KubeObject>): string =>
      e.type === 'BOOKMARK' ? `end=${e.initialEventsEnd}` : `${e.type} ${e.object.metadata.name}`
    const options = { namespace: 'a', fieldSelector: 'metadata.name=three' }
    const watch = await client.watch(configMap, {
      ...options,
      onEvent: e => {
        seen.push(name(e))
        wake()
      },
      onEnd: () => {},
    })
    const until = async (n: number): Promise<void> => {
      while (seen.length < n) await new Promise<void>(resolve => (wake = resolve))
    }
    await until(2)
    await client.patch(configMap, 'a', 'three', 'merge', { data: { x: 'y' } })
    await client.delete(configMap, 'a', 'three')
    await until(4)
    watch[Symbol.dispose]()
    expect(seen).toEqual(['ADDED three', 'end=true', 'MODIFIED three', 'DELETED three'])
  })

  test('an informer over HTTPS becomes complete and follows', async () => {
    const informer = new Informer({ client, kind: serviceAccount, clock, log: silentLogger })
    await informer.start()
    const arrived = new Promise<void>(resolve => informer.onChange(() => resolve()))
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'a' } }
    await client.create(serviceAccount, account)
    await arrived
    expect(informer.lister.get('a/robot')?.metadata.name).toBe('robot')
    await informer.stop()
  })

  test('the kinds come from discovery', async () => {
    const kinds = await client.kinds()
    const found = kinds.find(k => k.plural === 'configmaps')
    expect([found?.group, found?.version, found?.kind, found?.namespaced]).toEqual(['', 'v1', 'ConfigMap', true])
  })

  test('a server that is not there is an error, not a Status', async () => {
    const nobody = new RemoteClient({
      server: 'https://127.0.0.1:1',
      ca: api.pki.ca.certificate,
      userAgent: 'test',
      clock,
    })
    await expect(nobody.get(configMap, 'a', 'x')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    nobody.close()
  })

  test('a server that takes the connection and says nothing is given up after 30 s, by a watch too', async () => {
    const fake = new FakeClock()
    const sockets = new Set<Socket>()
    const server = createServer(socket => void sockets.add(socket.on('error', () => {}).resume()))
    const silent = await clientOf(server, fake)
    const watch = silent.watch(configMap, { onEvent: () => {}, onEnd: () => {} })
    const refused = expect(watch).rejects.toThrow('GET /api/v1/configmaps took longer than 30000 ms')
    await fake.advance(30_000)
    await refused
    silent.close()
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
    expect(fake.pending).toBe(0)
  })

  test('a line that is not JSON ends the watch with an error', async () => {
    const fake = new FakeClock()
    const { certificate: cert, key } = api.pki.apiserver
    const server = createSecureServer({ cert, key }, (_, response) => void response.end('{"type":"ADD\n'))
    const garbled = await clientOf(server, fake)
    const ended = new Promise(onEnd => void garbled.watch(configMap, { onEvent: () => {}, onEnd }))
    expect(await ended).toMatchObject({ message: 'the watch sent a line that is not JSON' })
    garbled.close()
    await new Promise(resolve => server.close(resolve))
    expect(fake.pending).toBe(0)
  })

  /** A client of a server on a free port. */
  async function clientOf(server: Server, fake: FakeClock): Promise<RemoteClient> {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return new RemoteClient({
      server: `https://127.0.0.1:${port}`,
      ca: api.pki.ca.certificate,
      userAgent: 'test/1',
      clock: fake,
    })
  }
})

test('lines are cut where a character or a line spans several chunks', () => {
  const splitter = new LineSplitter()
  const bytes = Buffer.from('{"a":"ü"}\n\n{"b":1}\n{"c"')
  const lines = [...bytes].flatMap(byte => splitter.push(Buffer.from([byte])))
  expect(lines).toEqual(['{"a":"ü"}', '{"b":1}'])
  expect(splitter.push(Buffer.from(':2}\n'))).toEqual(['{"c":2}'])
})
