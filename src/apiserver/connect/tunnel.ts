import http, {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions } from 'node:tls'
import { failure, serviceUnavailable, type StatusError } from '../../base/errors.ts'

/** Where to send a request on. */
export interface Backend {
  readonly protocol: 'http' | 'https'
  readonly host: string
  readonly port: number
  readonly tls?: SecureContextOptions & { readonly servername?: string; readonly rejectUnauthorized?: boolean }
}

export interface Upgrade {
  readonly socket: Duplex
  readonly head: Buffer
}

/** Headers that belong to one connection only. Upgrade travels by itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Credentials and impersonation are for the API server alone. */
const PRIVATE = /^(authorization|impersonate-.*)$/

/** The request's headers as they go on. */
export function forwardedHeaders(req: IncomingMessage, upgrade: boolean): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  for (const [name, values] of Object.entries(req.headersDistinct)) {
    if (HOP_BY_HOP.has(name) || PRIVATE.test(name) || name === 'host' || !values) continue
    headers[name] = values.length === 1 ? values[0] : values
  }
  const protocols = withoutTokens(headers['sec-websocket-protocol'])
  if (protocols === undefined) delete headers['sec-websocket-protocol']
  else headers['sec-websocket-protocol'] = protocols
  if (upgrade) {
    headers.connection = 'Upgrade'
    headers.upgrade = req.headers.upgrade ?? ''
  }
  return headers
}

/** WebSocket protocols without those that carry a browser's token. */
function withoutTokens(header: OutgoingHttpHeaders[string]): string | undefined {
  if (header === undefined) return undefined
  const kept = String(header)
    .split(',')
    .map(p => p.trim())
    .filter(p => p !== '' && !p.startsWith('base64url.bearer.authorization.k8s.io.'))
  return kept.length ? kept.join(', ') : undefined
}

/** The answer's headers as they come back. */
export function returnedHeaders(from: IncomingMessage): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  for (const [name, values] of Object.entries(from.headersDistinct))
    if (!HOP_BY_HOP.has(name) && values) headers[name] = values.length === 1 ? values[0] : values
  return headers
}

export interface SendOptions {
  readonly backend: Backend
  readonly method: string
  readonly path: string
  readonly headers: OutgoingHttpHeaders
}

/** Opens a request to a backend. The caller sends the body and listens. */
export function openRequest({ backend, method, path, headers }: SendOptions): ClientRequest {
  const { host, port, tls } = backend
  const common = { host, port, method, path, headers, agent: false as const }
  return backend.protocol === 'https' ? https.request({ ...common, ...tls }) : http.request(common)
}

/** What is said where a pod, service or node cannot be reached through a proxy. */
export const proxyUnreachable = (error: Error): StatusError =>
  serviceUnavailable(`error trying to reach service: ${dialText(error)}`)

/** What is said where a kubelet cannot be reached to exec, attach or forward ports. */
export const dialFailed = (error: Error): StatusError =>
  failure({ code: 500, message: `error dialing backend: ${dialText(error)}` })

/** A connection's error in the words of Go's net package, which people search for. */
export function dialText(error: Error): string {
  const { code, address, port, hostname } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
    hostname?: string
  }
  const where = address ? `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port ?? 0}` : 'dial tcp'
  switch (code) {
    case 'ECONNREFUSED':
      return `${where}: connect: connection refused`
    case 'EHOSTUNREACH':
      return `${where}: connect: no route to host`
    case 'ETIMEDOUT':
      return `${where}: i/o timeout`
    case 'ENOTFOUND':
      return `${where}: lookup ${hostname ?? ''}: no such host`
    default:
      return error.message
  }
}

/**
 * Calls `gone` when a client ends while nobody reads from it yet; what it sends stays for who will. Dispose of it
 * before reading.
 */
export function watchForEnd(socket: Duplex, gone: () => void): Disposable {
  // The end is only found by reading on where there is nothing to read.
  const look = (): void => {
    if (socket.readableLength === 0) socket.read()
  }
  socket.on('readable', look).on('end', gone).on('close', gone)
  return { [Symbol.dispose]: () => void socket.off('readable', look).off('end', gone).off('close', gone) }
}

/**
 * Lets two sockets speak to each other: what the backend answered to the upgrade, then bytes both ways.
 * Either end closing closes the other. Returns what ends it.
 */
export function joinSockets(client: Upgrade, answer: IncomingMessage, backend: Duplex, head: Buffer): Disposable {
  const lines = [`HTTP/1.1 ${answer.statusCode ?? 101} ${answer.statusMessage ?? 'Switching Protocols'}`]
  for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2)
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`)
  client.socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (head.length) client.socket.write(head)
  if (client.head.length) backend.write(client.head)
  for (const s of [client.socket, backend]) (s as Duplex & { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true)
  const end = (): void => {
    client.socket.destroy()
    backend.destroy()
  }
  for (const s of [client.socket, backend]) {
    s.on('error', end)
    s.on('close', end)
  }
  client.socket.pipe(backend)
  backend.pipe(client.socket)
  return { [Symbol.dispose]: end }
}

/** Sends a backend's answer on, as it is or through something that changes its body. Resolves at its end. */
export function relay(
  answer: IncomingMessage,
  res: ServerResponse,
  headers: OutgoingHttpHeaders = returnedHeaders(answer),
  through?: { readonly input: NodeJS.WritableStream; readonly output: NodeJS.ReadableStream },
): Promise<void> {
  res.statusCode = answer.statusCode ?? 502
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value as string)
  res.flushHeaders()
  return new Promise(resolve => {
    if (through) {
      answer.pipe(through.input)
      through.output.pipe(res)
      through.output.on('error', () => res.destroy())
    } else answer.pipe(res)
    res.on('close', () => {
      answer.destroy()
      resolve()
    })
    answer.on('error', () => {
      res.destroy()
      resolve()
    })
  })
}
