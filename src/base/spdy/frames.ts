/** Frames of SPDY/3.1 (draft-mbelshe-httpbis-spdy-00 section 2.2), as far as kubectl uses them. */
export const SYN_STREAM = 1
export const SYN_REPLY = 2
export const RST_STREAM = 3
export const SETTINGS = 4
export const PING = 6
export const GOAWAY = 7
export const HEADERS = 8
export const WINDOW_UPDATE = 9

export const FLAG_FIN = 1

export const INVALID_STREAM = 2
export const CANCEL = 5

const VERSION = 3
const HEADER_BYTES = 8

export type Frame =
  | { readonly type: 'data'; readonly stream: number; readonly flags: number; readonly payload: Buffer }
  | { readonly type: 'control'; readonly kind: number; readonly flags: number; readonly payload: Buffer }

export function dataFrame(stream: number, payload: Buffer, fin: boolean): Buffer {
  const head = Buffer.allocUnsafe(HEADER_BYTES)
  head.writeUInt32BE(stream & 0x7fffffff, 0)
  head.writeUInt32BE(payload.length, 4)
  head.writeUInt8(fin ? FLAG_FIN : 0, 4)
  return payload.length === 0 ? head : Buffer.concat([head, payload])
}

export function controlFrame(kind: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.allocUnsafe(HEADER_BYTES)
  head.writeUInt16BE(0x8000 | VERSION, 0)
  head.writeUInt16BE(kind, 2)
  head.writeUInt32BE(payload.length, 4)
  head.writeUInt8(flags, 4)
  return Buffer.concat([head, payload])
}

/** Cuts a byte stream into frames. */
export class FrameSplitter {
  #buffered: Buffer[] = []
  #size = 0

  /** Takes bytes and gives the frames that are complete. Throws where the bytes are no SPDY/3. */
  push(chunk: Buffer): Frame[] {
    this.#buffered.push(chunk)
    this.#size += chunk.length
    const frames: Frame[] = []
    while (this.#size >= HEADER_BYTES) {
      const head = this.#peek(HEADER_BYTES)
      const first = head.readUInt32BE(0)
      // Before the length is believed: something else than SPDY may name any.
      if (first & 0x80000000 && ((first >>> 16) & 0x7fff) !== VERSION)
        throw new Error(`SPDY version ${(first >>> 16) & 0x7fff} is not spoken here`)
      const length = head.readUInt32BE(4) & 0xffffff
      if (this.#size < HEADER_BYTES + length) break
      const flags = head.readUInt8(4)
      const payload = this.#take(HEADER_BYTES + length).subarray(HEADER_BYTES)
      if (first & 0x80000000) frames.push({ type: 'control', kind: first & 0xffff, flags, payload })
      else frames.push({ type: 'data', stream: first, flags, payload })
    }
    return frames
  }

  #peek(length: number): Buffer {
    this.#gather(length)
    return this.#buffered[0] as Buffer
  }

  #take(length: number): Buffer {
    this.#gather(length)
    const first = this.#buffered.shift() as Buffer
    this.#size -= length
    if (first.length > length) this.#buffered.unshift(first.subarray(length))
    return first.subarray(0, length)
  }

  /** Makes the first piece hold at least `length` bytes. */
  #gather(length: number): void {
    const [first] = this.#buffered
    if (!first || first.length < length) this.#buffered = [Buffer.concat(this.#buffered)]
  }
}

export type HeaderBlock = Readonly<Record<string, string>>

/** An uncompressed header block: a count, then names and values with their lengths. */
export function encodeHeaders(headers: HeaderBlock): Buffer {
  const parts: Buffer[] = [uint32(Object.keys(headers).length)]
  for (const [name, value] of Object.entries(headers)) {
    const n = Buffer.from(name.toLowerCase())
    const v = Buffer.from(value)
    parts.push(uint32(n.length), n, uint32(v.length), v)
  }
  return Buffer.concat(parts)
}

/** Reads a header block. Names are lower-case; of several values the first counts. Throws where it is cut off. */
export function decodeHeaders(block: Buffer): Record<string, string> {
  let at = 0
  const number = (): number => {
    at += 4
    return block.readUInt32BE(at - 4)
  }
  const text = (): string => {
    const length = number()
    if (at + length > block.length) throw new Error('A SPDY header block is cut off')
    at += length
    return block.toString('utf8', at - length, at)
  }
  const out: Record<string, string> = {}
  for (let count = number(); count > 0; count--) {
    const name = text().toLowerCase()
    out[name] = text().split('\0')[0] ?? ''
  }
  return out
}

export function uint32(value: number): Buffer {
  const out = Buffer.allocUnsafe(4)
  out.writeUInt32BE(value >>> 0)
  return out
}
