import { createHash, randomBytes } from 'node:crypto'
import { createServer, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type Duplex, duplexPair, PassThrough } from 'node:stream'
import WebSocket from 'ws'
import type { KubeletHost } from '../../../src/agent/server/host.ts'
import { parseSizes } from '../../../src/agent/server/command-streams.ts'
import { KubeletRoutes } from '../../../src/agent/server/routes.ts'
import type {
  ExecOptions,
  LogOptions,
  ProcessStreams,
  Runtime,
  RuntimeContainer,
} from '../../../src/agent/runtime/runtime.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { Pod } from '../../../src/kinds/generated/types.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { SpdyClient } from '../../support/spdy-client.ts'
import { until } from '../../support/until.ts'

const container = (name: string, state: RuntimeContainer['state'] = 'running'): RuntimeContainer =>
  ({ id: `id-of-${name}`, name, kind: 'container', state, startedAt: 1000 }) as RuntimeContainer

/** A process that a test plays by hand. */
class FakeProcess {
  readonly stdin = new PassThrough()
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly sizes: string[] = []
  closed = false
  #end: (code: number) => void = () => {}
  readonly streams: ProcessStreams = {
    stdin: this.stdin,
    stdout: this.stdout,
    stderr: this.stderr,
    exited: new Promise(resolve => (this.#end = resolve)),
    resize: async (columns, rows) => void this.sizes.push(`${columns}x${rows}`),
    close: () => {
      this.closed = true
    },
    kill: async () => {},
  }

  exit(code: number): void {
    this.stdout.end()
    this.stderr.end()
    this.#end(code)
  }
}

/** An agent with one running pod `web` (containers c and old), played by hand. */
class FakeHost implements KubeletHost {
  readonly process = new FakeProcess()
  readonly calls: unknown[] = []
  /** Far ends of port-forward's connections. */
  readonly dialled: Duplex[] = []
  execFailure: Error | undefined
  execMayStart: Promise<void> | undefined
  logText = 'one\ntwo\n'
  logsClosed = 0
  waiting: string | undefined
  sandboxState: RuntimeContainer['state'] = 'running'

  readonly runtime = {
    exec: async (id: string, options: ExecOptions) => {
      this.calls.push({ exec: id, command: options.command, tty: options.tty, stdin: options.stdin })
      await this.execMayStart
      if (this.execFailure) throw this.execFailure
      return this.process.streams
    },
    attach: async (id: string) => {
      this.calls.push({ attach: id })
      return this.process.streams
    },
    logs: async (id: string, options: LogOptions) => {
      this.calls.push({ logs: id, ...options })
      const merged = new PassThrough()
      merged.end(this.logText)
      return { merged, close: () => void this.logsClosed++ }
    },
    dial: async (_sandbox: RuntimeContainer, port: number) => {
      if (port === 9) throw new Error('connection refused')
      const [near, far] = duplexPair()
      this.dialled.push(far)
      return near
    },
    stats: async () => ({ cpuNanoseconds: 5, memoryBytes: 7, workingSetBytes: 6 }),
  } as unknown as Runtime

  readonly #pod = (): Pod =>
    ({
      metadata: { name: 'web', namespace: 'default', uid: 'u' },
      spec: { containers: [{ name: 'c' }, { name: 'old' }] },
      status: { containerStatuses: [{ name: 'soon', state: { waiting: { reason: this.waiting } } }] },
    }) as unknown as Pod
  pod(namespace: string, name: string): Pod | undefined {
    return namespace === 'default' && name === 'web' ? this.#pod() : undefined
  }
  pods(): Pod[] {
    return [this.#pod()]
  }
  async container(_pod: unknown, name: string, previous = false): Promise<RuntimeContainer | undefined> {
    if (previous) return undefined
    return name === 'c' ? container('c') : name === 'old' ? container('old', 'exited') : undefined
  }
  async sandbox(): Promise<RuntimeContainer | undefined> {
    return container('sandbox', this.sandboxState)
  }
}

let host: FakeHost
let clock: FakeClock
let server: Server
let port: number
/** The client's certificate, as TLS would tell: undefined for none. */
let organization: string | string[] | undefined
const sockets = new Set<Duplex>()

beforeEach(async () => {
  host = new FakeHost()
  clock = new FakeClock()
  organization = 'system:masters'
  const routes = new KubeletRoutes({ host, clock, log: silentLogger, nodeName: 'n' })
  server = createServer(routes.handler)
  server.on('upgrade', routes.upgrade)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    Object.assign(socket, {
      authorized: organization !== undefined,
      getPeerCertificate: () => ({ subject: { O: organization } }),
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await new Promise(resolve => server.close(resolve))
  await until('no timers', () => clock.pending === 0)
})

function get(path: string): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const req = request({ port, host: '127.0.0.1', path }, res => {
      let text = ''
      res.on('data', (c: Buffer) => (text += c.toString()))
      res.on('end', () => resolve({ code: res.statusCode ?? 0, text }))
    })
    req.on('error', reject)
    req.end()
  })
}

/** A WebSocket client that keeps its messages by channel. */
class Channels {
  readonly socket: WebSocket
  readonly messages: [number, string][] = []
  opened = false
  code: number | undefined
  refusal: string | undefined

  constructor(path: string, ...protocols: string[]) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols)
    this.socket.on('message', (raw: Buffer, binary: boolean) => {
      if (binary) this.messages.push([raw[0] ?? -1, raw.subarray(1).toString('latin1')])
      else
        this.messages.push([
          Number(String.fromCharCode(raw[0] ?? 0)),
          Buffer.from(raw.subarray(1).toString(), 'base64').toString('latin1'),
        ])
    })
    this.socket.on('open', () => (this.opened = true))
    this.socket.on('close', code => (this.code = code))
    this.socket.on('unexpected-response', (_req, res) => {
      let text = ''
      res.on('data', (c: Buffer) => (text += c.toString()))
      res.on('end', () => (this.refusal = `${res.statusCode} ${text}`))
    })
    this.socket.on('error', () => {})
  }

