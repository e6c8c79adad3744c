import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { ProcessStreams } from '../runtime/runtime.ts'
import type { WantedStreams } from './command-streams.ts'
import { type KubeletHost, KubeletError, podOf, runningContainer } from './host.ts'
import { serveLogs } from './logs.ts'
import { PORT_FORWARD_PROTOCOL, servePortForward } from './port-forward.ts'
import { connectCommand } from './run-command.ts'
import { spdyCommand, STREAM_PROTOCOLS } from './spdy-command.ts'
import { kubeletMetrics, statsSummary } from './stats.ts'
import { COMMAND_PROTOCOLS, websocketCommand } from './websocket-command.ts'
import { PORT_FORWARD_CHANNELS, portsOf, serveChannelForward } from './websocket-port-forward.ts'

export interface KubeletRoutesOptions {
  readonly host: KubeletHost
  readonly clock: Clock
  readonly log: Logger
  readonly nodeName: string
}

/** WebSocket subprotocol that carries port-forward's SPDY frames (k8s.io/apimachinery portforward). */
const TUNNEL_PROTOCOL = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`

/** The kubelet's HTTPS API: logs, exec, attach, port-forward, pods, stats. For the API server and administrators only. */
export class KubeletRoutes {
  readonly #o: KubeletRoutesOptions
  readonly #websockets = new WebSocketServer({
    noServer: true,
    // Output of commands is seldom worth compressing, and compression costs memory for each connection.
    perMessageDeflate: false,
    handleProtocols: (offered, req) =>
      (req.url?.startsWith('/portForward/') ? PORT_FORWARD_CHANNELS : COMMAND_PROTOCOLS).find(p => offered.has(p)) ??
      false,
  })

  constructor(options: KubeletRoutesOptions) {
    this.#o = options
    this.#websockets.on('headers', (headers, req: IncomingMessage & { tunnel?: boolean }) => {
      if (req.tunnel) headers.push(`Sec-WebSocket-Protocol: ${TUNNEL_PROTOCOL}`)
    })
  }

  /** Answers ordinary requests. */
  readonly handler = (req: IncomingMessage, res: ServerResponse): void => {
    this.#serve(req, res).catch((error: unknown) => {
      const known = error instanceof KubeletError
      if (!known) this.#o.log.warn('Kubelet request failed', { path: req.url, error: error as Error })
      if (res.headersSent) res.destroy()
      else sendText(res, known ? error.code : 500, (error as Error).message)
    })
  }

  /** Answers requests that become streams. */
  readonly upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    this.#upgrade(req, socket, head).catch((error: unknown) => {
      const known = error instanceof KubeletError
      if (!known) this.#o.log.debug('Kubelet stream failed', { path: req.url, error: error as Error })
      if (socket.writable && !socket.destroyed) refuse(socket, known ? error.code : 500, (error as Error).message)
    })
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { url, parts } = target(req)
    const [first = '', namespace = '', pod = '', container = ''] = parts
    if (first === 'healthz') {
      sendText(res, 200, 'ok')
      return
    }
    if (!mayUse(req)) throw new KubeletError(401, 'Unauthorized')
    switch (first) {
      case 'containerLogs':
        return serveLogs(this.#o.host, { namespace, pod, container, query: url.searchParams }, res, this.#o.clock.now())
      case 'pods':
        return sendJson(res, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.#o.host.pods() })
      case 'metrics':
        return sendText(res, 200, kubeletMetrics(this.#o.host, this.#o.nodeName))
      case 'stats':
        return sendJson(res, await statsSummary(this.#o.host, this.#o.nodeName, this.#o.clock.now()))
      case 'exec':
      case 'attach':
      case 'portForward':
        throw new KubeletError(400, 'Upgrade request required')
      default:
        throw new KubeletError(404, '404 page not found')
    }
  }

  async #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (!mayUse(req)) throw new KubeletError(401, 'Unauthorized')
    const { url, parts } = target(req)
    const [first = '', namespace = '', name = '', container = ''] = parts
    const { host } = this.#o
    const pod = podOf(host, namespace, name)
    if (first === 'portForward') {
      const sandbox = await host.sandbox(pod)
      if (!sandbox || sandbox.state !== 'running') throw new KubeletError(404, `pod "${name}" is not running`)
      const dial = (port: number): Promise<Duplex> => host.runtime.dial(sandbox, port)
      if (isWebSocket(req) && !offeredProtocols(req).includes(TUNNEL_PROTOCOL)) {
        const ports = portsOf(url.searchParams)
        await serveChannelForward(await this.#accept(req, socket, head), ports, dial)
        return
      }
      await servePortForward(await this.#portForwardTransport(req, socket, head), dial)
      return
    }
    if (first !== 'exec' && first !== 'attach') throw new KubeletError(404, '404 page not found')
    const running = await runningContainer(host, pod, container)
    const tty = flag(url, 'tty')
    const wanted: WantedStreams = {
      stdin: flag(url, 'input', 'stdin'),
      stdout: flag(url, 'output', 'stdout'),
      stderr: flag(url, 'error', 'stderr'),
      tty,
    }
    if (!wanted.stdin && !wanted.stdout && !wanted.stderr)
      throw new KubeletError(400, 'you must specify at least 1 of stdin, stdout, stderr')
    const start = (): Promise<ProcessStreams> =>
      first === 'exec'
        ? host.runtime.exec(running.id, { ...wanted, command: url.searchParams.getAll('command') })
        : attached(host.runtime.attach(running.id, wanted))
    const client = isWebSocket(req)
      ? websocketCommand(await this.#accept(req, socket, head), wanted)
      : await this.#spdy(req, socket, head, wanted)
    await connectCommand(client, start, first)
  }

  #accept(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
    return new Promise(resolve => this.#websockets.handleUpgrade(req, socket, head, resolve))
  }

  #spdy(req: IncomingMessage, socket: Duplex, head: Buffer, wanted: WantedStreams): ReturnType<typeof spdyCommand> {
    const offered = String(req.headers['x-stream-protocol-version'] ?? '').split(/\s*,\s*/)
    const protocol =
      STREAM_PROTOCOLS.find(p => offered.includes(p)) ?? (offered[0] === '' ? 'channel.k8s.io' : undefined)
    if (!protocol)
      throw new KubeletError(
        403,
        `unable to upgrade: client and server have no stream protocol in common: ${offered.join(', ')}`,
      )
    switchToSpdy(socket, head, protocol)
    return spdyCommand(socket, wanted, protocol, this.#o.clock)
  }

  async #portForwardTransport(
    req: IncomingMessage & { tunnel?: boolean },
    socket: Duplex,
    head: Buffer,
  ): Promise<Duplex> {
    if (!isWebSocket(req)) {
      switchToSpdy(socket, head, PORT_FORWARD_PROTOCOL)
      return socket
    }
    // The library takes the slash in the name for a fault: it must not see it, and the answer is given in its place.
    delete req.headers['sec-websocket-protocol']
    req.tunnel = true
    return createWebSocketStream(await this.#accept(req, socket, head))
  }
}

/** How a container ended is said by its pod's status: to attach it is no failure. */
const attached = async (process: Promise<ProcessStreams>): Promise<ProcessStreams> => {
  const streams = await process
  return { ...streams, exited: streams.exited.then(() => 0) }
}

/** The API server and administrators show a certificate of the cluster's authority with system:masters. */
function mayUse(req: IncomingMessage): boolean {
  const socket = req.socket as TLSSocket
  if (!socket.authorized) return false
  const organizations: unknown = socket.getPeerCertificate().subject?.O
  return [organizations].flat().includes('system:masters')
}

/** A request's address, with the parts of its path. Throws a refusal where it is none. */
function target(req: IncomingMessage): { url: URL; parts: string[] } {
  try {
    const url = new URL(`https://kubelet${req.url ?? '/'}`)
    return { url, parts: url.pathname.slice(1).split('/').map(decodeURIComponent) }
  } catch {
    throw new KubeletError(400, 'malformed request path')
  }
}

function switchToSpdy(socket: Duplex, head: Buffer, protocol: string): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  )
  if (head.length > 0) socket.unshift(head)
}

const isWebSocket = (req: IncomingMessage): boolean => req.headers.upgrade?.toLowerCase() === 'websocket'
const offeredProtocols = (req: IncomingMessage): string[] =>
  String(req.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/)
const flag = (url: URL, ...names: string[]): boolean =>
  names.some(n => ['1', 'true'].includes(url.searchParams.get(n) ?? ''))

function sendText(res: ServerResponse, code: number, text: string): void {
  res.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text) })
  res.end(text)
}

function sendJson(res: ServerResponse, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  res.end(body)
}

function refuse(socket: Duplex, code: number, message: string): void {
  socket.end(
    `HTTP/1.1 ${code} Refused\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(message)}\r\nConnection: close\r\n\r\n${message}`,
  )
}
