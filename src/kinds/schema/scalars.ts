import { ExactNumber } from '../../base/json.ts'
import { canonicalQuantity } from '../../base/quantity.ts'
import type { ScalarName } from './types.ts'

/** What Go's decoder says about a value that a type cannot hold. */
export type Fault =
  /** `json: cannot unmarshal VALUE into Go … of type TYPE`; decoding goes on, the first such fault is told. */
  | { readonly kind: 'type'; readonly value: string; readonly type: string; readonly stops: boolean }
  /** A text of the type's own code. */
  | { readonly kind: 'text'; readonly text: string; readonly stops: boolean }

/** Thrown by the fast decoder: something is wrong, and the careful one must find out what and where. */
export class Wrong extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super('wrong')
    this.fault = fault
  }
}

const GO_TYPES: Readonly<Record<ScalarName, string>> = {
  string: 'string',
  bytes: '[]uint8',
  int32: 'int32',
  int64: 'int64',
  number: 'float64',
  boolean: 'bool',
  time: 'string',
  microTime: 'string',
  quantity: 'resource.Quantity',
  intOrString: 'int32',
}

/** What a JSON value is called in Go's errors. Numbers carry their text where the type is a number too. */
export function describeValue(value: unknown, numeric = false): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return numeric ? `number ${value}` : 'number'
  if (value instanceof ExactNumber) return numeric ? `number ${value.text}` : 'number'
  return Array.isArray(value) ? 'array' : 'object'
}

/** The value that Go writes where nothing was given. */
export function zeroOf(scalar: ScalarName): unknown {
  switch (scalar) {
    case 'string':
      return ''
    case 'boolean':
      return false
    case 'int32':
    case 'int64':
    case 'number':
    case 'intOrString':
      return 0
    case 'quantity':
      return '0'
    case 'time':
    case 'microTime':
    case 'bytes':
      return null
  }
}

/** A scalar (not null) as Go writes it back after reading it. Throws Wrong. */
export function decodeScalar(scalar: ScalarName, value: unknown): unknown {
  switch (scalar) {
    case 'string':
      return typeof value === 'string' ? value : wrongType(scalar, value)
    case 'boolean':
      return typeof value === 'boolean' ? value : wrongType(scalar, value)
    case 'int32':
      return typeof value === 'number' && value === (value | 0) ? value | 0 : wrongType(scalar, value, true)
    case 'int64':
      return decodeInt64(value)
    case 'number':
      return typeof value === 'number' ? value : decodeDouble(value)
    case 'bytes':
      if (Array.isArray(value)) return decodeByteList(value)
      return typeof value === 'string' ? decodeBase64(value) : wrongType(scalar, value)
    case 'time':
      return typeof value === 'string' ? decodeTime(value) : wrongType(scalar, value, false, true)
    case 'microTime':
      return typeof value === 'string' ? decodeMicroTime(value) : wrongType(scalar, value, false, true)
    case 'quantity':
      return decodeQuantity(value)
    case 'intOrString':
      if (typeof value === 'string') return value
      return typeof value === 'number' && value === (value | 0) ? value | 0 : wrongType(scalar, value, true, true)
  }
}

function wrongType(scalar: ScalarName, value: unknown, numeric = false, stops = false): never {
  throw new Wrong({ kind: 'type', value: describeValue(value, numeric), type: GO_TYPES[scalar], stops })
}

/** An int64 as the nearest double. Numbers beyond 2^53 that come as such were read before: they are stored ones. */
function decodeInt64(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 63) return value + 0
  if (
    value instanceof ExactNumber &&
    /^-?\d+$/.test(value.text) &&
    BigInt.asIntN(64, BigInt(value.text)) === BigInt(value.text)
  )
    return Number(value.text)
  return wrongType('int64', value, true)
}

function decodeDouble(value: unknown): number {
  if (value instanceof ExactNumber && Number.isFinite(value.valueOf())) return value.valueOf()
  return wrongType('number', value, true)
}

function decodeQuantity(value: unknown): string {
  const text = value instanceof ExactNumber ? value.text : typeof value === 'string' ? value : JSON.stringify(value)
  try {
    return canonicalQuantity(text)
  } catch (error) {
    throw new Wrong({ kind: 'text', text: (error as Error).message, stops: true })
  }
}

