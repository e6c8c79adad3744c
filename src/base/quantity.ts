/**
 * resource.Quantity: amounts such as `500m`, `1Gi`, `2e3`. Exact; a value is `unscaled × 10^scale`.
 * Like the original, a text that is nearly canonical is kept as written (`+1`, `007`), all others are made canonical.
 */

export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent'

/** A parsed quantity. Never changed. */
export interface Quantity {
  readonly unscaled: bigint
  /** Power of ten. */
  readonly scale: number
  readonly format: QuantityFormat
  /** The text as it was written, where that is what clients get back. */
  readonly text?: string
}

/** A text that is no quantity; the message is the one that clients see. */
export class QuantityError extends Error {}

const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const SUFFIX_WRONG = "unable to parse quantity's suffix"
const SHAPE = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/
const DECIMAL_SUFFIXES = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
])
const BINARY_SUFFIXES = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
])
const DECIMAL_NAMES = new Map([...DECIMAL_SUFFIXES].map(([name, exponent]) => [exponent, name]))
const BINARY_NAMES = new Map([...BINARY_SUFFIXES].map(([name, exponent]) => [exponent, name]))

/** Scales for {@link roundUp} and {@link scaledValue}. */
export const NANO = -9
export const MILLI = -3

const MAX_INT64 = 2n ** 63n - 1n
/** Decimal digits that always fit an int64. */
const MAX_DIGITS = 18
/** Beyond so many orders of magnitude the smaller operand of a sum is lost instead of filling memory with zeros. */
const MAX_ALIGN = 1000

export const ZERO: Quantity = { unscaled: 0n, scale: 0, format: 'DecimalSI' }

const parsed = new Map<string, Quantity>()
const MAX_PARSED = 2000

/** Reads a quantity as JSON carries it. Throws {@link QuantityError}. */
export function parseQuantity(value: string | number): Quantity {
  const text = String(value).trim()
  const known = parsed.get(text)
  if (known) return known
  const quantity = read(text)
  if (parsed.size >= MAX_PARSED) parsed.clear()
  parsed.set(text, quantity)
  return quantity
}

/** As parseQuantity, undefined where it would throw. */
export function tryParseQuantity(value: string | number): Quantity | undefined {
  try {
    return parseQuantity(value)
  } catch {
    return undefined
  }
}

function read(text: string): Quantity {
  if (text === '0') return { unscaled: 0n, scale: 0, format: 'DecimalSI', text }
  const parts = text === '' ? null : SHAPE.exec(text)
  if (!parts) throw new QuantityError(FORMAT_WRONG)
  const [, sign = '', whole = '', fraction = '', suffix = ''] = parts
  const unit = readSuffix(suffix)
  const digits = (whole || '0') + fraction
  const mantissa = BigInt(digits) * (sign === '-' ? -1n : 1n)
  const quantity =
    unit.format === 'BinarySI'
      ? readBinary(mantissa, fraction.length, unit.exponent, (whole || '0').length)
      : readDecimal(mantissa, digits, fraction.length, unit.exponent, unit.format)
  return quantity.keep ? { ...quantity.value, text } : quantity.value
}

function readSuffix(suffix: string): { exponent: number; format: QuantityFormat } {
  const decimal = DECIMAL_SUFFIXES.get(suffix)
  if (decimal !== undefined) return { exponent: decimal, format: 'DecimalSI' }
  const binary = BINARY_SUFFIXES.get(suffix)
  if (binary !== undefined) return { exponent: binary, format: 'BinarySI' }
  if (/^[eE][-+]?[0-9]+$/.test(suffix)) {
    const exponent = Number(suffix.slice(1))
    if (Math.abs(exponent) < 2 ** 31) return { exponent, format: 'DecimalExponent' }
  }
  throw new QuantityError(SUFFIX_WRONG)
}

