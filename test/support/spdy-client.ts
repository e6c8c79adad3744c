import type { Duplex } from 'node:stream'
import {
  controlFrame,
  dataFrame,
  decodeHeaders,
  encodeHeaders,
  FLAG_FIN,
  type Frame,
  FrameSplitter,
  type HeaderBlock,
  PING,
  RST_STREAM,
  SYN_REPLY,
  SYN_STREAM,
  uint32,
} from '../../src/base/spdy/frames.ts'
import { HeaderCodec } from '../../src/base/spdy/header-codec.ts'
import { until } from './until.ts'

/** The client's side of SPDY/3.1, for tests: keeps what comes, stream by stream. */
export class SpdyClient {
  readonly transport: Duplex
  readonly #codec = new HeaderCodec()
  readonly #splitter = new FrameSplitter()
  #work: Promise<void> = Promise.resolve()
  #next = 1
  /** Headers of accepted streams. */
  readonly replies = new Map<number, HeaderBlock>()
  /** Reasons of streams that were reset. */
  readonly resets = new Map<number, number>()
  readonly pings: number[] = []
  readonly #data = new Map<number, Buffer[]>()
  readonly #ended = new Set<number>()
  closed = false

  constructor(transport: Duplex) {
    this.transport = transport
    transport.on('data', (chunk: Buffer) => {
      for (const frame of this.#splitter.push(chunk)) this.#work = this.#work.then(() => this.#take(frame))
    })
    transport.on('error', () => {})
    // Only when all that came before is taken.
    const end = (): void => void this.#work.then(() => (this.closed = true))
    transport.on('close', end).on('end', end)
  }

  /** Opens a stream and gives its number. */
  async open(headers: HeaderBlock, id = this.#next, flags = 0): Promise<number> {
    this.#next = Math.max(this.#next, id) + 2
    const block = await this.#codec.compress(encodeHeaders(headers))
    this.raw(controlFrame(SYN_STREAM, flags, Buffer.concat([uint32(id), uint32(0), Buffer.of(0, 0), block])))
    return id
  }

  send(id: number, data: Buffer | string, fin = false): void {
    this.raw(dataFrame(id, Buffer.from(data), fin))
  }

  reset(id: number): void {
    this.raw(controlFrame(RST_STREAM, 0, Buffer.concat([uint32(id), uint32(5)])))
  }

  ping(number: number): void {
    this.raw(controlFrame(PING, 0, uint32(number)))
  }

  raw(bytes: Buffer): void {
    this.transport.write(bytes)
  }

  text(id: number): string {
    return this.bytes(id).toString()
  }

  bytes(id: number): Buffer {
    return Buffer.concat(this.#data.get(id) ?? [])
  }

  ended(id: number): boolean {
    return this.#ended.has(id)
  }

  /** Waits until something holds: compression runs on threads of its own. */
  until(what: string, condition: () => boolean): Promise<void> {
    return until(what, condition)
  }

  async #take(frame: Frame): Promise<void> {
    if (frame.type === 'data') {
      this.#data.set(frame.stream, [...(this.#data.get(frame.stream) ?? []), frame.payload])
      if (frame.flags & FLAG_FIN) this.#ended.add(frame.stream)
      return
    }
    const number = frame.payload.readUInt32BE(0)
    if (frame.kind === SYN_REPLY)
      this.replies.set(number, decodeHeaders(await this.#codec.decompress(frame.payload.subarray(4))))
    else if (frame.kind === RST_STREAM) this.resets.set(number, frame.payload.readUInt32BE(4))
    else if (frame.kind === PING) this.pings.push(number)
  }
}
