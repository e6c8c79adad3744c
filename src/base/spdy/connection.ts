import { Duplex } from 'node:stream'
import {
  CANCEL,
  controlFrame,
  dataFrame,
  decodeHeaders,
  encodeHeaders,
  FLAG_FIN,
  type Frame,
  FrameSplitter,
  GOAWAY,
  HEADERS,
  type HeaderBlock,
  INVALID_STREAM,
  PING,
  RST_STREAM,
  SYN_REPLY,
  SYN_STREAM,
  uint32,
} from './frames.ts'
import { HeaderCodec } from './header-codec.ts'

export interface SpdyOptions {
  /** Called for each stream that the other side opens. The stream has been accepted. */
  readonly onStream: (stream: SpdyStream) => void
  /** True for the side that opened the connection. Defaults to false. */
  readonly client?: boolean
}

const MAX_DATA_BYTES = 32 * 1024
/** Bytes that wait in one stream before the whole connection is read no further. */
const HIGH_WATER_BYTES = 256 * 1024

/** One stream of a connection: bytes both ways, each way ends by itself. */
export class SpdyStream extends Duplex {
  readonly id: number
  readonly headers: HeaderBlock
  readonly #connection: SpdyConnection

  constructor(connection: SpdyConnection, id: number, headers: HeaderBlock) {
    super({ highWaterMark: HIGH_WATER_BYTES, allowHalfOpen: true })
    this.#connection = connection
    this.id = id
    this.headers = headers
  }

  override _read(): void {
    this.#connection.wanted(this)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#connection.send(this.id, chunk, false, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.send(this.id, Buffer.alloc(0), true, done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.forget(this)
    done(error)
  }
}

/**
 * One side of SPDY/3.1 on a byte stream. There is no flow control by windows: kubectl's library neither sends
 * nor heeds WINDOW_UPDATE, so a stream that is not read holds up the connection, as TCP would.
 */
export class SpdyConnection {
  readonly #transport: Duplex
  readonly #options: SpdyOptions
  readonly #codec = new HeaderCodec()
  readonly #splitter = new FrameSplitter()
  readonly #streams = new Map<number, SpdyStream>()
  readonly #full = new Set<SpdyStream>()
  #work: Promise<void> = Promise.resolve()
  #nextId: number
  #closed = false
  /** Resolves when the connection is at its end, for whatever reason. */
  readonly closed: Promise<void>

  constructor(transport: Duplex, options: SpdyOptions) {
    this.#transport = transport
    this.#options = options
    this.#nextId = options.client ? 1 : 2
    this.closed = new Promise(resolve => {
      transport.once('close', () => {
        this.close()
        resolve()
      })
    })
    transport.on('data', (chunk: Buffer) => this.#received(chunk))
    transport.on('end', () => this.close())
    transport.on('error', () => this.close())
  }

  /** Opens a stream to the other side. It may be written to at once. */
  open(headers: HeaderBlock): Promise<SpdyStream> {
    const opened = this.#work.then(async () => {
      // One after the other: the headers of all streams are one zlib stream.
      const block = await this.#codec.compress(encodeHeaders(headers))
      if (this.#closed) throw new Error('The connection has ended')
      const stream = new SpdyStream(this, this.#nextId, headers)
      this.#nextId += 2
      stream.on('error', () => {})
      this.#streams.set(stream.id, stream)
      const payload = Buffer.concat([uint32(stream.id), uint32(0), Buffer.from([0, 0]), block])
      this.#transport.write(controlFrame(SYN_STREAM, 0, payload))
      return stream
    })
    this.#work = opened.then(
      () => undefined,
      () => undefined,
    )
    return opened
  }

