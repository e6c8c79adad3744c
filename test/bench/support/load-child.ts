// The other end of load.ts: bare TLS sockets, so that the client costs little beside the server it measures.
import { connect, type TLSSocket } from 'node:tls'
import { quantile } from './bench.ts'
import type { LoadOrder, LoadResult } from './load.ts'

const order = JSON.parse(process.argv[2] ?? '') as LoadOrder
const latencies: number[] = []
let failed = 0
let next = 0
let end = 0

const head =
  `${order.method} ${order.path} HTTP/1.1\r\nHost: ${order.host}:${order.port}\r\n` +
  `Authorization: Bearer ${order.token}\r\nAccept: application/json\r\nUser-Agent: bench\r\n`
const fixed = order.body === undefined ? Buffer.from(`${head}\r\n`) : undefined

function request(): Buffer {
  if (fixed) return fixed
  const body = (order.body ?? '').replace('{n}', String(next++))
  return Buffer.from(
    `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/** Whether the bytes are one whole answer. Only one is ever under way on a connection. */
function isWhole(bytes: Buffer): boolean {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.toString('latin1', 0, headEnd))?.[1]
  if (length !== undefined) return bytes.length >= headEnd + 4 + Number(length)
  return bytes.length >= headEnd + 9 && bytes.toString('latin1', bytes.length - 5) === '0\r\n\r\n'
}

/** Sends requests on one connection until the time is over. */
function drive(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    let got: Buffer = Buffer.alloc(0)
    let sent = performance.now()
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed a connection')))
    socket.on('data', (chunk: Buffer) => {
      got = got.length === 0 ? chunk : Buffer.concat([got, chunk])
      if (!isWhole(got)) return
      const now = performance.now()
      if (got[9] === 0x32) latencies.push(now - sent)
      else failed++
      got = Buffer.alloc(0)
      if (now >= end) return resolve()
      sent = now
      socket.write(request())
    })
    socket.write(request())
  })
}

async function main(): Promise<void> {
  const sockets = Array.from({ length: order.connections }, () =>
    connect({ host: order.host, port: order.port, ca: order.ca, ALPNProtocols: ['http/1.1'] }),
  )
  await Promise.all(
    sockets.map(s => new Promise((resolve, reject) => s.once('secureConnect', resolve).once('error', reject))),
  )
  const start = performance.now()
  end = start + order.seconds * 1000
  await Promise.all(sockets.map(drive))
  const seconds = (performance.now() - start) / 1000
  const result: LoadResult = { rate: Math.round(latencies.length / seconds), p99: quantile(latencies, 0.99), failed }
  process.stdout.write(JSON.stringify(result), () => process.exit(0))
}

void main()