function readDecimal(mantissa: bigint, digits: string, fraction: number, exponent: number, format: QuantityFormat) {
  const scale = exponent - fraction
  const value = { unscaled: mantissa, scale, format }
  if (digits.length > MAX_DIGITS || scale < NANO) return { value: roundUp(value, NANO), keep: false }
  return { value, keep: scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0') }
}

function readBinary(mantissa: bigint, fraction: number, exponent: number, wholeDigits: number) {
  const unscaled = mantissa * 2n ** BigInt(exponent)
  const value: Quantity = { unscaled, scale: -fraction || 0, format: 'BinarySI' }
  const fits = fraction === 0 && 15 - wholeDigits - Math.trunc((exponent * 3) / 10) - 1 >= 0
  if (fits) return { value, keep: ((mantissa < 0n ? -mantissa : mantissa) & 7n) !== 0n }
  const rounded = roundUp(value, NANO)
  const size: Quantity = { ...rounded, unscaled: rounded.unscaled < 0n ? -rounded.unscaled : rounded.unscaled }
  const negative = rounded.unscaled < 0n
  if (compareQuantities(size, { unscaled: MAX_INT64, scale: 0, format: 'BinarySI' }) > 0) {
    return {
      value: { unscaled: negative ? -MAX_INT64 : MAX_INT64, scale: 0, format: 'BinarySI' } as Quantity,
      keep: false,
    }
  }
  const small = size.unscaled > 0n && compareQuantities(size, { unscaled: 1n, scale: 0, format: 'BinarySI' }) < 0
  return { value: small ? { ...rounded, format: 'DecimalSI' as const } : rounded, keep: false }
}

const digitsOf = (n: bigint): number => (n < 0n ? -n : n).toString().length

/** Rounds away from zero to a multiple of `10^scale`; a value that needs no rounding keeps its text. */
export function roundUp(q: Quantity, scale: number): Quantity {
  if (q.scale >= scale) return q
  const { format } = q
  if (q.unscaled === 0n) return { unscaled: 0n, scale, format }
  const drop = scale - q.scale
  const sign = q.unscaled < 0n ? -1n : 1n
  if (drop > digitsOf(q.unscaled)) return { unscaled: sign, scale, format }
  const divisor = 10n ** BigInt(drop)
  const rest = q.unscaled % divisor
  return { unscaled: q.unscaled / divisor + (rest === 0n ? 0n : sign), scale, format }
}

/** The canonical text, or the text as written where that is kept. */
export function formatQuantity(q: Quantity): string {
  if (q.text !== undefined) return q.text
  if (q.unscaled === 0n) return '0'
  return (q.format === 'BinarySI' && formatBinary(q)) || formatDecimal(q)
}

function formatBinary(q: Quantity): string | undefined {
  let amount = integerOf(q)
  if (amount === undefined || (amount > -1024n && amount < 1024n)) return undefined
  let exponent = 0
  while (amount % 1024n === 0n) {
    amount /= 1024n
    exponent += 10
  }
  return `${amount}${BINARY_NAMES.get(exponent) ?? ''}`
}

function integerOf(q: Quantity): bigint | undefined {
  if (q.scale >= 0) return q.unscaled * 10n ** BigInt(Math.min(q.scale, MAX_ALIGN))
  const divisor = 10n ** BigInt(-q.scale)
  return q.unscaled % divisor === 0n ? q.unscaled / divisor : undefined
}

function formatDecimal(q: Quantity): string {
  let amount = q.unscaled
  let exponent = q.scale
  while (amount % 10n === 0n) {
    amount /= 10n
    exponent++
  }
  while (exponent % 3 !== 0) {
    amount *= 10n
    exponent--
  }
  if (q.format === 'DecimalExponent') return exponent === 0 ? `${amount}` : `${amount}e${exponent}`
  return `${amount}${DECIMAL_NAMES.get(exponent) ?? ''}`
}

/** Negative, zero or positive as for sort. Equal amounts are equal however they are written. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  if (a.scale === b.scale) return compareBigInts(a.unscaled, b.unscaled)
  const signs = signOf(a) - signOf(b)
  if (signs !== 0) return signs
  if (a.unscaled === 0n) return 0
  // Orders of magnitude first, so that `1e1000000000` is never written out.
  const order = digitsOf(a.unscaled) + a.scale - digitsOf(b.unscaled) - b.scale
  if (order !== 0) return order * signOf(a)
  const [x, y] = align(a, b)
  return compareBigInts(x, y)
}

const compareBigInts = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

function align(a: Quantity, b: Quantity): [bigint, bigint, number] {
  const difference = BigInt(Math.abs(a.scale - b.scale))
  return a.scale > b.scale
    ? [a.unscaled * 10n ** difference, b.unscaled, b.scale]
    : [a.unscaled, b.unscaled * 10n ** difference, a.scale]
}

/** -1, 0 or 1. */
export function signOf(q: Quantity): -1 | 0 | 1 {
  return q.unscaled < 0n ? -1 : q.unscaled > 0n ? 1 : 0
}

/** The sum, in the format of the first operand unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const format = a.unscaled === 0n ? b.format : a.format
  if (b.unscaled === 0n) return { unscaled: a.unscaled, scale: a.scale, format }
  if (a.unscaled === 0n) return { unscaled: b.unscaled, scale: b.scale, format }
  if (Math.abs(a.scale - b.scale) > MAX_ALIGN) return { ...(a.scale > b.scale ? a : b), format }
  const [x, y, scale] = align(a, b)
  return { unscaled: x + y, scale, format }
}

/** The difference, in the format of the first operand unless that is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, { unscaled: -b.unscaled, scale: b.scale, format: b.format })
}

/** The amount in units of `10^scale` (0: whole units, MILLI: thousandths), rounded away from zero. */
export function scaledValue(q: Quantity, scale = 0): number {
  const rounded = roundUp(q, scale)
  const zeros = rounded.scale - scale
  return zeros > MAX_ALIGN ? Number(rounded.unscaled) * Infinity : Number(rounded.unscaled * 10n ** BigInt(zeros))
}

/** Compares two quantities in text form. Throws {@link QuantityError}. */
export function compareQuantityTexts(a: string | number, b: string | number): number {
  return compareQuantities(parseQuantity(a), parseQuantity(b))
}

/** Brings a text into the form in which clients get it back. Throws {@link QuantityError}. */
export function canonicalQuantity(value: string | number): string {
  return formatQuantity(parseQuantity(value))
}