/** Go also takes bytes as a list of numbers. */
function decodeByteList(items: readonly unknown[]): string {
  for (const item of items)
    if (item !== null && !(typeof item === 'number' && item >= 0 && item <= 255 && Number.isInteger(item)))
      throw new Wrong({ kind: 'type', value: describeValue(item, true), type: 'uint8', stops: false })
  return Buffer.from(items.map(Number)).toString('base64')
}

const CANONICAL_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Go's StdEncoding: padding is needed, line ends are passed over. */
function decodeBase64(text: string): string {
  const plain = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text
  if (CANONICAL_BASE64.test(plain))
    return plain === text && !plain.endsWith('=') ? plain : Buffer.from(plain, 'base64').toString('base64')
  throw new Wrong({ kind: 'text', text: `illegal base64 data at input byte ${firstIllegalByte(text)}`, stops: false })
}

/** Where Go's decoder gives up: at the first character out of place, or at the start of the cut-off group. */
function firstIllegalByte(text: string): number {
  let inGroup = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (c === '\r' || c === '\n') continue
    if (/[A-Za-z0-9+/]/.test(c)) {
      inGroup = (inGroup + 1) % 4
      continue
    }
    if (c !== '=' || inGroup < 2) return Buffer.byteLength(text.slice(0, i))
    const rest = text.slice(i + 1).replace(/[\r\n]/g, '')
    if (inGroup === 2) {
      if (rest === '') return text.length
      return rest[0] === '=' ? i + 2 : i
    }
    return i + 1
  }
  return text.length - inGroup
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/
const SECONDS = '2006-01-02T15:04:05Z07:00'
const MICROS = '2006-01-02T15:04:05.000000Z07:00'

/** metav1.Time: whole seconds in UTC. */
function decodeTime(text: string): string | null {
  // What Kubernetes writes itself comes back as it is.
  if (text.length === 20 && /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(text))
    return text
  const time = parseTime(text, SECONDS)
  return time.ms === ZERO_TIME ? null : `${new Date(time.ms).toISOString().slice(0, 19)}Z`
}

function decodeMicroTime(text: string): string | null {
  const fraction = RFC3339.exec(text)?.[7]
  if (fraction?.length !== 6) {
    parseTime(text, MICROS)
    throw timeError(text, MICROS, text.slice(19), '.000000')
  }
  const time = parseTime(text, MICROS)
  if (time.ms === ZERO_TIME && Number(fraction) === 0) return null
  return `${new Date(time.ms).toISOString().slice(0, 19)}.${fraction}Z`
}

/** Go's zero time: written as null. */
const ZERO_TIME = Date.parse('0001-01-01T00:00:00Z')

/** Milliseconds of the whole second. */
function parseTime(text: string, layout: string): { ms: number } {
  const m = RFC3339.exec(text)
  if (!m) throw timeFault(text, layout)
  const [, year, month, day, hour, minute, second] = m.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const outOfRange = (what: string): never => {
    throw new Wrong({ kind: 'text', text: `parsing time ${JSON.stringify(text)}: ${what} out of range`, stops: true })
  }
  if (month < 1 || month > 12) outOfRange('month')
  if (hour > 23) outOfRange('hour')
  if (minute > 59) outOfRange('minute')
  if (second > 59) outOfRange('second')
  if (day < 1 || day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()) outOfRange('day')
  const zone = m[8] ?? 'Z'
  const offset =
    zone === 'Z' ? 0 : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)))
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute - offset, second)
  return { ms: date.getTime() }
}

/** Go walks the layout and names the piece of it that did not fit. */
const PIECES: readonly (readonly [layout: string, pattern: RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d(?:[.,]\d+)?/],
  ['Z07:00', /^(?:Z|[+-]\d\d:\d\d)/],
]

function timeFault(text: string, layout: string): Wrong {
  let rest = text
  for (const [piece, pattern] of PIECES) {
    const m = pattern.exec(rest)
    if (!m) return timeError(text, layout, rest, piece)
    rest = rest.slice(m[0].length)
  }
  return new Wrong({
    kind: 'text',
    text: `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`,
    stops: true,
  })
}

const timeError = (text: string, layout: string, rest: string, piece: string): Wrong =>
  new Wrong({
    kind: 'text',
    text: `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(piece)}`,
    stops: true,
  })
