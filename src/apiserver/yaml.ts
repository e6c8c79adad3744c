/**
 * YAML as the API server writes it: keys in order, lists not indented, strings plain where that is safe.
 * js-yaml quotes and breaks lines in other places, and clients compare texts.
 */
export function toYaml(value: unknown): string {
  const out: string[] = []
  if (isMap(value) && Object.keys(value).length > 0) writeMap(value, 0, out)
  else if (Array.isArray(value) && value.length > 0) writeList(value, 0, out)
  else out.push(scalar(value, 0, 0), '\n')
  return out.join('')
}

const isMap = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
const pad = (n: number): string => ' '.repeat(n)

function writeMap(map: Record<string, unknown>, indent: number, out: string[], first = false): void {
  let here = first
  for (const key of sortKeys(Object.keys(map))) {
    const value = map[key]
    if (value === undefined) continue
    const name = keyText(key)
    out.push(here ? '' : pad(indent), name, ':')
    here = false
    writeValue(value, indent, indent + name.length + 2, out)
  }
}

/** `column` is where a scalar would begin. */
function writeValue(value: unknown, indent: number, column: number, out: string[]): void {
  if (isMap(value) && Object.keys(value).length > 0) {
    out.push('\n')
    writeMap(value, indent + 2, out)
  } else if (Array.isArray(value) && value.length > 0) {
    out.push('\n')
    writeList(value, indent, out)
  } else out.push(' ', scalar(value, indent + 2, column), '\n')
}

function writeList(list: readonly unknown[], indent: number, out: string[]): void {
  for (const item of list) {
    out.push(pad(indent), '- ')
    if (isMap(item) && Object.keys(item).length > 0) writeMap(item, indent + 2, out, true)
    else if (Array.isArray(item) && item.length > 0) {
      const inner: string[] = []
      writeList(item, indent + 2, inner)
      out.push(inner.join('').slice(indent + 2))
    } else out.push(scalar(item, indent + 2, indent + 2), '\n')
  }
}

/** Numbers within keys compare by value, letters after other characters. */
function sortKeys(keys: string[]): string[] {
  return keys.sort(compareKeys)
}

const isLetter = (c: string): boolean => /\p{L}/u.test(c)
const isDigit = (c: string): boolean => c >= '0' && c <= '9'

function compareKeys(a: string, b: string): number {
  const [x, y] = [[...a], [...b]]
  let digits = false
  for (let i = 0; i < x.length && i < y.length; i++) {
    const [p, q] = [x[i] ?? '', y[i] ?? '']
    if (p === q) {
      digits = isDigit(p)
      continue
    }
    const [pl, ql] = [isLetter(p), isLetter(q)]
    if (pl && ql) return p < q ? -1 : 1
    if (pl || ql) return digits ? (pl ? 1 : -1) : pl ? 1 : -1
    if (isDigit(p) && isDigit(q)) {
      const [m, n] = [number(x, i), number(y, i)]
      if (m !== n) return m - n
      return p < q ? -1 : 1
    }
    return p < q ? -1 : 1
  }
  return x.length - y.length
}

function number(chars: readonly string[], at: number): number {
  let text = ''
  for (let i = at; i < chars.length && isDigit(chars[i] ?? ''); i++) text += chars[i]
  return Number(text)
}

function keyText(key: string): string {
  return stringText(key, 0, undefined)
}

function scalar(value: unknown, indent: number, column: number): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return stringText(value, indent, column)
  if (Array.isArray(value)) return '[]'
  if (typeof value === 'object') return '{}'
  if (typeof value === 'number') return numberText(value)
  return JSON.stringify(value)
}

function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value)
  return String(value).replace(/e\+?(-?)(\d)$/, (_, sign: string, d: string) => `e${sign || '+'}0${d}`)
}

const LINE_WIDTH = 80

/** Characters that a block can hold as they are. */
const PRINTABLE = /^[\n\t\x20-\x7e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u

/** A string; `column` is where it begins, undefined for keys, which are never broken. */
function stringText(text: string, indent: number, column: number | undefined): string {
  if (column !== undefined && text.includes('\n') && PRINTABLE.test(text) && !/^[ \t]*$| \n| $/.test(text))
    return literal(text, indent)
  if (resolvesToOther(text) || needsDouble(text)) return double(text)
  const shown = isPlain(text) ? text : `'${text.replaceAll("'", "''")}'`
  return column === undefined ? shown : fold(shown, indent, column)
}

/** A block of lines with `|`. */
function literal(text: string, indent: number): string {
  const chomp = text.endsWith('\n\n') || text === '\n' ? '+' : text.endsWith('\n') ? '' : '-'
  const hint = /^[ \n]/.test(text) ? '2' : ''
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  return `|${hint}${chomp}\n${lines.map(l => (l === '' ? '' : pad(indent) + l)).join('\n')}`
}

/** Breaks long texts at single spaces, as the emitter does beyond its best width. */
function fold(text: string, indent: number, start: number): string {
  if (text.length + start <= LINE_WIDTH || !text.includes(' ')) return text
  let out = ''
  let column = start
  for (let i = 0; i < text.length; i++) {
    const ch = text[i] ?? ''
    const single = ch === ' ' && i > 0 && i < text.length - 1 && text[i - 1] !== ' ' && text[i + 1] !== ' '
    if (single && column > LINE_WIDTH) {
      out += `\n${pad(indent)}`
      column = indent
    } else {
      out += ch
      column++
    }
  }
  return out
}

const OTHER =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|<<|=|\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/
const NUMBER =
  /^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0o?[0-7_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?|\.\d[\d_]*(?:[eE][-+]?\d+)?)$/
const SEXAGESIMAL = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/
const DATE = /^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?)?$/

const resolvesToOther = (t: string): boolean =>
  t === '' || OTHER.test(t) || NUMBER.test(t) || SEXAGESIMAL.test(t) || DATE.test(t)

const needsDouble = (t: string): boolean => /[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff]/.test(t) || /[\n\t]/.test(t)

function isPlain(t: string): boolean {
  if (/^[-?:](?:\s|$)/.test(t) || /^[,[\]{}#&*!|>'"%@`]/.test(t) || /^(?:---|\.\.\.)/.test(t)) return false
  if (/: |:$| #/.test(t) || /^\s|\s$/.test(t)) return false
  return true
}

function double(text: string): string {
  let out = '"'
  for (const ch of text) {
    const escape = ESCAPES[ch]
    const code = ch.codePointAt(0) ?? 0
    if (escape) out += escape
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
      out += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    else if (code === 0xfeff) out += '\\uFEFF'
    else out += ch
  }
  return `${out}"`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
}
