import { ExactNumber } from './json.ts'
import { resolveScalar } from './yaml.ts'

/**
 * YAML as sigs.k8s.io/yaml writes it (go-yaml 2 on JSON values), to the letter: keys in order, lists not indented, long
 * texts folded. js-yaml quotes and breaks lines in other places, and clients compare texts.
 */
export function yamlText(value: unknown): string {
  if (!isMap(value) && !isList(value)) return `${scalar(value, 2, 0)}\n`
  const writer = new Writer()
  writer.node(value, 0, 0)
  return writer.text
}

/** Column after which texts are folded at the next blank. */
const BEST_WIDTH = 80
/** Bytes that a key may have to stand before its colon on one line; longer ones are written with `? `. */
const SIMPLE_KEY_BYTES = 128

const isList = (v: unknown): v is readonly unknown[] => Array.isArray(v) && v.length > 0
const isMap = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === 'object' && v !== null && !Array.isArray(v) && !(v instanceof ExactNumber) && Object.keys(v).length > 0

class Writer {
  readonly #parts: string[] = []

  get text(): string {
    return this.#parts.join('')
  }

  /** The value with a line break behind it, begun at `column`; the lines that follow are indented by `indent`. */
  node(value: unknown, indent: number, column: number): void {
    if (isMap(value)) this.#map(value, indent)
    else if (isList(value)) this.#list(value, indent)
    else this.#parts.push(scalar(value, indent, column), '\n')
  }

  #map(map: Readonly<Record<string, unknown>>, indent: number): void {
    let pad = ''
    for (const key of Object.keys(map).sort(compareKeys)) {
      const value = map[key]
      if (value === undefined) continue
      this.#parts.push(pad)
      pad ||= ' '.repeat(indent)
      if (isSimpleKey(key)) {
        const shown = textScalar(key, { indent, column: indent, key: true })
        this.#parts.push(shown, ':')
        this.#behind(value, indent, indent + shown.length + 2)
      } else {
        const shown = textScalar(key, { indent: indent + 2, column: indent + 2, key: false })
        this.#parts.push('? ', shown, '\n', pad, ': ')
        this.node(value, indent + 2, indent + 2)
      }
    }
  }

  /** What stands behind `key:`. */
  #behind(value: unknown, indent: number, column: number): void {
    if (isMap(value)) this.#parts.push('\n', ' '.repeat(indent + 2))
    else if (isList(value)) this.#parts.push('\n', ' '.repeat(indent))
    else this.#parts.push(' ')
    this.node(value, isList(value) ? indent : indent + 2, column)
  }

  #list(items: readonly unknown[], indent: number): void {
    let pad = ''
    for (const item of items) {
      this.#parts.push(pad, '- ')
      pad ||= ' '.repeat(indent)
      this.node(item, indent + 2, indent + 2)
    }
  }
}

/** A text's place: where it begins, and how far the lines that follow are indented. */
interface Place {
  readonly indent: number
  readonly column: number
  /** Keys before a colon stand on one line. */
  readonly key: boolean
}

function scalar(value: unknown, indent: number, column: number): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return textScalar(value, { indent, column, key: false })
  if (typeof value === 'number') return numberText(value)
  if (value instanceof ExactNumber) return /^-?\d+$/.test(value.text) ? value.text : numberText(value.valueOf())
  if (typeof value === 'object') return Array.isArray(value) ? '[]' : '{}'
  return String(value)
}

/** Integers in full while they fit 64 bits; all else as Go's shortest %g, with an exponent from 1e6 on. */
function numberText(value: number): string {
  if (Number.isInteger(value) && value < 2 ** 64 && value >= -(2 ** 63)) return BigInt(value).toString()
  const [digits = '', power = ''] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return String(value)
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function textScalar(value: string, place: Place): string {
  const facts = analyze(value)
  if (value.includes('\n')) return facts.block && !place.key ? literal(value, place.indent) : double(value, place)
  if (resolvesToOther(value)) return double(value, place)
  if (facts.plain) return fold(value, place, false)
  if (facts.single && !(place.key && facts.multiline)) return `'${fold(value.replaceAll("'", "''"), place, true)}'`
  return double(value, place)
}

const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const DATE = /^\d{4}-\d\d?-\d\d?$/
const TIME = /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d+)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?$/

/** Whether the text would be read as something else without quotes. */
const resolvesToOther = (value: string): boolean =>
  value === '' ||
  SEXAGESIMAL.test(value) ||
  DATE.test(value) ||
  TIME.test(value) ||
  typeof resolveScalar(value) !== 'string'

const isSimpleKey = (key: string): boolean => !BREAK.test(key) && Buffer.byteLength(key) <= SIMPLE_KEY_BYTES

interface Facts {
  /** May stand without quotes. */
  readonly plain: boolean
  /** May stand in single quotes. */
  readonly single: boolean
  /** May stand as a block of lines. */
  readonly block: boolean
  readonly multiline: boolean
}