  text(channel: number): string {
    return this.messages
      .filter(([c]) => c === channel)
      .map(([, t]) => t)
      .join('')
  }

  async open(): Promise<this> {
    await until('the connection', () => this.opened || this.refusal !== undefined)
    return this
  }
}

/** A SPDY client after the upgrade; rejects with the answer where there is none. */
async function spdy(path: string, protocols = 'v4.channel.k8s.io'): Promise<SpdyClient & { protocol?: string }> {
  const socket = connect(port, '127.0.0.1')
  sockets.add(socket)
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocols}\r\n\r\n`,
  )
  let head = ''
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('readable', function read() {
      for (let byte = socket.read(1) as Buffer | null; byte; byte = socket.read(1) as Buffer | null) {
        head += byte.toString('latin1')
        if (!head.endsWith('\r\n\r\n')) continue
        socket.off('readable', read)
        if (head.startsWith('HTTP/1.1 101')) resolve()
        else {
          let body = ''
          socket.on('data', (c: Buffer) => (body += c.toString()))
          socket.once('end', () => reject(new Error(`${head.slice(9, 12)} ${body}`)))
        }
        return
      }
    })
  })
  return Object.assign(new SpdyClient(socket), { protocol: /X-Stream-Protocol-Version: (\S+)/i.exec(head)?.[1] ?? '' })
}

const EXEC = '/exec/default/web/c?command=ls&command=-l&output=1&error=1'

describe('who may ask', () => {
  test.each([
    ['nobody without a certificate', undefined, 401],
    ['nobody with a certificate of others', 'system:nodes', 401],
    ['administrators', 'system:masters', 200],
    ['administrators among others', ['a', 'system:masters'], 200],
  ])('%s', async (_who, as, code) => {
    organization = as
    expect((await get('/pods')).code).toBe(code)
  })

  test('everybody may know that it lives', async () => {
    organization = undefined
    expect(await get('/healthz')).toEqual({ code: 200, text: 'ok' })
  })

  test('streams are refused likewise', async () => {
    organization = undefined
    expect((await new Channels(EXEC, 'v4.channel.k8s.io').open()).refusal).toBe('401 Unauthorized')
    await expect(spdy(EXEC)).rejects.toThrow('401 Unauthorized')
    expect(host.calls).toEqual([])
  })
})

describe('requests', () => {
  test.each([
    ['/nonsense', 404, '404 page not found'],
    ['/', 404, '404 page not found'],
    ['/containerLogs/default/%ZZ/c', 400, 'malformed request path'],
    ['/exec/default/web/c', 400, 'Upgrade request required'],
    ['/containerLogs/default/nobody/c', 404, 'pod "nobody" not found'],
    ['/containerLogs/default/web/c?previous=true', 400, 'previous terminated container "c" in pod "web" not found'],
    ['/containerLogs/default/web/soon', 400, 'container "soon" in pod "web" is waiting to start: ContainerCreating'],
  ])('%s', async (path, code, text) => {
    expect(await get(path)).toEqual({ code, text })
  })

  test.each([
    ['ErrImagePull', "image can't be pulled"],
    ['ImagePullBackOff', 'trying and failing to pull image'],
    ['CreateContainerConfigError', 'CreateContainerConfigError'],
  ])('a log of a container that waits for %s', async (reason, text) => {
    host.waiting = reason
    expect((await get('/containerLogs/default/web/soon')).text).toBe(
      `container "soon" in pod "web" is waiting to start: ${text}`,
    )
  })

  test('pods and stats', async () => {
    expect(JSON.parse((await get('/pods')).text)).toMatchObject({
      kind: 'PodList',
      items: [{ metadata: { name: 'web' } }],
    })
    expect(JSON.parse((await get('/stats/summary')).text)).toMatchObject({
      node: { nodeName: 'n' },
      pods: [{ podRef: { name: 'web' }, containers: [{ name: 'c', cpu: { usageCoreNanoSeconds: 5 } }] }],
    })
  })
})

describe('logs', () => {
  test.each<[string, Partial<LogOptions>]>([
    ['', { follow: false, timestamps: false }],
    ['follow=true&timestamps=true', { follow: true, timestamps: true }],
    ['tailLines=0', { tail: 0 }],
    ['sinceSeconds=10', { since: Date.UTC(2026, 0, 1) - 10_000 }],
    ['sinceTime=2025-12-31T00:00:00Z', { since: Date.UTC(2025, 11, 31) }],
    ['sinceTime=nonsense', {}],
  ])('of "%s"', async (query, options) => {
    expect(await get(`/containerLogs/default/web/c?${query}`)).toEqual({ code: 200, text: 'one\ntwo\n' })
    expect(host.calls).toEqual([{ logs: 'id-of-c', follow: false, timestamps: false, ...options }])
  })

  test('of ended containers', async () => {
    await get('/containerLogs/default/web/old')
    expect(host.calls).toMatchObject([{ logs: 'id-of-old' }])
  })

  test.each([
    [3, 'one'],
    [4, 'one\n'],
    [100, 'one\ntwo\n'],
  ])('of at most %d bytes', async (limit, text) => {
    expect((await get(`/containerLogs/default/web/c?limitBytes=${limit}`)).text).toBe(text)
    await until('the source’s end', () => host.logsClosed > 0)
  })
})

describe('exec over a WebSocket', () => {
  const exec = (protocol: string, query = ''): Promise<Channels> =>
    new Channels(`${EXEC}${query}`, ...protocol.split(',')).open()
  const failure =
    '{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: command terminated with exit code 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}'

  test.each([
    ['v5.channel.k8s.io', 0, '{"metadata":{},"status":"Success"}'],
    ['v4.channel.k8s.io', 3, failure],
    ['v4.base64.channel.k8s.io', 3, failure],
    ['channel.k8s.io', 0, ''],
    ['base64.channel.k8s.io', 3, 'command terminated with non-zero exit code: command terminated with exit code 3'],
  ])('%s: output, errors, then the end (code %d)', async (protocol, code, status) => {
    const client = await exec(protocol)
    expect(client.socket.protocol).toBe(protocol)
    host.process.stdout.write('out\0\xff')
    host.process.stderr.write('err')
    host.process.exit(code)
    await until('the end', () => client.code !== undefined)
    expect([client.text(1), client.text(2), client.text(3), client.code]).toEqual([
      Buffer.from('out\0\xff').toString('latin1'),
      'err',
      status,
      1000,
    ])
    expect(host.calls).toEqual([{ exec: 'id-of-c', command: ['ls', '-l'], tty: false, stdin: false }])
    await until('its end', () => host.process.closed)
  })

  test('the best protocol of those offered is taken', async () => {
    expect((await exec('channel.k8s.io,v4.channel.k8s.io,v5.channel.k8s.io')).socket.protocol).toBe('v5.channel.k8s.io')
  })

  test('the older protocols begin with an empty message on each channel', async () => {
    const client = await exec('v4.channel.k8s.io')
    await until('three messages', () => client.messages.length === 3)
    expect(client.messages).toEqual([
      [1, ''],
      [2, ''],
      [3, ''],
    ])
  })

  test('input, and its end where the protocol can tell', async () => {
    const client = await exec('v5.channel.k8s.io', '&input=1')
    client.socket.send(Buffer.from('\0some input'))
    client.socket.send(Buffer.of(255, 0))
    expect(String(Buffer.concat(await host.process.stdin.toArray()))).toBe('some input')
    expect(client.socket.readyState).toBe(WebSocket.OPEN)
  })

  test('much input that nobody reads waits at the client, and nothing is lost', async () => {
    const client = await exec('v5.channel.k8s.io', '&input=1')
    const bytes = randomBytes(4_000_000)
    for (let at = 0; at < bytes.length; at += 50_000)
      client.socket.send(Buffer.concat([Buffer.of(0), bytes.subarray(at, at + 50_000)]))
    client.socket.send(Buffer.of(255, 0))
    const read = Buffer.concat(await host.process.stdin.toArray())
    expect(createHash('sha256').update(read).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  test('sizes of a terminal; messages that mean nothing', async () => {
    const client = await exec('v4.channel.k8s.io', '&tty=1&input=1')
    for (const m of ['\x04{"Width":80,"Height":24}', '\x04nonsense', '\x04{"Width":0,"Height":1}', '\x07?', ''])
      client.socket.send(Buffer.from(m, 'latin1'))
    client.socket.send(Buffer.from('\x04{"Width":100,"Height":40}{"Width":101,"Height":41}'))
    await until('the sizes', () => host.process.sizes.length === 3)
    expect(host.process.sizes).toEqual(['80x24', '100x40', '101x41'])
  })

  test('what the client says before the process is there is not lost: its size, its input', async () => {
    let start = (): void => {}
    host.execMayStart = new Promise(resolve => (start = resolve))
    const client = await exec('v5.channel.k8s.io', '&tty=1&input=1')
    client.socket.send(Buffer.from('\x04{"Width":80,"Height":24}'))
    client.socket.send(Buffer.from('\0early'))
    client.socket.send(Buffer.of(255, 0))
    // An answer to a ping means that all before it has been read.
    const read = new Promise(resolve => client.socket.once('pong', resolve))
    client.socket.ping()
    await read
    start()
    expect(String(Buffer.concat(await host.process.stdin.toArray()))).toBe('early')
    await until('the size', () => host.process.sizes.length > 0)
    expect(host.process.sizes).toEqual(['80x24'])
  })

  test('a client that has gone before the process is there leaves none behind', async () => {
    let start = (): void => {}
    host.execMayStart = new Promise(resolve => (start = resolve))
    const client = await exec('v5.channel.k8s.io')
    await until('the call', () => host.calls.length === 1)
    client.socket.terminate()
    await until('its end at the server', () => [...sockets].every(s => s.destroyed))
    start()
    await until('its end', () => host.process.closed)
  })

  test('a command that cannot be run', async () => {
    host.execFailure = new Error('no such program')
    const client = await exec('v4.channel.k8s.io')
    await until('the end', () => client.code !== undefined)
    expect(JSON.parse(client.text(3))).toMatchObject({
      status: 'Failure',
      reason: 'InternalError',
      code: 500,
      message: 'Internal error occurred: error executing command in container: no such program',
    })
  })

  test('a client that goes lets the process’s streams go', async () => {
    const client = await exec('v4.channel.k8s.io', '&input=1')
    await until('the process', () => host.calls.length === 1)
    client.socket.terminate()
    await until('its end', () => host.process.closed && host.process.stdin.writableEnded)
  })

  test.each([
    ['/exec/default/web/nobody?command=x&output=1', '404 container not found ("nobody")'],
    ['/exec/default/web/old?command=x&output=1', '500 container not running (id-of-old)'],
    ['/exec/default/nobody/c?command=x&output=1', '404 pod "nobody" not found'],
    ['/exec/default/web/c?command=x', '400 you must specify at least 1 of stdin, stdout, stderr'],
    ['/nonsense/default/web/c', '404 404 page not found'],
  ])('%s is refused', async (path, refusal) => {
    expect((await new Channels(path, 'v4.channel.k8s.io').open()).refusal).toBe(refusal)
  })
})

describe('attach', () => {
  test('ends well, however the container ended', async () => {
    const client = await new Channels('/attach/default/web/c?output=1', 'v4.channel.k8s.io').open()
    host.process.stdout.write('hello')
    host.process.exit(5)
    await until('the end', () => client.code !== undefined)
    expect([client.text(1), client.text(3)]).toEqual(['hello', '{"metadata":{},"status":"Success"}'])
    expect(host.calls).toEqual([{ attach: 'id-of-c' }])
  })
})

describe('exec over SPDY', () => {
  test.each([
    ['v4.channel.k8s.io', 3, /"reason":"ExitCode","message":"3"/],
    ['v5.channel.k8s.io, v4.channel.k8s.io', 0, /"status":"Success"/],
    ['v2.channel.k8s.io', 3, /^command terminated with non-zero exit code: .* exit code 3$/],
    ['channel.k8s.io', 0, /^$/],
  ])('%s: code %d', async (protocols, code, status) => {
    const client = await spdy(EXEC, protocols)
    expect(client.protocol).toBe(protocols.split(',')[0])
    const [error, out, err] = [
      await client.open({ streamtype: 'error' }),
      await client.open({ streamtype: 'stdout' }),
      await client.open({ streamtype: 'stderr' }),
    ]
    host.process.stdout.write('out')
    host.process.stderr.write('err')
    host.process.exit(code)
    await client.until('the end', () => client.closed)
    expect([client.text(out), client.text(err)]).toEqual(['out', 'err'])
    expect(client.text(error)).toMatch(status)
    expect([error, out, err].every(id => client.ended(id))).toBe(true)
  })

  test('input and its end, sizes', async () => {
    const client = await spdy(`${EXEC}&input=1&tty=1`)
    for (const streamtype of ['error', 'stdin', 'stdout']) await client.open({ streamtype })
    const resize = await client.open({ streamtype: 'resize' })
    client.send(3, 'input', true)
    expect(String(Buffer.concat(await host.process.stdin.toArray()))).toBe('input')
    client.send(resize, '{"Width":80,"Height":24}\n')
    await client.until('the size', () => host.process.sizes.length === 1)
  })

  test('streams that nobody asked for are reset', async () => {
    const client = await spdy(EXEC)
    const id = await client.open({ streamtype: 'stdin' })
    await client.until('the refusal', () => client.resets.has(id))
  })

  test('a client that does not open its streams is let go after 30 s', async () => {
    const client = await spdy(EXEC)
    await client.open({ streamtype: 'error' })
    await client.until('the reply', () => client.replies.size === 1)
    await clock.advance(30_000)
    await client.until('the end', () => client.closed)
    expect(host.calls).toEqual([])
  })

  test('without a protocol in common it is refused', async () => {
    await expect(spdy(EXEC, 'v9.channel.k8s.io')).rejects.toThrow(
      '403 unable to upgrade: client and server have no stream protocol in common: v9.channel.k8s.io',
    )
  })
})

describe('port-forward', () => {
  const PATH = '/portForward/default/web'
  const pair = async (client: SpdyClient, to: number, requestid: string): Promise<{ error: number; data: number }> => ({
    error: await client.open({ streamtype: 'error', port: String(to), requestid }),
    data: await client.open({ streamtype: 'data', port: String(to), requestid }),
  })

  test('carries connections over SPDY, each to its own end', async () => {
    const client = await spdy(PATH, 'portforward.k8s.io')
    const [a, b] = [await pair(client, 80, '0'), await pair(client, 81, '1')]
    await client.until('both', () => host.dialled.length === 2)
    client.send(a.data, 'to a', true)
    client.send(b.data, 'to b', true)
    const [first, second] = host.dialled
    for (const [far, text] of [
      [first, 'to a'],
      [second, 'to b'],
    ] as const) {
      const chunks: Buffer[] = []
      far?.on('data', (c: Buffer) => chunks.push(c))
      await client.until(text, () => String(Buffer.concat(chunks)) === text)
      far?.end(`from ${text}`)
    }
    await client.until('both ends', () => client.ended(a.data) && client.ended(b.data) && client.ended(a.error))
    expect([client.text(a.data), client.text(b.data), client.text(a.error)]).toEqual(['from to a', 'from to b', ''])
  })

  test('says on the error stream why a port cannot be reached', async () => {
    const client = await spdy(PATH, 'portforward.k8s.io')
    const { error, data } = await pair(client, 9, '0')
    await client.until('the reason', () => client.ended(error) && client.resets.has(data))
    expect(client.text(error)).toBe('error forwarding port 9 to pod: connection refused')
  })

  test('a connection that its client cuts is cut at the other end, without a word', async () => {
    const client = await spdy(PATH, 'portforward.k8s.io')
    const { error, data } = await pair(client, 80, '0')
    await client.until('the connection', () => host.dialled.length === 1)
    let ended = false
    host.dialled[0]
      ?.on('close', () => (ended = true))
      .on('end', () => (ended = true))
      .resume()
    client.reset(data)
    await client.until('its end', () => ended && client.ended(error))
    expect(client.text(error)).toBe('')
  })

  test.each([
    ['no', '80'],
    ['data', 'eighty'],
    ['data', '0'],
    ['error', '70000'],
    ['data', ''],
  ])('a stream of type %s for port "%s" is reset', async (streamtype, to) => {
    const client = await spdy(PATH, 'portforward.k8s.io')
    const id = await client.open({ streamtype, port: to, requestid: '0' })
    await client.until('the refusal', () => client.resets.has(id))
  })

  test.each(['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'])(
    'goes through channels (%s), two for each port',
    async protocol => {
      const client = await new Channels(`${PATH}?port=80&port=9`, protocol).open()
      await until('the connection', () => host.dialled.length === 1)
      const [far] = host.dialled
      const seen: Buffer[] = []
      far?.on('data', (c: Buffer) => seen.push(c))
      client.socket.send(
        protocol.includes('base64') ? `0${Buffer.from('hello').toString('base64')}` : Buffer.from('\0hello'),
      )
      await until('the input', () => String(Buffer.concat(seen)) === 'hello')
      far?.end('goodbye')
      await until('the end', () => client.code === 1000)
      expect([0, 1, 2, 3].map(c => client.text(c))).toEqual([
        'P\0goodbye',
        'P\0',
        '\t\0',
        '\t\0error forwarding port 9 to pod: connection refused',
      ])
    },
  )

  test.each([
    ['', '400 query parameter "port" is required'],
    ['?port=', '400 query parameter "port" cannot be empty'],
    ['?port=http', '400 unable to parse "http" as a port'],
    ['?port=0', '400 port "0" must be > 0'],
  ])('channels for "%s" are refused', async (query, refusal) => {
    expect((await new Channels(`${PATH}${query}`, 'v4.channel.k8s.io').open()).refusal).toBe(refusal)
  })

  test('a pod without a running sandbox is refused', async () => {
    host.sandboxState = 'exited'
    await expect(spdy(PATH, 'portforward.k8s.io')).rejects.toThrow('404 pod "web" is not running')
  })
})

test.each([
  ['{"Width":80,"Height":24}', [{ columns: 80, rows: 24 }]],
  [
    '{"Width":1,"Height":2}\n{"Width":3,"Height":4}\n',
    [
      { columns: 1, rows: 2 },
      { columns: 3, rows: 4 },
    ],
  ],
  ['{"Width":"a"}{', []],
  ['', []],
])('sizes in %j', (text, sizes) => {
  expect(parseSizes(text)).toEqual(sizes)
})
