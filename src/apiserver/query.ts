import { badRequest } from '../base/errors.ts'
import { ownOf } from '../base/json.ts'

/** The query of a URL as Go reads it: pairs with a semicolon or a broken escape are dropped. */
export class Query {
  readonly #values: Map<string, string[]>

  constructor(values: Map<string, string[]>) {
    this.#values = values
  }

  static parse(text: string): Query {
    if (text === '') return EMPTY
    const values = new Map<string, string[]>()
    for (const pair of text.split('&')) {
      if (pair === '' || pair.includes(';')) continue
      const at = pair.indexOf('=')
      const key = unescape(at < 0 ? pair : pair.slice(0, at))
      const value = unescape(at < 0 ? '' : pair.slice(at + 1))
      if (key === undefined || value === undefined) continue
      const list = values.get(key)
      if (list) list.push(value)
      else values.set(key, [value])
    }
    return new Query(values)
  }

  get empty(): boolean {
    return this.#values.size === 0
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** The first value, undefined where the key is missing. */
  get(key: string): string | undefined {
    return this.#values.get(key)?.[0]
  }

  all(key: string): readonly string[] {
    return this.#values.get(key) ?? []
  }

  keys(): Iterable<string> {
    return this.#values.keys()
  }

  /** True unless the key is missing or its value is `false` or `0`, whatever the case. */
  flag(key: string): boolean {
    const value = this.get(key)
    return value !== undefined && !/^(false|0)$/i.test(value)
  }

  /** A 64 bit integer; undefined where the key is missing. Throws what Kubernetes answers to a malformed one. */
  integer(key: string): number | undefined {
    const value = this.get(key)
    return value === undefined ? undefined : parseInteger(value)
  }
}

const EMPTY = new Query(new Map())

/** Reads a decimal 64 bit integer. Throws 400 with the text of Go's strconv. */
export function parseInteger(text: string): number {
  const fault = (why: string): never => {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`)
  }
  if (!/^[-+]?\d+$/.test(text)) fault('invalid syntax')
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  if (value > 9223372036854775807n || value < -9223372036854775808n) fault('value out of range')
  return Number(value)
}

function unescape(text: string): string | undefined {
  if (!text.includes('%')) return text.includes('+') ? text.replaceAll('+', ' ') : text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // Valid escapes of bytes that are not UTF-8 are no fault in Go; only malformed escapes are.
    if (/%(?![0-9a-f]{2})/i.test(text)) return undefined
    const bytes = text
      .replaceAll('+', ' ')
      .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return Buffer.from(bytes, 'latin1').toString('utf8')
  }
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Milliseconds of a Go duration such as `1h30m`. Throws an Error with the text of Go's time.ParseDuration. */
export function parseDuration(text: string): number {
  const invalid = (): never => {
    throw new Error(`time: invalid duration ${JSON.stringify(text)}`)
  }
  const sign = text.startsWith('-') ? -1 : 1
  let rest = text.replace(/^[-+]/, '')
  if (rest === '0') return 0
  if (rest === '') return invalid()
  let total = 0
  while (rest !== '') {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0]
    if (number === undefined) return invalid()
    rest = rest.slice(number.length)
    const unit = /^[^\d.]*/.exec(rest)?.[0] ?? ''
    if (unit === '') throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`)
    const factor = ownOf(UNITS_MS, unit)
    if (factor === undefined)
      throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`)
    total += Number(number) * factor
    rest = rest.slice(unit.length)
  }
  return sign * total
}
