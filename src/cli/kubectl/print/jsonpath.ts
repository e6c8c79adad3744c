import { PlainError } from '../base/errors.ts'
import { compactJson } from './json.ts'

/** Renders a JSONPath template such as `{.items[*].metadata.name}` or `{range .items[*]}{.metadata.name}{"\n"}{end}`. */
export function renderJsonPath(
  template: string,
  data: unknown,
  options: { allowMissing: boolean; asJson?: boolean } = { allowMissing: true },
): string {
  const nodes = new TemplateParser(template).parse()
  const out: string[] = []
  const evaluator = new Evaluator(options.allowMissing)
  if (options.asJson) {
    const values = nodes.flatMap(n => (n.type === 'path' ? evaluator.select(n.steps, [data], data) : []))
    return `${JSON.stringify(JSON.parse(compactJson(values)), null, 4)}\n`
  }
  evaluator.render(nodes, [data], data, out)
  return out.join('')
}

/** The values that one path selects: for waiting and sorting. */
export function selectJsonPath(path: string, data: unknown): unknown[] {
  const nodes = new TemplateParser(relaxed(path)).parse()
  const evaluator = new Evaluator(true)
  return nodes.flatMap(n => (n.type === 'path' ? evaluator.select(n.steps, [data], data) : []))
}

/** `metadata.name`, `.metadata.name` and `{.metadata.name}` are the same. */
export function relaxed(path: string): string {
  if (path === '') return ''
  const match = /^\{?\.?([^{}]+)\}?$/.exec(path)
  if (!match || path.startsWith('{') !== path.endsWith('}'))
    throw new PlainError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    )
  return `{.${match[1]}}`
}

type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' }
  | {
      readonly type: 'slice'
      readonly from: number | undefined
      readonly to: number | undefined
      readonly step: number | undefined
      readonly single: boolean
    }
  | { readonly type: 'union'; readonly members: readonly (readonly Step[])[] }
  | { readonly type: 'filter'; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined }
  | { readonly type: 'root' }
  | { readonly type: 'current' }
type Operand =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly Node[] }

const fault = (why: string): PlainError => new PlainError(`error parsing jsonpath ${why}`)

class TemplateParser {
  readonly #template: string
  #at = 0

  constructor(template: string) {
    this.#template = template
  }

  parse(): Node[] {
    const nodes = this.#nodes(false)
    return nodes
  }

