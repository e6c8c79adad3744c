import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { SpdyConnection, type SpdyStream } from '../../base/spdy/connection.ts'
import type { Json } from './api/connection.ts'
import { byReadiness, type Pod, podPath, podsOf, readAttachable } from './api/pods.ts'
import { PlainError, UsageError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import { say } from './base/io.ts'
import type { Call, Verb } from './base/verb.ts'

/** `kubectl port-forward`. */
export const portForward: Verb = {
  name: 'port-forward',
  use: 'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  short: 'Forward one or more local ports to a pod',
  long: 'Forward one or more local ports to a pod.\n\n TYPE/NAME may be a deployment or a service: then a pod of it is chosen. The forwarding ends when that pod ends.',
  examples: [
    '# Listen on ports 5000 and 6000 here, forwarding to the same ports in the pod',
    'kubectl port-forward pod/mypod 5000 6000',
    '',
    "# Listen on port 8443, forwarding to the targetPort of the service's port named https",
    'kubectl port-forward service/myservice 8443:https',
    '',
    '# Listen on a random port, forwarding to 5000 in the pod',
    'kubectl port-forward pod/mypod :5000',
  ],
  flags: [
    flag(
      'list',
      'address',
      'Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value.',
      { default: 'localhost' },
    ),
    flag(
      'duration',
      'pod-running-timeout',
      'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
      { default: '1m0s' },
    ),
  ],
  run,
}

interface Forwarding {
  readonly local: number
  readonly remote: number
}

async function run(call: Call): Promise<void> {
  const [word, ...ports] = call.args
  if (!word || ports.length === 0)
    throw new UsageError(call.command, 'TYPE/NAME and list of ports are required for port-forward')
  const object = await readAttachable(call, word)
  const [pod] = await podsOf(call, object, { order: byReadiness, doing: 'attach to' })
  if (!pod) throw new PlainError('timed out waiting for the condition')
  const forwardings = ports.map(text => parsePorts(text, object, pod))
  const phase = pod.status?.phase ?? ''
  if (phase !== 'Running')
    throw new PlainError(`unable to forward port because pod is not running. Current status=${phase}`)
  await forwardAll(call, pod, forwardings)
}

/** Reads `5000`, `8080:80`, `:80`, `8443:https`. Ports of a service stand for the container's behind them. */
export function parsePorts(text: string, object: Json, pod: Pod): Forwarding {
  const parts = text.split(':')
  const [local = '', given = local] = parts
  if (parts.length > 2 || given === '')
    throw new PlainError(parts.length > 2 ? `invalid port format '${text}'` : 'remote port cannot be empty')
  const remote = remotePort(given, object, pod)
  return { local: parts.length === 1 ? (/^\d+$/.test(given) ? Number(given) : remote) : localPort(local), remote }
}

function localPort(text: string): number {
  if (text === '') return 0
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new PlainError(
      `error parsing local port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  return port
}

interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly targetPort?: number | string
  readonly protocol?: string
}

function remotePort(text: string, object: Json, pod: Pod): number {
  const numeric = /^\d+$/.test(text)
  if (object['kind'] !== 'Service') return numeric ? Number(text) : containerPort(text, pod)
  const { ports = [], clusterIP } = (object['spec'] ?? {}) as { ports?: ServicePort[]; clusterIP?: string }
  const found = ports.find(p => (numeric ? p.port === Number(text) : p.name === text))
  if (!found)
    throw new PlainError(
      numeric
        ? `Service ${nameOf(object)} does not have a service port ${text}`
        : `Service '${nameOf(object)}' does not have a named port '${text}'`,
    )
  if (found.protocol === 'UDP') throw new PlainError(`UDP protocol is not supported for ${text}`)
  if (clusterIP === 'None') return found.port
  const target = found.targetPort ?? found.port
  return typeof target === 'number' ? target : containerPort(target, pod)
}

const nameOf = (object: Json): string => (object['metadata'] as { name?: string } | undefined)?.name ?? ''

function containerPort(name: string, pod: Pod): number {
  for (const c of pod.spec.containers)
    for (const p of (c['ports'] ?? []) as { name?: string; containerPort: number }[])
      if (p.name === name) return p.containerPort
  throw new PlainError(`Pod '${pod.metadata.name}' does not have a named port '${name}'`)
}

async function forwardAll(call: Call, pod: Pod, forwardings: readonly Forwarding[]): Promise<void> {
  const { io, session } = call
  const path = podPath(pod.metadata.namespace, pod.metadata.name, 'portforward')
  // Plain SPDY: the WebSocket library takes no subprotocol with a slash in its name, as the tunnel's has.
  const transport = await session.connection.upgrade(path, {
    upgrade: 'SPDY/3.1',
    'x-stream-protocol-version': 'portforward.k8s.io',
  })
  const connection = new SpdyConnection(transport, { client: true, onStream: stream => stream.destroy() })
  const servers: Server[] = []
  const stop = (): void => {
    for (const server of servers) server.close()
    connection.close()
  }
  io.signal.addEventListener('abort', stop, { once: true })
  try {
    let requestId = 0
    for (const f of forwardings)
      for (const host of addresses(call)) {
        const server = createServer({ allowHalfOpen: true }, socket => {
          say(io, `Handling connection for ${f.local || (socket.localPort ?? 0)}`)
          void forwardOne(call, connection, { socket, port: f.remote, id: String(requestId++) })
        })
        const bound = await listen(server, f.local, host)
        if (bound === undefined)
          io.err(`Unable to listen on port ${f.local}: listen tcp ${host}:${f.local}: bind: address already in use\n`)
        else {
          servers.push(server)
          say(io, `Forwarding from ${host.includes(':') ? `[${host}]` : host}:${bound} -> ${f.remote}`)
        }
      }
    if (servers.length === 0)
      throw new PlainError(
        `unable to listen on any of the requested ports: [${forwardings.map(f => `{${f.local} ${f.remote}}`).join(' ')}]`,
      )
    await connection.closed
    if (!io.signal.aborted) throw new PlainError('lost connection to pod')
  } finally {
    io.signal.removeEventListener('abort', stop)
    stop()
  }
}

const addresses = (call: Call): string[] =>
  call.flags.texts('address').flatMap(a => (a === 'localhost' ? ['127.0.0.1', '::1'] : [a]))

/** The port that was bound; undefined where it is taken. */
function listen(server: Server, port: number, host: string): Promise<number | undefined> {
  return new Promise(resolve => {
    server.once('error', () => resolve(undefined))
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

async function forwardOne(
  call: Call,
  connection: SpdyConnection,
  o: { socket: Socket; port: number; id: string },
): Promise<void> {
  const { socket, port, id } = o
  const headers = { port: String(port), requestid: id }
  try {
    const error = await connection.open({ ...headers, streamtype: 'error' })
    error.end()
    const data = await connection.open({ ...headers, streamtype: 'data' })
    watchError(call, error, port)
    join(socket, data)
  } catch (e) {
    call.io.err(`error creating forwarding stream for port ${port}: ${(e as Error).message}\n`)
    socket.destroy()
  }
}

function watchError(call: Call, stream: SpdyStream, port: number): void {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => {
    const text = Buffer.concat(chunks).toString('utf8')
    if (text) call.io.err(`an error occurred forwarding ${port}: ${text}\n`)
  })
}

/** Bytes both ways; either end that fails takes the other with it. */
function join(a: Duplex, b: Duplex): void {
  a.on('error', () => b.destroy())
  b.on('error', () => a.destroy())
  a.once('close', () => b.destroy())
  b.once('close', () => a.destroy())
  a.pipe(b)
  b.pipe(a)
}
