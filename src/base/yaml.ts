import {
  type AliasEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml'
import { ExactNumber, type ParsedText, setOwn } from './json.ts'

/** A YAML text that cannot be read; the message starts with `yaml: ` as Go's does. */
export class YamlError extends Error {}

/** Values that aliases may stand for in one document: a small text must not become a huge one. */
const MAX_ALIASED_VALUES = 400_000
const MAX_DEPTH = 1000
/** Directives stand at the beginning of a text. */
const MAX_DIRECTIVE = 100

/**
 * Parses the first document of a YAML body as sigs.k8s.io/yaml turns it into JSON: YAML 1.1 booleans, octals and
 * timestamps as text, keys as strings in sorted order, of repeated keys the last. Throws YamlError.
 */
export function parseYaml(text: string): ParsedText {
  const version = /^%YAML\s+(\S+)/m.exec(text.slice(0, MAX_DIRECTIVE))?.[1]
  if (version !== undefined && version !== '1.1') throw new YamlError('yaml: found incompatible YAML document')
  let events: Event[]
  try {
    events = parseEvents(text, { maxDepth: MAX_DEPTH })
  } catch (error) {
    if (error instanceof YAMLException) throw new YamlError(`yaml: ${whereAndWhy(text, error)}`)
    throw error
  }
  const builder = new Builder(text, events)
  const value = builder.build()
  return { value, ...(builder.repeated.length > 0 ? { yamlRepeated: builder.repeated } : {}) }
}

/** The one text that stands for all repeated keys of a YAML body in strict errors. */
export function yamlRepeatedText(lines: readonly string[]): string {
  return `yaml: unmarshal errors:\n${lines.map(l => `  ${l}`).join('\n')}`
}

/** Faults in the words of go-yaml, which names a line only behind the first, except where the text breaks off. */
function whereAndWhy(text: string, { mark, reason }: YAMLException): string {
  const line = mark?.line ?? 0
  const at = (why: string): string => (line > 0 ? `line ${line + 1}: ${why}` : why)
  if (reason.includes('null byte')) return 'control characters are not allowed'
  if (reason.startsWith('tab characters must not')) return at('found character that cannot start any token')
  if (reason.startsWith('bad indentation of a mapping entry'))
    return at('mapping values are not allowed in this context')
  if (/end of the stream within a (double|single) quoted scalar/.test(reason)) return 'found unexpected end of stream'
  if (reason.includes('end of the stream within a flow collection'))
    return `line ${text.trimEnd().split('\n').length}: ${missingInFlow(text)}`
  return mark ? `line ${line + 1}: ${reason}` : reason
}

/** What a list or map in brackets lacks at the end of a text. */
function missingInFlow(text: string): string {
  if (/[[{,]\s*$/.test(text)) return 'did not find expected node content'
  const closers: string[] = []
  for (const c of text) {
    if (c === '{') closers.push('}')
    else if (c === '[') closers.push(']')
    else if (c === '}' || c === ']') closers.pop()
  }
  return `did not find expected ',' or '${closers.at(-1) ?? '}'}'`
}

type Collection = SequenceEvent | MappingEvent

class Builder {
  readonly repeated: string[] = []
  readonly #text: string
  readonly #events: readonly Event[]
  readonly #anchors = new Map<string, { value: unknown; size: number }>()
  #at = 0
  #aliased = 0
  #size = 0

  constructor(text: string, events: readonly Event[]) {
    this.#text = text
    this.#events = events
  }

  build(): unknown {
    if (this.#events[0]?.type !== EVENT_ID.DOCUMENT) return null
    this.#at = 1
    return this.#atEnd() ? null : this.#value()
  }

  #atEnd(): boolean {
    const event = this.#events[this.#at]
    return event === undefined || event.type === EVENT_ID.POP
  }

  #value(): unknown {
    const event = this.#events[this.#at++]
    this.#size++
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, () => jsonValue(this.#scalar(event).value))
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, () => this.#sequence())
      case EVENT_ID.MAPPING:
        return this.#anchored(event, () => this.#mapping())
      case EVENT_ID.ALIAS:
        return this.#alias(event)
      default:
        return null
    }
  }

  #anchored(event: ScalarEvent | Collection, read: () => unknown): unknown {
    const before = this.#size
    const value = read()
    if (event.anchorStart >= 0)
      this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), { value, size: this.#size - before + 1 })
    return value
  }

  #alias(event: AliasEvent): unknown {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd)
    const anchor = this.#anchors.get(name)
    if (!anchor) throw new YamlError(`yaml: unknown anchor '${name}' referenced`)
    this.#size += anchor.size
    this.#aliased += anchor.size
    if (this.#aliased > MAX_ALIASED_VALUES) throw new YamlError('yaml: document contains excessive aliasing')
    return anchor.value
  }

  #sequence(): unknown[] {
    const items: unknown[] = []
    while (!this.#atEnd()) items.push(this.#value())
    this.#at++
    return items
  }

  #mapping(): Record<string, unknown> {
    const members = new Map<string, unknown>()
    const merged: unknown[] = []
    while (!this.#atEnd()) {
      const key = this.#key()
      const event = this.#events[this.#at]
      const value = this.#value()
      if (key.merge) {
        merged.push(...(Array.isArray(value) ? value : [value]))
        continue
      }
      if (members.has(key.text))
        this.repeated.push(`line ${this.#lineOf(event)}: key ${showKey(key.value)} already set in map`)
      members.set(key.text, value)
    }
    this.#at++
    for (const source of merged) {
      if (source === null || typeof source !== 'object' || Array.isArray(source))
        throw new YamlError('yaml: map merge requires map or sequence of maps as the value')
      for (const [key, value] of Object.entries(source)) if (!members.has(key)) members.set(key, value)
    }
    const out: Record<string, unknown> = {}
    for (const key of [...members.keys()].sort(byCodePoints)) setOwn(out, key, members.get(key))
    return out
  }

  #key(): { text: string; value: unknown; merge: boolean } {
    const event = this.#events[this.#at]
    if (event?.type === EVENT_ID.SCALAR) {
      this.#at++
      const { value, merge } = this.#scalar(event)
      if (event.anchorStart >= 0)
        this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), { value, size: 1 })
      return { text: keyText(value), value, merge }
    }
    const value = this.#value()
    if (value !== null && typeof value === 'object' && !(value instanceof ExactNumber))
      throw new YamlError(`yaml: invalid map key: ${goValue(value)}`)
    return { text: keyText(value), value, merge: false }
  }

  #scalar(event: ScalarEvent): { value: unknown; merge: boolean } {
    const source = getScalarValue(this.#text, event)
    const tag = event.tagStart >= 0 ? this.#text.slice(event.tagStart, event.tagEnd) : ''
    if (tag === '!!binary') return { value: Buffer.from(source, 'base64').toString('utf8'), merge: false }
    if (tag === '!!str' || tag === '!' || (tag === '' && event.style !== SCALAR_STYLE.PLAIN))
      return { value: source, merge: false }
    if (source === '<<') return { value: source, merge: true }
    const value = resolveScalar(source)
    if (tag === '!!float' && typeof value === 'number') return { value, merge: false }
    if (tag !== '' && !fitsTag(tag, value)) throw new YamlError(`yaml: cannot decode \`${source}\` as a ${tag}`)
    return { value, merge: false }
  }

  /** The line on which a value starts: go-yaml names that one, not the key's. */
  #lineOf(event: Event | undefined): number {
    const offset = startOf(event)
    let line = 1
    for (let i = this.#text.indexOf('\n'); i >= 0 && i < offset; i = this.#text.indexOf('\n', i + 1)) line++
    return line
  }
}

