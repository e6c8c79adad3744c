/** A JSON text that Go would refuse, with Go's words: `invalid character 'x' looking for beginning of value`. */
export class JsonSyntaxError extends Error {}

/**
 * A number that JavaScript would not give back as it was written (`5.0`, `1e3`, beyond 2^53): Go tells these apart
 * from plain integers. Serializes as the nearest JSON number.
 */
export class ExactNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  valueOf(): number {
    return Number(this.text)
  }
  toJSON(): number {
    return this.valueOf()
  }
}

/** All members, in the order of the text, of each object in which a key stands more than once. */
export type RepeatedKeys = ReadonlyMap<object, readonly (readonly [key: string, value: unknown])[]>

/** A parsed body. Numbers that are not plain integers are ExactNumber; of repeated keys `value` holds the last. */
export interface ParsedText {
  readonly value: unknown
  readonly repeated?: RepeatedKeys
  /** YAML only: `line 5: key "x" already set in map`. */
  readonly yamlRepeated?: readonly string[]
}

/** Nesting that Go's decoder takes. */
export const MAX_JSON_DEPTH = 10_000

/**
 * Parses a JSON body strictly as Go does. Throws JsonSyntaxError.
 * V8's parser does the work; the exact one follows only where the text has repeated keys, odd numbers or a fault.
 */
export function parseJson(text: string): ParsedText {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return new ExactParser(text).parse()
  }
  // Go turns halves of surrogate pairs into U+FFFD.
  if (text.includes('\\ud') || text.includes('\\uD')) return new ExactParser(text).parse()
  const members = countMembers(text)
  if (members === undefined || members !== countKeys(value)) return new ExactParser(text).parse()
  return { value }
}

/** Parses for code that wants plain JavaScript values: repeated keys pass, the last one counts. Throws JsonSyntaxError. */
export function parsePlainJson(text: string): unknown {
  return plainNumbers(parseJson(text).value)
}

/** UTF-8 bytes as text; invalid sequences become U+FFFD as in Go, a byte order mark stays (and is a syntax error). */
export function bodyText(bytes: Uint8Array): string {
  return utf8.decode(bytes)
}
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Replaces each ExactNumber by the nearest number. Copies only where something changes. */
export function plainNumbers(value: unknown): unknown {
  if (value instanceof ExactNumber) return value.valueOf()
  if (Array.isArray(value)) {
    const items = value.map(plainNumbers)
    return items.some((x, i) => x !== value[i]) ? items : value
  }
  if (value === null || typeof value !== 'object') return value
  let copy: Record<string, unknown> | undefined
  for (const [key, member] of Object.entries(value)) {
    const plain = plainNumbers(member)
    if (plain !== member) setOwn((copy ??= { ...value }), key, plain)
  }
  return copy ?? value
}

/** `duplicate field "data.x"` for each repeated key in the order of the text, each path once. */
export function repeatedFieldTexts(parsed: ParsedText): string[] {
  const { repeated } = parsed
  if (!repeated) return []
  const texts = new Set<string>()
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) return value.forEach((x, i) => walk(x, `${path}[${i}]`))
    if (value === null || typeof value !== 'object') return
    const seen = new Set<string>()
    for (const [key, member] of repeated.get(value) ?? Object.entries(value)) {
      const at = path === '' ? key : `${path}.${key}`
      if (seen.has(key)) texts.add(`duplicate field ${JSON.stringify(at)}`)
      seen.add(key)
      walk(member, at)
    }
  }
  walk(parsed.value, '')
  return [...texts].slice(0, 100)
}

/** An own member. For keys from outside: every object has some by birth, such as `constructor`. */
export function ownOf<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Sets an own member, `__proto__` too. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}

/** Colons outside of strings; undefined where the text has a number that needs care, or nests deep. */
function countMembers(text: string): number | undefined {
  let colons = 0
  let depth = 0
  let digits = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 48 && c <= 57) {
      if (++digits > 15) return undefined
      continue
    }
    // A point or exponent after a digit, or minus zero (`e` also ends true and false).
    if ((c === 46 || c === 101 || c === 69) && digits > 0) return undefined
    digits = 0
    if (c === 34) i = endOfString(text, i + 1)
    else if (c === 58) colons++
    else if (c === 123 || c === 91) {
      if (++depth > MAX_JSON_DEPTH) return undefined
    } else if (c === 125 || c === 93) depth--
  }
  return colons
}