  #nodes(inRange: boolean): Node[] {
    const nodes: Node[] = []
    while (this.#at < this.#template.length) {
      const open = this.#template.indexOf('{', this.#at)
      if (open < 0) {
        nodes.push({ type: 'text', text: this.#template.slice(this.#at) })
        this.#at = this.#template.length
        break
      }
      if (open > this.#at) nodes.push({ type: 'text', text: this.#template.slice(this.#at, open) })
      const content = this.#action(open)
      if (content === 'end') {
        if (!inRange) throw fault(`${this.#template}, not in range, nothing to end`)
        return nodes
      }
      if (content.startsWith('range')) {
        const steps = new PathParser(content.slice(5).trim()).parse()
        nodes.push({ type: 'range', steps, body: this.#nodes(true) })
      } else if (/^["']/.test(content)) nodes.push({ type: 'text', text: unquote(content) })
      else nodes.push({ type: 'path', steps: new PathParser(content).parse() })
    }
    if (inRange) throw fault(`${this.#template}, unclosed range`)
    return nodes
  }

  #action(open: number): string {
    let quote = ''
    for (let i = open + 1; i < this.#template.length; i++) {
      const ch = this.#template[i] ?? ''
      if (quote) {
        if (ch === '\\') i++
        else if (ch === quote) quote = ''
      } else if (ch === '"' || ch === "'") quote = ch
      else if (ch === '}') {
        this.#at = i + 1
        return this.#template.slice(open + 1, i).trim()
      }
    }
    throw fault(`${this.#template}, unclosed action`)
  }
}

function unquote(text: string): string {
  const body = text.slice(1, -1)
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" }
  return body.replace(/\\(.)/g, (_, ch: string) => escapes[ch] ?? `\\${ch}`)
}

class PathParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): Step[] {
    const steps: Step[] = []
    while (this.#at < this.#text.length) {
      const ch = this.#text[this.#at] ?? ''
      if (ch === '$') {
        this.#at++
        steps.push({ type: 'root' })
      } else if (ch === '@') {
        this.#at++
        steps.push({ type: 'current' })
      } else if (ch === '.') this.#dot(steps)
      else if (ch === '[') steps.push(this.#bracket())
      else if (ch === '*') {
        this.#at++
        steps.push({ type: 'wildcard' })
      } else if (/\s/.test(ch)) this.#at++
      else if (steps.length === 0) steps.push({ type: 'field', name: this.#name() })
      else
        throw fault(
          `unrecognized character in action: U+${ch.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')} '${ch}'`,
        )
    }
    return steps
  }

  #dot(steps: Step[]): void {
    this.#at++
    if (this.#text[this.#at] === '.') {
      steps.push({ type: 'recursive' })
      this.#at++
    }
    const ch = this.#text[this.#at]
    if (ch === undefined || ch === '[') return
    if (ch === '*') {
      this.#at++
      steps.push({ type: 'wildcard' })
    } else steps.push({ type: 'field', name: this.#name() })
  }

  #name(): string {
    let name = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const ch = this.#text[this.#at] ?? ''
      if (ch === '\\') name += this.#text[++this.#at] ?? ''
      else if (/[\s.[\],()@=!<>]/.test(ch)) break
      else name += ch
    }
    return name
  }

  #bracket(): Step {
    const end = this.#closing()
    const inner = this.#text.slice(this.#at + 1, end).trim()
    this.#at = end + 1
    if (inner === '*') return { type: 'wildcard' }
    const filter = /^\?\((.*)\)$/s.exec(inner)
    if (filter) return parseFilter(filter[1] ?? '')
    const slice = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/.exec(inner)
    if (slice && inner !== '') {
      const number = (t: string | undefined): number | undefined => (t ? Number(t) : undefined)
      return {
        type: 'slice',
        from: number(slice[1]),
        to: number(slice[2]),
        step: number(slice[3]),
        single: !inner.includes(':'),
      }
    }
    const parts = splitOutside(inner, ',')
    if (parts.length > 1) return { type: 'union', members: parts.map(p => new PathParser(`[${p.trim()}]`).parse()) }
    const quoted = /^(["'])(.*)\1$/s.exec(inner)
    if (quoted) return { type: 'field', name: (quoted[2] ?? '').replace(/\\(.)/g, '$1') }
    if (/^[\w.$@-]+$/.test(inner))
      return { type: 'union', members: [new PathParser(inner.startsWith('.') ? inner : `.${inner}`).parse()] }
    throw fault(`invalid array index ${inner}`)
  }

  #closing(): number {
    let depth = 0
    let quote = ''
    for (let i = this.#at; i < this.#text.length; i++) {
      const ch = this.#text[i] ?? ''
      if (quote) {
        if (ch === '\\') i++
        else if (ch === quote) quote = ''
      } else if (ch === '"' || ch === "'") quote = ch
      else if (ch === '[') depth++
      else if (ch === ']' && --depth === 0) return i
    }
    throw fault('unterminated array')
  }
}

function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = ['']
  let quote = ''
  for (const ch of text) {
    if (quote ? ch === quote : ch === '"' || ch === "'") quote = quote ? '' : ch
    if (ch === separator && !quote) parts.push('')
    else parts[parts.length - 1] += ch
  }
  return parts
}

function parseFilter(text: string): Step {
  const match = /^(.*?)\s*(==|!=|>=|<=|>|<)\s*(.*)$/s.exec(text.trim())
  if (!match) return { type: 'filter', left: operand(text.trim()), operator: 'exists', right: undefined }
  return { type: 'filter', left: operand(match[1] ?? ''), operator: match[2] ?? '', right: operand(match[3] ?? '') }
}

function operand(text: string): Operand {
  if (/^["']/.test(text)) return { type: 'value', value: unquote(text) }
  if (text === 'true' || text === 'false') return { type: 'value', value: text === 'true' }
  if (text !== '' && !Number.isNaN(Number(text))) return { type: 'value', value: Number(text) }
  return { type: 'path', steps: new PathParser(text).parse() }
}

class Evaluator {
  readonly #allowMissing: boolean

  constructor(allowMissing: boolean) {
    this.#allowMissing = allowMissing
  }

  render(nodes: readonly Node[], current: readonly unknown[], root: unknown, out: string[]): void {
    for (const node of nodes) {
      if (node.type === 'text') out.push(node.text)
      else if (node.type === 'path') out.push(this.select(node.steps, current, root).map(valueText).join(' '))
      else for (const item of this.select(node.steps, current, root)) this.render(node.body, [item], root, out)
    }
  }

  select(steps: readonly Step[], current: readonly unknown[], root: unknown): unknown[] {
    let values = [...current]
    for (const step of steps) values = this.#step(step, values, root)
    return values
  }

  #step(step: Step, values: unknown[], root: unknown): unknown[] {
    switch (step.type) {
      case 'root':
        return [root]
      case 'current':
        return values
      case 'field':
        return this.#field(values, step.name)
      case 'wildcard':
        return values.flatMap(children)
      case 'recursive':
        return values.flatMap(descendants)
      case 'union':
        return step.members.flatMap(m => this.select(m, values, root))
      case 'slice':
        return values.flatMap(v => this.#slice(v, step))
      case 'filter':
        return values.flatMap(v =>
          (Array.isArray(v) ? v : isMap(v) ? Object.values(v) : []).filter(item => this.#meets(item, step, root)),
        )
    }
  }

  #field(values: unknown[], name: string): unknown[] {
    const found = values.flatMap(v => (isMap(v) && Object.hasOwn(v, name) ? [v[name]] : []))
    if (found.length === 0 && values.length > 0 && !this.#allowMissing) throw new PlainError(`${name} is not found`)
    return found
  }

  #slice(value: unknown, s: Extract<Step, { type: 'slice' }>): unknown[] {
    if (!Array.isArray(value)) {
      if (value === undefined || value === null || this.#allowMissing) return []
      throw new PlainError(`${valueText(value)} is not array or slice`)
    }
    if (s.single) {
      const at = (s.from ?? 0) < 0 ? value.length + (s.from ?? 0) : (s.from ?? 0)
      if (at >= value.length || at < 0) {
        if (this.#allowMissing) return []
        throw new PlainError(`array index out of bounds: index ${at}, length ${value.length}`)
      }
      return [value[at]]
    }
    return value.slice(s.from ?? 0, s.to ?? value.length).filter((_, i) => i % (s.step || 1) === 0)
  }

  #meets(item: unknown, f: Extract<Step, { type: 'filter' }>, root: unknown): boolean {
    const values = (o: Operand): unknown[] => {
      if (o.type === 'value') return [o.value]
      return new Evaluator(true).select(o.steps, [item], root)
    }
    const left = values(f.left)
    if (f.operator === 'exists') return left.length > 0
    const right = f.right ? values(f.right) : []
    if (left.length === 0 || right.length === 0) return false
    return compare(left[0], f.operator, right[0])
  }
}

function compare(a: unknown, operator: string, b: unknown): boolean {
  const [x, y] = (typeof a === typeof b ? [a, b] : [String(a), String(b)]) as [string, string]
  switch (operator) {
    case '==':
      return x === y
    case '!=':
      return x !== y
    case '<':
      return x < y
    case '>':
      return x > y
    case '<=':
      return x <= y
    default:
      return x >= y
  }
}

const isMap = (v: unknown): v is Record<string, unknown> => v !== null && typeof v === 'object' && !Array.isArray(v)
const children = (v: unknown): unknown[] =>
  Array.isArray(v)
    ? v
    : isMap(v)
      ? Object.keys(v)
          .sort()
          .map(k => v[k])
      : []
const descendants = (v: unknown): unknown[] => [v, ...children(v).flatMap(descendants)]

/** Texts as they are, objects and lists as JSON. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? compactJson(value) : String(value)
}
