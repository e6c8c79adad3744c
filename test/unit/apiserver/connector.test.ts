import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { mastersAuthorizer } from '../../../src/apiserver/authz/authorizer.ts'
import { Connector, restOfPath } from '../../../src/apiserver/connect/connector.ts'
import type { Call } from '../../../src/apiserver/call.ts'
import { containerOf, type PodView } from '../../../src/apiserver/connect/containers.ts'
import { kubeletLogQuery, logOptions } from '../../../src/apiserver/connect/log-options.ts'
import { checkAddress, podBackend, proxyName } from '../../../src/apiserver/connect/locations.ts'
import { dialText, forwardedHeaders } from '../../../src/apiserver/connect/tunnel.ts'
import { Query } from '../../../src/apiserver/query.ts'
import { requestInfo } from '../../../src/apiserver/request-info.ts'
import { sendError } from '../../../src/apiserver/respond.ts'
import { subresourceOf } from '../../../src/apiserver/subresources.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { node } from '../../../src/kinds/core/node.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { Registry } from '../../../src/registry/api.ts'
import { context } from '../../support/registry.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const pod = (over: Partial<PodView['spec']> = {}): PodView => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'a' }], ...over },
})

describe('containerOf()', () => {
  test('the only one is meant', () => expect(containerOf(pod(), undefined)).toBe('a'))
  test('an init container may be named', () =>
    expect(containerOf(pod({ initContainers: [{ name: 'i' }] }), 'i')).toBe('i'))
  const wrong: { name: string; pod: PodView; wanted?: string; message: string }[] = [
    { name: 'one that is not there', pod: pod(), wanted: 'x', message: 'container x is not valid for pod p' },
    {
      name: 'one of several',
      pod: pod({ containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }] }),
      message: 'a container name must be specified for pod p, choose one of: [a b] or one of the init containers: [i]',
    },
  ]
  for (const c of wrong)
    test(`${c.name} is refused`, () => expect(() => containerOf(c.pod, c.wanted)).toThrow(c.message))
})

describe('logOptions()', () => {
  test('what is given goes to the kubelet', () => {
    const options = logOptions(Query.parse('follow=true&tailLines=0&timestamps=1&container=c&limitBytes=10'), 'p')
    expect(options.container).toBe('c')
    expect(kubeletLogQuery(options)).toBe('follow=true&timestamps=true&tailLines=0&limitBytes=10')
  })
  test.each([
    ['stream=', 'PodLogOptions "p" is invalid: stream: Forbidden: may not be specified'],
    ['stream=Stdout', 'PodLogOptions "p" is invalid: stream: Forbidden: may not be specified'],
    ['sinceSeconds=0', 'PodLogOptions "p" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0'],
  ])('%s is refused', (query, message) => expect(() => logOptions(Query.parse(query), 'p')).toThrow(message))
})

describe('proxies', () => {
  test('names have a scheme and a port where they say so', () => {
    expect([proxyName('a'), proxyName('a:80'), proxyName('https:a:web'), proxyName('ftp:a:1')]).toEqual([
      { scheme: '', name: 'a', port: '' },
      { scheme: '', name: 'a', port: '80' },
      { scheme: 'https', name: 'a', port: 'web' },
      undefined,
    ])
  })

  test.each([undefined, '127.0.0.1', '169.254.169.254', '::1', 'localhost', '224.0.0.1'])(
    '%s is no address to go to',
    a => expect(() => checkAddress(a)).toThrow('address not allowed'),
  )

  test('a pod is reached at its first port', () => {
    const p: PodView = {
      ...pod({ containers: [{ name: 'a', ports: [{ containerPort: 8080 }] }] }),
      status: { podIP: '10.42.0.9' },
    }
    expect(podBackend(p, { scheme: '', name: 'p', port: '' })).toEqual({
      protocol: 'http',
      host: '10.42.0.9',
      port: 8080,
    })
  })

  test.each([
    ['/api/v1/namespaces/a/pods/p/proxy', '/'],
    ['/api/v1/namespaces/a/services/http:s:80/proxy/x/y?q=1', '/x/y?q=1'],
    ['/api/v1/nodes/n/proxy/logs/', '/logs/'],
  ])('%s goes on as %s', (url, want) =>
    expect(restOfPath({ req: { url }, info: requestInfo('GET', url) } as unknown as Call)).toBe(want),
  )

  test('credentials stay here', () => {
    const req = {
      headersDistinct: {
        authorization: ['Bearer x'],
        'impersonate-user': ['y'],
        accept: ['*/*'],
        connection: ['close'],
      },
      headers: {},
    }
    expect(forwardedHeaders(req as unknown as IncomingMessage, false)).toEqual({ accept: '*/*' })
  })

  test('tokens in WebSocket protocols stay here too', () => {
    const req = {
      headersDistinct: { 'sec-websocket-protocol': ['v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.eA'] },
      headers: {},
    }
    expect(forwardedHeaders(req as unknown as IncomingMessage, false)).toEqual({
      'sec-websocket-protocol': 'v5.channel.k8s.io',
    })
  })

  test('a refused connection is told as Go tells it', () => {
    const error = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: '10.0.0.1', port: 10250 })
    expect(dialText(error)).toBe('dial tcp 10.0.0.1:10250: connect: connection refused')
  })
})

