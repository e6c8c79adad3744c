import { createServer, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type Duplex, duplexPair, PassThrough } from 'node:stream'
import WebSocket from 'ws'
import type { KubeletHost } from '../../src/agent/server/host.ts'
import { KubeletRoutes } from '../../src/agent/server/routes.ts'
import type {
  ExecOptions,
  LogOptions,
  ProcessStreams,
  Runtime,
  RuntimeContainer,
} from '../../src/agent/runtime/runtime.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { Pod } from '../../src/kinds/generated/types.ts'
import { FakeClock } from './fake-clock.ts'
import { SpdyClient } from './spdy-client.ts'
import { until } from './until.ts'

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
export class FakeHost implements KubeletHost {
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

/** The kubelet's HTTP face on a port of its own, without TLS, over an agent that is played by hand. */
export class KubeletRoom {
  readonly host = new FakeHost()
  readonly clock = new FakeClock()
  readonly sockets = new Set<Duplex>()
  /** The client's certificate, as TLS would tell: undefined for none. */
  organization: string | string[] | undefined = 'system:masters'
  readonly #server: Server

  private constructor() {
    const routes = new KubeletRoutes({ host: this.host, clock: this.clock, log: silentLogger, nodeName: 'n' })
    this.#server = createServer(routes.handler)
    this.#server.on('upgrade', routes.upgrade)
    this.#server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      Object.assign(socket, {
        authorized: this.organization !== undefined,
        getPeerCertificate: () => ({ subject: { O: this.organization } }),
      })
    })
  }

  static async open(): Promise<KubeletRoom> {
    const room = new KubeletRoom()
    await new Promise<void>(resolve => room.#server.listen(0, '127.0.0.1', resolve))
    return room
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections; no timer may be left. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
    await until('no timers', () => this.clock.pending === 0)
  }

  get(path: string): Promise<{ code: number; text: string }> {
    return new Promise((resolve, reject) => {
      const req = request({ port: this.port, host: '127.0.0.1', path }, res => {
        let text = ''
        res.on('data', (c: Buffer) => (text += c.toString()))
        res.on('end', () => resolve({ code: res.statusCode ?? 0, text }))
      })
      req.on('error', reject)
      req.end()
    })
  }

  /** A WebSocket client for `path`. */
  channels(path: string, ...protocols: string[]): Channels {
    return new Channels(`ws://127.0.0.1:${this.port}${path}`, protocols)
  }

  /** A SPDY client after the upgrade; rejects with the answer where there is none. */
  async spdy(path: string, protocols = 'v4.channel.k8s.io'): Promise<SpdyClient & { protocol?: string }> {
    const socket = connect(this.port, '127.0.0.1')
    this.sockets.add(socket)
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
    return Object.assign(new SpdyClient(socket), {
      protocol: /X-Stream-Protocol-Version: (\S+)/i.exec(head)?.[1] ?? '',
    })
  }
}

/** A WebSocket client that keeps its messages by channel. */
export class Channels {
  readonly socket: WebSocket
  readonly messages: [number, string][] = []
  opened = false
  code: number | undefined
  refusal: string | undefined

  constructor(url: string, protocols: string[]) {
    this.socket = new WebSocket(url, protocols)
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