const BREAK = /[\n\r\u0085\u2028\u2029]/
const PRINTABLE = /^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/
const BREAK_SPACE = /[\n\r\u0085\u2028\u2029] /
const SPACE_BREAK = / [\n\r\u0085\u2028\u2029]/
const OUTER_BLANK = /^[ \n\r\u0085\u2028\u2029]|[ \n\r\u0085\u2028\u2029]$/
const INDICATOR =
  /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t\n\r\u0085\u2028\u2029]|$))|:(?:[ \t\n\r\u0085\u2028\u2029]|$)|[ \t\n\r\u0085\u2028\u2029]#/

/** What libyaml finds out about a text before it chooses a style. */
function analyze(value: string): Facts {
  if (value === '') return { plain: false, single: true, block: false, multiline: false }
  const multiline = BREAK.test(value)
  const fine = PRINTABLE.test(value) && !SPACE_BREAK.test(value)
  const single = fine && !BREAK_SPACE.test(value)
  return {
    plain: single && !multiline && !OUTER_BLANK.test(value) && !INDICATOR.test(value),
    single,
    block: fine && !value.endsWith(' '),
    multiline,
  }
}

/** A block of lines with `|`. */
function literal(value: string, indent: number): string {
  const lines = value.split(/(?<=[\n\u2028\u2029])/)
  const last = lines.at(-1) ?? ''
  const chomp = !BREAK.test(last.slice(-1)) ? '-' : last.length > 1 && lines.length > 0 ? '' : '+'
  const hint = /^[ \n\u2028\u2029]/.test(value) ? '2' : ''
  const pad = ' '.repeat(indent)
  return `|${hint}${chomp}\n${lines.map(l => (/^[\n\u2028\u2029]/.test(l) ? l : pad + l)).join('')}`.replace(/\n$/, '')
}

/** Breaks a line at single blanks once it is longer than the best width. */
function fold(value: string, { indent, column, key }: Place, quoted: boolean): string {
  if (key || (column + value.length <= BEST_WIDTH && !BREAK.test(value))) return value
  const pad = ' '.repeat(indent)
  let out = ''
  let at = quoted ? column + 1 : column
  let previous = ''
  for (let i = 0; i < value.length; i++) {
    const ch = value[i] ?? ''
    if (ch === ' ' && previous !== ' ' && at > BEST_WIDTH && i > 0 && i < value.length - 1 && value[i + 1] !== ' ') {
      out += `\n${pad}`
      at = indent
    } else if (BREAK.test(ch)) {
      out += ch
      at = 0
    } else {
      if (BREAK.test(previous)) {
        out += pad
        at = indent
      }
      out += ch
      at++
    }
    previous = ch
  }
  return out
}

function double(value: string, { indent, column, key }: Place): string {
  const pad = ' '.repeat(indent)
  const chars = [...value]
  let out = '"'
  let at = column + 1
  let afterSpace = false
  // go-yaml looks for a byte order mark at the start of the text whichever character it is at.
  const all = value.startsWith('\ufeff')
  for (const [i, ch] of chars.entries()) {
    const escape = escapeOf(ch, all)
    if (ch === ' ' && !all && !key && !afterSpace && at > BEST_WIDTH && i > 0 && i < chars.length - 1) {
      const more = chars[i + 1] === ' '
      out += `\n${pad}${more ? '\\' : ''}`
      at = indent + (more ? 1 : 0)
    } else {
      out += escape ?? ch
      at += (escape ?? ' ').length
    }
    afterSpace = ch === ' '
  }
  return `${out}"`
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '\\0'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\x1b', '\\e'],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0085', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
])

/** How a character stands in double quotes; undefined for itself. */
function escapeOf(ch: string, always: boolean): string | undefined {
  const known = ESCAPES.get(ch)
  if (known) return known
  if (!always && PRINTABLE.test(ch)) return undefined
  if (ch === '\u00a0') return '\\_'
  const code = ch.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

const isLetter = (ch: string): boolean => /\p{L}/u.test(ch)
const isDigit = (ch: string): boolean => /\p{Nd}/u.test(ch)

/** go-yaml's order of keys: numbers within texts by their value, letters after other signs. */
function compareKeys(x: string, y: string): number {
  const a = [...x]
  const b = [...y]
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [p = '', q = ''] = [a[i], b[i]]
    if (p === q) continue
    const byCode = (p.codePointAt(0) ?? 0) - (q.codePointAt(0) ?? 0)
    const [pl, ql] = [isLetter(p), isLetter(q)]
    if (pl && ql) return byCode
    if (pl || ql) return ql ? -1 : 1
    return compareNumbers(a, b, i) || byCode
  }
  return a.length - b.length
}

function compareNumbers(a: readonly string[], b: readonly string[], i: number): number {
  let start = 0
  if (a[i] === '0' || b[i] === '0') {
    // Zeros count where a number has begun before them: a109 comes after a19.
    for (let j = i - 1; j >= 0 && isDigit(a[j] ?? ''); j--) if (a[j] !== '0') start = 1
  }
  const read = (chars: readonly string[]): { end: number; value: number } => {
    let end = i
    let value = start
    for (; end < chars.length && isDigit(chars[end] ?? ''); end++) value = value * 10 + Number(chars[end])
    return { end, value }
  }
  const [m, n] = [read(a), read(b)]
  return m.value - n.value || m.end - n.end
}
