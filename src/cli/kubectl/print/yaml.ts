import { resolveScalar } from '../../../base/yaml.ts'

/** Column after which texts are folded at the next blank. */
const BEST_WIDTH = 80

/** YAML as kubectl prints it (sigs.k8s.io/yaml on go-yaml 2): keys in order, lists not indented, long texts folded. */
export function yamlText(value: unknown): string {
  return node(value, 0, '').replace(/^[ \n]/, '')
}

/** What follows a key or a dash: ` text\n`, or a line break and a block. */
function node(value: unknown, indent: number, listIndent: string): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []\n' : `\n${list(value, indent, listIndent)}`
  if (value !== null && typeof value === 'object' && !('toJSON' in value)) {
    const keys = Object.keys(value).sort(compareKeys)
    if (keys.length === 0) return ' {}\n'
    return `\n${map(value as Record<string, unknown>, keys, indent)}`
  }
  return ` ${scalar(value, indent)}\n`
}

function map(value: Record<string, unknown>, keys: readonly string[], indent: number): string {
  const pad = ' '.repeat(indent)
  return keys
    .map(key => {
      const shown = keyText(key)
      const child = value[key]
      if (typeof child === 'string') return `${pad}${shown}: ${text(child, indent + 2, indent + shown.length + 2)}\n`
      return `${pad}${shown}:${node(child, Array.isArray(child) ? indent : indent + 2, pad)}`
    })
    .join('')
}

function list(items: readonly unknown[], indent: number, _pad: string): string {
  const pad = ' '.repeat(indent)
  return items
    .map(item => {
      if (typeof item === 'string') return `${pad}- ${text(item, indent + 2, indent + 2)}\n`
      const block = node(item, indent + 2, pad)
      return `${pad}-${block.startsWith('\n') ? ` ${block.slice(1).trimStart()}` : block}`
    })
    .join('')
}

function scalar(value: unknown, indent: number): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return text(value, indent, indent)
  if (typeof value === 'number') return numberText(value)
  return String(value)
}

/** Numbers from JSON that are not integers come as Go's %g. */
function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value)
  return String(value).replace(/e([-+])(\d)$/, 'e$10$2')
}

const keyText = (key: string): string => {
  if (key.includes('\n')) return JSON.stringify(key)
  return text(key, 0, 0, Number.POSITIVE_INFINITY)
}

function text(value: string, indent: number, column: number, width = BEST_WIDTH): string {
  const facts = analyze(value)
  if (value.includes('\n') && facts.block) return literal(value, indent)
  if (!value.includes('\n') && facts.plain && !resolves(value)) return foldPlain(value, indent, column, width)
  if (!value.includes('\n') && facts.single && !resolves(value)) return foldSingle(value, indent, column, width)
  return foldDouble(value, indent, column, width)
}

/** Whether the text would be read as something else without quotes. */
function resolves(value: string): boolean {
  if (value === '') return true
  if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(value)) return true
  if (/^(\d{4})-\d\d?-\d\d?($|[Tt ])/.test(value)) return isTimestamp(value)
  if (value === '<<' || value === '=') return true
  return typeof resolveScalar(value) !== 'string'
}

const isTimestamp = (value: string): boolean =>
  /^\d{4}-\d\d?-\d\d?$/.test(value) ||
  /^\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d+)?[ \t]*(Z|[-+]\d\d?(:?\d\d)?)?$/.test(value)

interface Facts {
  /** May stand without quotes. */
  readonly plain: boolean
  /** May stand in single quotes. */
  readonly single: boolean
  /** May stand as a block of lines. */
  readonly block: boolean
}

const INDICATORS = new Set('#,[]{}&*!|>\'"%@`')

/** What libyaml finds out about a text before it chooses a style. */
function analyze(value: string): Facts {
  if (value === '') return { plain: false, single: true, block: false }
  let indicator = value.startsWith('---') || value.startsWith('...')
  let special = false
  let spaceBreak = false
  let breakSpace = false
  let previousBreak = false
  let previousSpace = false
  const chars = [...value]
  chars.forEach((ch, i) => {
    const next = chars[i + 1]
    const blankNext = next === undefined || ' \t\n\r'.includes(next)
    const blankBefore = i === 0 || ' \t\n\r'.includes(chars[i - 1] ?? '')
    if (i === 0) {
      if (INDICATORS.has(ch) || ((ch === '?' || ch === ':' || ch === '-') && blankNext)) indicator = true
    } else {
      if (ch === ':' && blankNext) indicator = true
      if (ch === '#' && blankBefore) indicator = true
    }
    const code = ch.codePointAt(0) ?? 0
    const printable =
      code === 10 ||
      (code >= 0x20 && code <= 0x7e) ||
      code === 0x85 ||
      (code >= 0xa0 && code <= 0xd7ff) ||
      (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff) ||
      (code >= 0x10000 && code <= 0x10ffff)
    if (!printable) special = true
    const isBreak = ch === '\n' || ch === '\r' || ch === '\u0085' || ch === '\u2028' || ch === '\u2029'
    if (ch === ' ') {
      if (previousBreak) breakSpace = true
      previousSpace = true
      previousBreak = false
    } else if (isBreak) {
      if (previousSpace) spaceBreak = true
      previousBreak = true
      previousSpace = false
    } else {
      previousSpace = false
      previousBreak = false
    }
  })
  const last = value.at(-1)
  const leading = value[0] === ' ' || value[0] === '\n'
  const trailing = last === ' '
  const multiline = /[\n\r\u0085\u2028\u2029]/.test(value)
  const fine = !special && !spaceBreak
  return {
    plain: fine && !leading && !trailing && last !== '\n' && !breakSpace && !indicator && !multiline,
    single: fine && !breakSpace,
    block: fine && !trailing,
  }
}

