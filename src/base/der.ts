/** ASN.1 in DER (X.690), as far as certificates need it. */

/** One value: its tag, the bytes of its content, and all of its bytes. */
export interface DerValue {
  readonly tag: number
  readonly content: Buffer
  readonly raw: Buffer
}

/** A value from its tag and the parts of its content. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content])
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
export const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts)
export const octets = (content: Uint8Array): Buffer => der(0x04, content)
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text))
export const truth = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]))
/** Bits in whole bytes, of which the last ones may be unused. */
export const bits = (content: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), content)
/** `[n]` around values, as EXPLICIT tags are. */
export const tagged = (n: number, ...parts: readonly Uint8Array[]): Buffer => der(0xa0 | n, ...parts)

/** A number that is not negative, from its big-endian bytes. */
export function unsigned(bytes: Uint8Array): Buffer {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const short = bytes.subarray(from)
  return der(0x02, Buffer.from((short[0] ?? 0) & 0x80 ? [0] : []), short)
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const septets = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift(0x80 | (left & 0x7f))
    bytes.push(...septets)
  }
  return der(0x06, Buffer.from(bytes))
}

/** A point in time in whole seconds, in the form that RFC 5280 wants for its year. Milliseconds since the epoch. */
export function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  return Number(text.slice(0, 4)) < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}

/** The values that follow one another in some bytes. Throws RangeError where they end too early. */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes.readUInt8(at)
    const first = bytes.readUInt8(at + 1)
    const long = first & 0x80 ? first & 0x7f : 0
    const length = long ? bytes.readUIntBE(at + 2, long) : first
    const start = at + 2 + long
    if (start + length > bytes.length) throw new RangeError('DER value is cut short')
    values.push({ tag, content: bytes.subarray(start, start + length), raw: bytes.subarray(at, start + length) })
    at = start + length
  }
  return values
}