  /** Ends all streams and the transport. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const stream of [...this.#streams.values()]) stream.destroy()
    this.#codec.close()
    this.#transport.end(() => this.#transport.destroy())
  }

  /** Sends data of a stream; for {@link SpdyStream}. */
  send(id: number, chunk: Buffer, fin: boolean, done: (error?: Error | null) => void): void {
    if (this.#closed) {
      done(new Error('The connection has ended'))
      return
    }
    for (let at = MAX_DATA_BYTES; at < chunk.length; at += MAX_DATA_BYTES) {
      this.#transport.write(dataFrame(id, chunk.subarray(at - MAX_DATA_BYTES, at), false))
    }
    const rest = chunk.subarray(Math.floor(Math.max(chunk.length - 1, 0) / MAX_DATA_BYTES) * MAX_DATA_BYTES)
    this.#transport.write(dataFrame(id, rest, fin), error => done(error))
  }

  /** The reader of a stream wants more; for {@link SpdyStream}. */
  wanted(stream: SpdyStream): void {
    if (this.#full.delete(stream) && this.#full.size === 0) this.#transport.resume()
  }

  /** A stream is done with; one that had not ended both ways is reset. For {@link SpdyStream}. */
  forget(stream: SpdyStream): void {
    this.#streams.delete(stream.id)
    this.wanted(stream)
    if (!this.#closed && !(stream.readableEnded && stream.writableFinished)) this.#reset(stream.id, CANCEL)
  }

  #received(chunk: Buffer): void {
    let frames: Frame[]
    try {
      frames = this.#splitter.push(chunk)
    } catch {
      this.close()
      return
    }
    for (const frame of frames) {
      // Headers are decompressed off the loop: what follows must wait for its turn.
      this.#work = this.#work.then(() => (this.#closed ? undefined : this.#take(frame))).catch(() => this.close())
    }
  }

  async #take(frame: Frame): Promise<void> {
    if (frame.type === 'data') {
      this.#takeData(frame.stream, frame.flags, frame.payload)
      return
    }
    switch (frame.kind) {
      case SYN_STREAM: {
        const id = frame.payload.readUInt32BE(0) & 0x7fffffff
        const headers = decodeHeaders(await this.#codec.decompress(frame.payload.subarray(10)))
        await this.#open(id, headers, (frame.flags & FLAG_FIN) !== 0)
        return
      }
      case HEADERS: {
        const id = frame.payload.readUInt32BE(0) & 0x7fffffff
        // The zlib stream must see every block, or later ones cannot be read.
        await this.#codec.decompress(frame.payload.subarray(4))
        if (frame.flags & FLAG_FIN) this.#streams.get(id)?.push(null)
        return
      }
      case RST_STREAM: {
        const stream = this.#streams.get(frame.payload.readUInt32BE(0) & 0x7fffffff)
        if (stream) {
          this.#streams.delete(stream.id)
          stream.destroy()
        }
        return
      }
      case PING:
        // Those of the other side (odd numbers are a client's) come back as they are; we send none of our own.
        if ((frame.payload.readUInt32BE(0) % 2 === 1) !== (this.#options.client === true))
          this.#transport.write(controlFrame(PING, 0, frame.payload.subarray(0, 4)))
        return
      case GOAWAY:
      default:
        return
    }
  }

  async #open(id: number, headers: HeaderBlock, fin: boolean): Promise<void> {
    if (this.#streams.has(id)) {
      this.#reset(id, INVALID_STREAM)
      return
    }
    const stream = new SpdyStream(this, id, headers)
    stream.on('error', () => {})
    this.#streams.set(id, stream)
    const reply = await this.#codec.compress(encodeHeaders({}))
    if (this.#closed) return
    this.#transport.write(controlFrame(SYN_REPLY, 0, Buffer.concat([uint32(id), reply])))
    if (fin) stream.push(null)
    this.#options.onStream(stream)
  }

  #takeData(id: number, flags: number, payload: Buffer): void {
    const stream = this.#streams.get(id)
    if (!stream) {
      // A stream that has just ended here: the other side does not know yet.
      return
    }
    if (payload.length > 0 && !stream.push(payload)) {
      this.#full.add(stream)
      this.#transport.pause()
    }
    if (flags & FLAG_FIN) stream.push(null)
  }

  #reset(id: number, reason: number): void {
    this.#transport.write(controlFrame(RST_STREAM, 0, Buffer.concat([uint32(id), uint32(reason)])))
  }
}