function literal(value: string, indent: number): string {
  const body = value.replace(/\n+$/, '')
  const breaks = value.length - body.length
  const hint = /^[ \n]/.test(value) ? '2' : ''
  const chomp = breaks === 0 ? '-' : breaks === 1 && body !== '' ? '' : '+'
  const pad = ' '.repeat(indent)
  const lines = (breaks > 0 ? value.slice(0, -1) : value).split('\n')
  return `|${hint}${chomp}\n${lines.map(l => (l === '' ? '' : pad + l)).join('\n')}`
}

function foldPlain(value: string, indent: number, column: number, width: number): string {
  return fold(value, indent, column, width, 1)
}

function foldSingle(value: string, indent: number, column: number, width: number): string {
  return `'${fold(value.replaceAll("'", "''"), indent, column + 1, width, 1)}'`
}

/** Breaks a line at single blanks once it is longer than `width`. */
function fold(value: string, indent: number, column: number, width: number, _: number): string {
  let out = ''
  let at = column
  let wasSpace = false
  for (let i = 0; i < value.length; i++) {
    const ch = value[i] ?? ''
    if (ch === ' ') {
      if (!wasSpace && at > width && i > 0 && i < value.length - 1 && value[i + 1] !== ' ') {
        out += `\n${' '.repeat(indent)}`
        at = indent
      } else {
        out += ch
        at++
      }
      wasSpace = true
    } else {
      out += ch
      at++
      wasSpace = false
    }
  }
  return out
}

const ESCAPES: Record<string, string> = {
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
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function foldDouble(value: string, indent: number, column: number, width: number): string {
  let out = '"'
  let at = column + 1
  let wasSpace = false
  const chars = [...value]
  chars.forEach((ch, i) => {
    const escape = escapeOf(ch)
    if (escape !== undefined) {
      out += escape
      at += escape.length
      wasSpace = false
    } else if (ch === ' ') {
      if (!wasSpace && at > width && i > 0 && i < chars.length - 1) {
        out += `\n${' '.repeat(indent)}${chars[i + 1] === ' ' ? '\\' : ''}`
        at = indent + (chars[i + 1] === ' ' ? 1 : 0)
      } else {
        out += ch
        at++
      }
      wasSpace = true
    } else {
      out += ch
      at++
      wasSpace = false
    }
  })
  return `${out}"`
}

function escapeOf(ch: string): string | undefined {
  const known = ESCAPES[ch]
  if (known) return known
  const code = ch.codePointAt(0) ?? 0
  const printable =
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff) ||
    code >= 0x10000
  if (printable) return undefined
  const hex = code.toString(16).toUpperCase()
  return code <= 0xff
    ? `\\x${hex.padStart(2, '0')}`
    : code <= 0xffff
      ? `\\u${hex.padStart(4, '0')}`
      : `\\U${hex.padStart(8, '0')}`
}

const isLetter = (ch: string): boolean => /\p{L}/u.test(ch)
const isDigit = (ch: string): boolean => ch >= '0' && ch <= '9'

/** go-yaml's order of keys: numbers within texts by their value, letters after other signs. */
export function compareKeys(x: string, y: string): number {
  const a = [...x]
  const b = [...y]
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [p = '', q = ''] = [a[i], b[i]]
    if (p === q) continue
    const [al, bl] = [isLetter(p), isLetter(q)]
    if (al && bl) return p < q ? -1 : 1
    if (al || bl) return bl ? -1 : 1
    const numbers = compareNumbers(a, b, i)
    return numbers !== 0 ? numbers : p < q ? -1 : 1
  }
  return a.length - b.length
}

function compareNumbers(a: readonly string[], b: readonly string[], i: number): number {
  let zeros = 0
  if (a[i] === '0' || b[i] === '0') {
    for (let j = i - 1; j >= 0 && isDigit(a[j] ?? ''); j--) {
      if (a[j] !== '0') {
        zeros = 1
        break
      }
    }
  }
  const read = (chars: readonly string[]): { end: number; value: number } => {
    let end = i
    let value = zeros
    while (end < chars.length && isDigit(chars[end] ?? '')) value = value * 10 + Number(chars[end++])
    return { end, value }
  }
  const [m, n] = [read(a), read(b)]
  if (m.value !== n.value) return m.value - n.value
  return m.end - n.end
}