/** A kubelet's stand-in that speaks plain HTTP, and an API server with nothing but a connector. */
describe('Connector', () => {
  const open: { close(): void }[] = []
  const listen = (server: Server): Promise<number> =>
    new Promise(resolve => {
      const sockets = new Set<Socket>()
      server.on('connection', (s: Socket) => {
        sockets.add(s)
        s.on('close', () => sockets.delete(s))
      })
      open.push({ close: () => (server.close(), sockets.forEach(s => s.destroy())) })
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })

  afterEach(() => {
    for (const o of open.splice(0)) o.close()
  })

  async function start(backendPort: number) {
    const registry = {
      kinds: { byResource: () => node as unknown as Kind },
      get: async () => ({ object: { metadata: { name: 'n' } } }),
    } as unknown as Registry
    const dialer = () => ({ host: '127.0.0.1', port: 1, tls: {} })
    const connector = new Connector({
      registry,
      authorizer: mastersAuthorizer,
      dialer,
      log: silentLogger,
      clock: new FakeClock(),
    })
    open.push({ close: () => connector.stop() })
    const kind = node as unknown as Kind
    const proxy = subresourceOf(kind, 'proxy')
    const serve = (req: IncomingMessage, res: ServerResponse, upgrade?: { socket: Duplex; head: Buffer }): void => {
      const info = requestInfo(req.method ?? '', req.url ?? '')
      const call: Call = { req, res, info, user: context().user, context: context(), ...(upgrade ? { upgrade } : {}) }
      if (proxy) connector.serve(call, kind, proxy).catch(e => sendError(req, res, e))
    }
    const server = createServer(serve)
    server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) =>
      serve(req, connector.responseFor(req, socket), { socket, head }),
    )
    return { port: await listen(server), path: (rest: string) => `/api/v1/nodes/n:${backendPort}/proxy${rest}` }
  }

  test('an upgraded connection carries bytes both ways until one end closes', async () => {
    const backend = createServer()
    backend.on('upgrade', (req: IncomingMessage, socket: Socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Path: ${req.url}\r\n\r\nhello `,
      )
      socket.pipe(socket)
    })
    const api = await start(await listen(backend))
    const got = await new Promise<{ path: unknown; text: string }>((resolve, reject) => {
      const req = request({
        host: '127.0.0.1',
        port: api.port,
        path: api.path('/exec?x=1'),
        headers: { connection: 'Upgrade', upgrade: 'echo' },
      })
      req.on('error', reject)
      req.on('upgrade', (res, socket, head) => {
        let text = head.toString()
        socket.on('data', (d: Buffer) => {
          text += d.toString()
          if (text === 'hello world') socket.end()
        })
        socket.on('close', () => resolve({ path: res.headers['x-path'], text }))
        socket.write('world')
      })
      req.end()
    })
    expect(got).toEqual({ path: '/exec?x=1', text: 'hello world' })
  })

  test('a client that goes before the backend has answered an upgrade leaves no connection behind', async () => {
    const backend = createServer()
    const seen = new Promise<Socket>(resolve => backend.on('upgrade', (_req, socket: Socket) => resolve(socket)))
    const api = await start(await listen(backend))
    const headers = { connection: 'Upgrade', upgrade: 'echo' }
    const req = request({ host: '127.0.0.1', port: api.port, path: api.path('/exec'), headers })
    req.on('error', () => {})
    req.end()
    const socket = await seen
    const ended = new Promise(resolve => socket.on('end', resolve).resume())
    req.destroy()
    await ended
    socket.destroy()
  })

  test('what a client sends before the backend has answered an upgrade is not lost', async () => {
    const backend = createServer()
    const seen = new Promise<Socket>(resolve => backend.on('upgrade', (_req, socket: Socket) => resolve(socket)))
    const api = await start(await listen(backend))
    const client = connect(api.port, '127.0.0.1')
    client.write(`GET ${api.path('/exec')} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`)
    const socket = await seen
    await new Promise<void>(resolve => client.write('early', () => resolve()))
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    const first = await new Promise<Buffer>(resolve => socket.once('data', resolve))
    expect(first.toString()).toBe('early')
    client.destroy()
  })

  test('a port of a node that is none is refused', async () => {
    const api = await start(9)
    const code = await new Promise((resolve, reject) => {
      const path = api.path('/').replace('n:9', 'n:web')
      request({ host: '127.0.0.1', port: api.port, path }, res => resolve(res.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(code).toBe(400)
  })

  test('what a backend refuses instead of upgrading comes as an answer', async () => {
    const backend = createServer((_req, res) => {
      res.statusCode = 403
      res.end('no')
    })
    const api = await start(await listen(backend))
    const code = await new Promise((resolve, reject) => {
      const req = request({
        host: '127.0.0.1',
        port: api.port,
        path: api.path('/exec'),
        headers: { connection: 'Upgrade', upgrade: 'echo' },
      })
      req.on('error', reject)
      req.on('response', res => {
        res.resume()
        resolve(res.statusCode)
      })
      req.end()
    })
    expect(code).toBe(403)
  })

  test('bodies go through, and redirects lead back through the proxy', async () => {
    const backend = createServer((req, res) => {
      res.setHeader('Location', '/next')
      res.statusCode = 302
      req.pipe(res)
    })
    const api = await start(await listen(backend))
    const got = await new Promise<{ location: unknown; text: string }>((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port: api.port, path: api.path('/a'), method: 'POST' }, res => {
        let text = ''
        res.on('data', (d: Buffer) => (text += d.toString()))
        res.on('end', () => resolve({ location: res.headers.location, text }))
      })
      req.on('error', reject)
      req.end('ping')
    })
    expect(got).toEqual({ location: api.path('/next'), text: 'ping' })
  })

  test('the proxy without a path leads to the same with a slash, and keeps the query', async () => {
    const api = await start(await listen(createServer((_req, res) => res.end('page'))))
    const get = (path: string): Promise<[unknown, unknown]> =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port: api.port, path: api.path(path) }, res => {
          res.resume()
          res.on('end', () => resolve([res.statusCode, res.headers.location]))
        })
          .on('error', reject)
          .end()
      })
    expect(await get('')).toEqual([301, api.path('/')])
    expect(await get('?a=b')).toEqual([301, api.path('/?a=b')])
    expect((await get('/'))[0]).toBe(200)
  })

  test('a backend that is not there is 503', async () => {
    const api = await start(9)
    const got = await new Promise<{ code: unknown; text: string }>((resolve, reject) => {
      request({ host: '127.0.0.1', port: api.port, path: api.path('/') }, res => {
        let text = ''
        res.on('data', (d: Buffer) => (text += d.toString()))
        res.on('end', () => resolve({ code: res.statusCode, text }))
      })
        .on('error', reject)
        .end()
    })
    expect(got.code).toBe(503)
    expect(JSON.parse(got.text).message).toBe(
      'error trying to reach service: dial tcp 127.0.0.1:9: connect: connection refused',
    )
  })
})
