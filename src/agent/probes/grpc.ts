import { connect, constants, type IncomingHttpHeaders } from 'node:http2'
import type { GRPCAction } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import type { ProbeResult } from './check.ts'

const SERVING = 1
const STATUS_NAMES: Record<number, string> = { 0: 'UNKNOWN', 1: 'SERVING', 2: 'NOT_SERVING', 3: 'SERVICE_UNKNOWN' }
const UNIMPLEMENTED = '12'

export interface GrpcTarget {
  readonly host: string
  readonly seconds: number
  readonly signal: AbortSignal
}

/** Asks grpc.health.v1.Health/Check. A server that does not answer is waited for until the time is over. */
export function grpcCheck(action: Frozen<GRPCAction>, target: GrpcTarget): Promise<ProbeResult> {
  const address = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${action.port}`
  return new Promise(resolve => {
    const session = connect(`http://${address}`)
    let connected = false
    const done = (ok: boolean, output: string): void => {
      session.destroy()
      resolve({ ok, output })
    }
    const late = (): void =>
      done(
        false,
        connected
          ? `timeout: health rpc did not complete within ${target.seconds}s`
          : `timeout: failed to connect service "${address}" within ${target.seconds}s: context deadline exceeded`,
      )
    target.signal.addEventListener('abort', late, { once: true })
    session.on('connect', () => {
      connected = true
    })
    // Before the connection stands, the client would try again until its time is over: so does the kubelet's.
    session.on('error', error => connected && done(false, `error: health rpc failed: ${error.message}`))
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      'user-agent': 'kube-probe/1.36',
      te: 'trailers',
    })
    const chunks: Buffer[] = []
    let status = ''
    const readStatus = (headers: IncomingHttpHeaders): void => {
      const told = headers['grpc-status']
      if (typeof told === 'string') status = told
    }
    stream.on('error', () => {})
    stream.on('response', readStatus)
    stream.on('trailers', readStatus)
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (status === UNIMPLEMENTED)
        done(false, 'this server does not implement the grpc health protocol (grpc.health.v1.Health)')
      else if (status && status !== '0') done(false, `service unhealthy (responded with "${STATUS_NAMES[3]}")`)
      else {
        const serving = readServing(Buffer.concat(chunks))
        done(
          serving === SERVING,
          serving === SERVING ? '' : `service unhealthy (responded with "${STATUS_NAMES[serving] ?? serving}")`,
        )
      }
    })
    stream.end(frame(action.service ?? ''))
  })
}

/** HealthCheckRequest{service} with the five bytes that precede each gRPC message. */
function frame(service: string): Buffer {
  const name = Buffer.from(service)
  const message = name.length ? Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]) : name
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** A length as protobuf writes it: seven bits in each byte, the lowest first. */
export function varint(n: number): number[] {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...varint(n >>> 7)]
}

/** HealthCheckResponse.status; 0 where it is left out. */
function readServing(bytes: Buffer): number {
  return bytes.length >= 7 && bytes[5] === 0x08 ? (bytes[6] ?? 0) : 0
}