/** Index of the quote that ends the string whose content starts at `from`. */
function endOfString(text: string, from: number): number {
  for (let i = text.indexOf('"', from); i >= 0; i = text.indexOf('"', i + 1)) {
    let backslashes = 0
    while (text.charCodeAt(i - 1 - backslashes) === 92) backslashes++
    if (backslashes % 2 === 0) return i
  }
  return text.length
}

function countKeys(root: unknown): number {
  let keys = 0
  const open: object[] = []
  const visit = (value: unknown): void => {
    if (value !== null && typeof value === 'object') open.push(value)
  }
  visit(root)
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) for (const item of value) visit(item)
    else
      for (const key in value) {
        keys++
        visit((value as Record<string, unknown>)[key])
      }
  }
  return keys
}

type Open =
  | { readonly list: unknown[] }
  | { readonly object: Record<string, unknown>; readonly members: [string, unknown][]; key: string; repeats: boolean }

/** Go's scanner, character by character, without recursion: 10,000 levels must not end the process. */
class ExactParser {
  readonly #text: string
  readonly #open: Open[] = []
  readonly #repeated = new Map<object, [string, unknown][]>()
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): ParsedText {
    for (;;) {
      const value = this.#beginValue()
      if (value === NESTED) continue
      const root = this.#place(value)
      if (root === undefined) continue
      this.#space()
      if (this.#at < this.#text.length) this.#fail('after top-level value')
      return { value: root.value, ...(this.#repeated.size > 0 ? { repeated: this.#repeated } : {}) }
    }
  }

  /** Puts a finished value into what is open, closing what ends with it. The root comes back when all is closed. */
  #place(finished: unknown): { value: unknown } | undefined {
    let value = finished
    for (;;) {
      const top = this.#open.at(-1)
      if (!top) return { value }
      if ('list' in top) {
        top.list.push(value)
        const c = this.#next()
        if (c === ',') return undefined
        if (c !== ']') this.#fail('after array element', this.#at - 1)
        value = top.list
      } else {
        if (Object.hasOwn(top.object, top.key)) top.repeats = true
        setOwn(top.object, top.key, value)
        top.members.push([top.key, value])
        const c = this.#next()
        if (c === ',') {
          top.key = this.#key()
          return undefined
        }
        if (c !== '}') this.#fail('after object key:value pair', this.#at - 1)
        if (top.repeats) this.#repeated.set(top.object, top.members)
        value = top.object
      }
      this.#open.pop()
    }
  }

  #beginValue(): unknown {
    const c = this.#next()
    switch (c) {
      case '{': {
        this.#nest()
        this.#space()
        if (this.#text[this.#at] === '}') {
          this.#at++
          return {}
        }
        const open: Open = { object: {}, members: [], key: '', repeats: false }
        open.key = this.#key()
        this.#open.push(open)
        return NESTED
      }
      case '[': {
        this.#nest()
        this.#space()
        if (this.#text[this.#at] === ']') {
          this.#at++
          return []
        }
        this.#open.push({ list: [] })
        return NESTED
      }
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        if (c === '-' || isDigit(c)) return this.#number()
        return this.#fail('looking for beginning of value', this.#at - 1)
    }
  }

  #nest(): void {
    if (this.#open.length >= MAX_JSON_DEPTH) this.#fail('exceeded max depth', this.#at - 1)
  }

  #key(): string {
    if (this.#next() !== '"') this.#fail('looking for beginning of object key string', this.#at - 1)
    const key = this.#string()
    if (this.#next() !== ':') this.#fail('after object key', this.#at - 1)
    return key
  }

  #string(): string {
    const start = this.#at - 1
    for (;;) {
      const c = this.#text[this.#at++]
      if (c === undefined) this.#end()
      if (c === '"') return (JSON.parse(this.#text.slice(start, this.#at)) as string).toWellFormed()
      if (c === '\\') this.#escape()
      else if (c < ' ') this.#fail('in string literal', this.#at - 1)
    }
  }

  #escape(): void {
    const c = this.#text[this.#at++]
    if (c === undefined) this.#end()
    if (c !== 'u') {
      if (!'bfnrt\\/"'.includes(c)) this.#fail('in string escape code', this.#at - 1)
      return
    }
    for (let i = 0; i < 4; i++) {
      const hex = this.#text[this.#at++]
      if (hex === undefined) this.#end()
      if (!/[0-9a-fA-F]/.test(hex)) this.#fail('in \\u hexadecimal character escape', this.#at - 1)
    }
  }

  #literal(word: string, value: unknown): unknown {
    for (let i = 1; i < word.length; i++) {
      const c = this.#text[this.#at++]
      if (c === undefined) this.#end()
      if (c !== word[i]) this.#fail(`in literal ${word} (expecting '${word[i]}')`, this.#at - 1)
    }
    return value
  }

  #number(): number | ExactNumber {
    const start = --this.#at
    if (this.#text[this.#at] === '-') this.#at++
    if (this.#text[this.#at] === '0') this.#at++
    else this.#digits('in numeric literal')
    let plain = true
    if (this.#text[this.#at] === '.') {
      plain = false
      this.#at++
      this.#digits('after decimal point in numeric literal')
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      plain = false
      this.#at++
      const sign = this.#text[this.#at]
      if (sign === '+' || sign === '-') this.#at++
      this.#digits('in exponent of numeric literal')
    }
    const text = this.#text.slice(start, this.#at)
    const value = Number(text)
    return plain && Number.isSafeInteger(value) ? value + 0 : new ExactNumber(text)
  }

  #digits(context: string): void {
    if (this.#at >= this.#text.length) this.#end()
    if (!isDigit(this.#text[this.#at] ?? '')) this.#fail(context)
    while (isDigit(this.#text[this.#at] ?? '')) this.#at++
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++
  }

  /** The next character that is no space. */
  #next(): string {
    this.#space()
    const c = this.#text[this.#at++]
    return c ?? this.#end()
  }

  #end(): never {
    throw new JsonSyntaxError('unexpected end of JSON input')
  }

  #fail(context: string, at = this.#at): never {
    throw new JsonSyntaxError(`invalid character ${quoteByte(this.#text, at)} ${context}`)
  }
}

const NESTED = Symbol('nested')
const isDigit = (c: string): boolean => c >= '0' && c <= '9' && c.length === 1

/** The character as Go quotes it: of a longer UTF-8 sequence Go sees and names the first byte only. */
function quoteByte(text: string, at: number): string {
  const point = text.codePointAt(at) ?? 0
  const byte = point < 0x80 ? point : (Buffer.from(String.fromCodePoint(point))[0] ?? 0)
  const c = String.fromCharCode(byte)
  if (c === "'") return `'\\''`
  if (c === '"') return `'"'`
  if (c === '\\') return `'\\\\'`
  const named: Record<string, string> = {
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  }
  if (named[c]) return `'${named[c]}'`
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`
  if ((byte >= 0x80 && byte <= 0xa0) || byte === 0xad) return `'\\u${byte.toString(16).padStart(4, '0')}'`
  return `'${c}'`
}

declare global {
  interface JSON {
    /** Text that `stringify` writes as it is (ECMAScript 2026). */
    rawJSON(text: string): object
  }
}

/** Both ends of 64 bits, and how the doubles beside them are written, which Go refuses to read. */
const MAX_INT64 = '9223372036854775807'
const MIN_INT64 = '-9223372036854775808'
const BEYOND_INT64 = '9223372036854776000'

/** A value as JSON that Go reads too: what was an end of 64 bits is written as that. */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value)
  return text.includes(BEYOND_INT64) ? JSON.stringify(value, withinInt64) : text
}

function withinInt64(_key: string, value: unknown): unknown {
  if (value === 2 ** 63) return JSON.rawJSON(MAX_INT64)
  return value === -(2 ** 63) ? JSON.rawJSON(MIN_INT64) : value
}
