// Watches one object on many TLS connections, writes it ten times a second, and tells when the events came.
import { connect, type TLSSocket } from 'node:tls'
import type { WatchOrder, WatchResult } from '../watch.ts'
import { inParallel, pause, quantile } from './bench.ts'

const order = JSON.parse(process.argv[2] ?? '') as WatchOrder
const delays: number[] = []
const AT = Buffer.from('"at":"')
const HEAD =
  `HTTP/1.1\r\nHost: ${order.host}:${order.port}\r\nAuthorization: Bearer ${order.token}\r\n` +
  'Accept: application/json\r\nUser-Agent: bench\r\n'

function open(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: order.host, port: order.port, ca: order.ca, ALPNProtocols: ['http/1.1'] }, () =>
      resolve(socket),
    )
    socket.on('error', reject)
  })
}

/** Resolves when the first event, which says what is there, has come. */
async function watch(): Promise<void> {
  const socket = await open()
  socket.write(`GET ${order.path}?watch=1&fieldSelector=metadata.name%3Dtick ${HEAD}\r\n`)
  await new Promise<void>(resolve => {
    socket.on('data', (chunk: Buffer) => {
      // managedFields name the field as well, without a quote before its value. Late events come several at a time.
      for (let i = chunk.indexOf(AT); i >= 0; i = chunk.indexOf(AT, i + 1)) {
        const at = Number.parseFloat(chunk.toString('latin1', i + AT.length, i + AT.length + 20))
        if (at > 0) delays.push(performance.now() - at)
      }
      resolve()
    })
  })
}

async function main(): Promise<void> {
  await inParallel(order.watchers, 50, watch)
  await pause(1000)
  const writer = await open()
  writer.resume()
  const start = performance.now()
  for (let i = 0; i < order.writes; i++) {
    await pause(Math.max(0, start + i * 100 - performance.now()))
    const body = JSON.stringify({ data: { at: String(performance.now()) } })
    const type = 'Content-Type: application/merge-patch+json'
    writer.write(`PATCH ${order.path}/tick ${HEAD}${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  }
  const late = performance.now() + 15_000
  while (delays.length < order.watchers * order.writes && performance.now() < late) await pause(100)
  const result: WatchResult = { seen: delays.length, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) }
  process.stdout.write(JSON.stringify(result), () => process.exit(0))
}

void main()