function startOf(event: Event | undefined): number {
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start
    case EVENT_ID.ALIAS:
      return event.anchorStart
    default:
      return 0
  }
}

/** Go's `%#v` of a list or map. */
function goValue(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goValue).join(', ')}}`
  if (value === null || typeof value !== 'object' || value instanceof ExactNumber) return JSON.stringify(value)
  const members = Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${goValue(v)}`)
  return `map[interface {}]interface {}{${members.join(', ')}}`
}

const fitsTag = (tag: string, value: unknown): boolean => {
  if (tag === '!!int') return typeof value === 'number' || value instanceof ExactNumber
  if (tag === '!!float') return typeof value === 'number' || value instanceof ExactNumber
  if (tag === '!!bool') return typeof value === 'boolean'
  if (tag === '!!null') return value === null
  return true
}

/** JSON has no infinities; as keys they are texts. */
function jsonValue(value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  throw new YamlError(`json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`)
}

const showKey = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : keyText(value))

function keyText(value: unknown): string {
  if (value === null) throw new YamlError('unsupported map key of type: %!s(<nil>), key: <nil>')
  if (value instanceof ExactNumber) return value.text
  if (value === Infinity) return '.inf'
  if (value === -Infinity) return '-.inf'
  if (Number.isNaN(value)) return '.nan'
  return String(value)
}

/** Go sorts keys by bytes; JavaScript by UTF-16 units. They differ only beyond U+FFFF. */
function byCodePoints(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(w => [w, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(w => [w, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map(w => [w, null] as const),
])
const INFINITY_OR_NAN = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/
const DATE = /^\d{4}-\d\d?-\d\d?($|[Tt ])/

/** A plain scalar as YAML 1.1 in go-yaml reads it. */
export function resolveScalar(source: string): unknown {
  const word = WORDS.get(source)
  if (word !== undefined) return word
  if (INFINITY_OR_NAN.test(source))
    return /nan/i.test(source) ? Number.NaN : source.startsWith('-') ? -Infinity : Infinity
  const first = source[0] ?? ''
  if (first === '.') return FLOAT.test(source) ? finite(source) : source
  if (!(first === '+' || first === '-' || (first >= '0' && first <= '9')) || DATE.test(source)) return source
  const plain = source.replaceAll('_', '')
  if (INTEGER.test(plain)) {
    const integer = toInteger(plain)
    if (integer !== undefined) return integer
  }
  return FLOAT.test(plain) ? finite(plain, source) : source
}

const MAX_UINT64 = 2n ** 64n
const MIN_INT64 = -(2n ** 63n)

function toInteger(plain: string): number | ExactNumber | undefined {
  const negative = plain.startsWith('-')
  let digits = plain.replace(/^[-+]/, '')
  if (/^0[0-7]+$/.test(digits)) digits = `0o${digits.slice(1)}`
  const big = negative ? -BigInt(digits) : BigInt(digits)
  if (big >= MAX_UINT64 || big < MIN_INT64) return undefined
  const value = Number(big)
  return Number.isSafeInteger(value) ? value + 0 : new ExactNumber(big.toString())
}

function finite(plain: string, source = plain): number | ExactNumber | string {
  const value = Number(plain)
  if (!Number.isFinite(value)) return source
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? new ExactNumber(floatText(value)) : value
}

/** Go's JSON writes floats from 1e21 with an exponent, as JavaScript does. */
const floatText = (value: number): string => JSON.stringify(value)
