import { ownOf } from './json.ts'
import { labelKeyFaults, labelValueFaults } from './label-syntax.ts'

/** Thrown for a selector that cannot be parsed, with the text of Kubernetes. */
export class SelectorError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SelectorError'
  }
}

export type Labels = Readonly<Record<string, string>> | undefined

/** One condition of a label selector. `=`, `==` and `in` are all `in`. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'
  readonly values: readonly string[]
}

/** A parsed label selector: all requirements must hold. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[]
  /** True where it selects everything. */
  readonly empty: boolean
  matches(labels: Labels): boolean
}

/** metav1.LabelSelector, as specs hold it. */
export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | undefined }[]
    | undefined
}

export function labelSelector(requirements: readonly LabelRequirement[]): LabelSelector {
  return {
    requirements,
    empty: requirements.length === 0,
    matches: labels => requirements.every(r => meets(r, labels)),
  }
}

/** Selects everything. */
export const everything: LabelSelector = labelSelector([])
/** Selects nothing. */
export const nothing: LabelSelector = { requirements: [], empty: false, matches: () => false }

/** The selector of `labels` as equalities: of a Service or ReplicationController. */
export function selectorFromLabels(labels: Labels): LabelSelector {
  return labelSelector(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: 'in', values: [value] })))
}

/** The selector of a metav1.LabelSelector: a missing one selects nothing, an empty one everything. */
export function selectorFromObject(object: LabelSelectorObject | undefined | null): LabelSelector {
  if (!object) return nothing
  const requirements: LabelRequirement[] = selectorFromLabels(object.matchLabels).requirements.slice()
  for (const e of object.matchExpressions ?? []) {
    const operator = ownOf(OBJECT_OPERATORS, e.operator)
    if (!operator) throw new SelectorError(`${JSON.stringify(e.operator)} is not a valid label selector operator`)
    requirements.push({ key: e.key, operator, values: [...(e.values ?? [])] })
  }
  return labelSelector(requirements)
}

const OBJECT_OPERATORS: Readonly<Record<string, LabelRequirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

/** The text form, keys in order, as Kubernetes prints it: `app=web,tier in (a,b)`. */
export function labelSelectorText(selector: LabelSelector): string {
  return [...selector.requirements]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(requirementText)
    .join(',')
}

function requirementText({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'gt':
      return `${key}>${values[0]}`
    case 'lt':
      return `${key}<${values[0]}`
    case 'in':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${[...values].sort().join(',')})`
    case 'notin':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${[...values].sort().join(',')})`
  }
}

function meets(r: LabelRequirement, labels: Labels): boolean {
  const value = labels && ownOf(labels, r.key)
  switch (r.operator) {
    case 'in':
      return value !== undefined && r.values.includes(value)
    case 'notin':
      return value === undefined || !r.values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt': {
      if (value === undefined || !INTEGER.test(value)) return false
      const [have, want] = [BigInt(value), BigInt(r.values[0] ?? '0')]
      return r.operator === 'gt' ? have > want : have < want
    }
  }
}

const INTEGER = /^[-+]?\d+$/

/** Parses `app=web,tier in (a,b),!old`. Throws {@link SelectorError}. */
export function parseLabelSelector(text: string): LabelSelector {
  if (text === '') return everything
  return labelSelector(new Parser(tokens(text)).parse())
}

type TokenType = 'identifier' | 'end' | 'error' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin'
interface Token {
  readonly type: TokenType
  readonly text: string
}

const SYMBOLS = new Set<string>(['(', ')', ',', '!', '=', '==', '!=', '>', '<'])
const SPACE = ' \t\r\n'
const SPECIAL = '=!(),><'

function tokens(text: string): Token[] {
  const out: Token[] = []
  let i = 0
  while (i < text.length) {
    const ch = text[i] ?? ''
    if (SPACE.includes(ch)) i++
    else if (SPECIAL.includes(ch)) {
      const two = text.slice(i, i + 2)
      const symbol = SYMBOLS.has(two) ? two : ch
      out.push({ type: symbol as TokenType, text: symbol })
      i += symbol.length
    } else {
      const start = i
      while (i < text.length && !SPACE.includes(text[i] ?? '') && !SPECIAL.includes(text[i] ?? '')) i++
      const word = text.slice(start, i)
      out.push({ type: word === 'in' || word === 'notin' ? word : 'identifier', text: word })
    }
  }
  return out
}

const END: Token = { type: 'end', text: '' }

/** Where a word may be a value, `in` and `notin` are words like others. */
const asValue = (t: Token): Token => (t.type === 'in' || t.type === 'notin' ? { type: 'identifier', text: t.text } : t)

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(list: readonly Token[]) {
    this.#tokens = list
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = []
    for (;;) {
      const next = this.#peek()
      if (next.type === 'end') return requirements
      if (next.type !== 'identifier' && next.type !== '!')
        throw new SelectorError(`found '${next.text}', expected: !, identifier, or 'end of string'`)
      requirements.push(this.#requirement())
      const t = this.#take()
      if (t.type === 'end') return requirements
      if (t.type !== ',') throw new SelectorError(`found '${t.text}', expected: ',' or 'end of string'`)
      const after = this.#peek()
      if (after.type !== 'identifier' && after.type !== '!')
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`)
    }
  }

  #peek(): Token {
    return asValue(this.#tokens[this.#at] ?? END)
  }

  #take(): Token {
    return asValue(this.#tokens[this.#at++] ?? END)
  }

  #requirement(): LabelRequirement {
    let t = this.#take()
    const negated = t.type === '!'
    if (negated) t = this.#take()
    if (t.type !== 'identifier') fail(`found '${t.text}', expected: identifier`)
    const key = t.text
    checkKey(key)
    if (negated) return { key, operator: '!', values: [] }
    const next = this.#peek().type
    if (next === 'end' || next === ',') return { key, operator: 'exists', values: [] }
    const operator = this.#operator()
    const values = operator === 'in' || operator === 'notin' ? this.#values() : this.#value()
    return requirement(key, operator, [...new Set(values)].sort())
  }

  #operator(): TokenType {
    const t = this.#tokens[this.#at++] ?? END
    if (!['in', 'notin', '=', '==', '!=', '>', '<'].includes(t.type))
      fail(`found '${t.text}', expected: in, notin, =, ==, !=, gt, lt`)
    return t.type
  }

  #value(): string[] {
    const next = this.#peek()
    if (next.type === 'end' || next.type === ',') return ['']
    this.#at++
    if (next.type !== 'identifier') fail(`found '${next.text}', expected: identifier`)
    return [next.text]
  }

  #values(): string[] {
    const open = this.#take()
    if (open.type !== '(') fail(`found '${open.text}' expected: '('`)
    const next = this.#peek()
    if (next.type === ')') {
      this.#at++
      return ['']
    }
    if (next.type !== 'identifier' && next.type !== ',') fail(`found '${next.text}', expected: ',', ')' or identifier`)
    const list = this.#list()
    if (this.#take().type !== ')') fail(`found '${next.text}', expected: ')'`)
    return list
  }

  /** Words between commas, where a missing word is the empty value; ends before the closing parenthesis. */
  #list(): string[] {
    const list: string[] = []
    for (;;) {
      const t = this.#take()
      if (t.type === 'identifier') {
        list.push(t.text)
        const next = this.#peek()
        if (next.type === ')') return list
        if (next.type !== ',') fail(`found '${next.text}', expected: ',' or ')'`)
      } else if (t.type === ',') {
        if (list.length === 0) list.push('')
        const next = this.#peek()
        if (next.type === ')') return [...list, '']
        if (next.type === ',') {
          this.#at++
          list.push('')
        }
      } else fail(`found '${t.text}', expected: ',', or identifier`)
    }
  }
}

function fail(message: string): never {
  throw new SelectorError(`unable to parse requirement: ${message}`)
}

function checkKey(key: string): void {
  const faults = labelKeyFaults(key)
  if (faults.length) fail(`<nil>: Invalid value: ${JSON.stringify(key)}: ${faults.join('; ')}`)
}

function requirement(key: string, operator: TokenType, values: string[]): LabelRequirement {
  const faults: string[] = []
  if ((operator === '>' || operator === '<') && !INTEGER.test(values[0] ?? ''))
    faults.push(
      `values[0]: Invalid value: ${JSON.stringify(values[0] ?? '')}: for 'Gt', 'Lt' operators, the value must be an integer`,
    )
  values.forEach((value, i) => {
    const found = labelValueFaults(value)
    if (found.length) faults.push(`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${found.join('; ')}`)
  })
  if (faults.length) fail(faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`)
  const names = { '>': 'gt', '<': 'lt', notin: 'notin', '!=': 'notin' } as const
  return { key, operator: names[operator as keyof typeof names] ?? 'in', values }
}

/** One condition of a field selector. */
export interface FieldRequirement {
  readonly field: string
  readonly equal: boolean
  readonly value: string
}

/** Parses `metadata.name=a,status.phase!=Running`. Throws {@link SelectorError}. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  const out: FieldRequirement[] = []
  for (const term of fieldTerms(text)) {
    if (term === '') continue
    const parts = splitTerm(term)
    if (!parts) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`)
    out.push({ field: parts.field, equal: parts.equal, value: unescapeValue(parts.value) })
  }
  return out
}

/** Splits at commas that no backslash precedes. */
function fieldTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === ',') {
      terms.push(text.slice(start, i))
      start = i + 1
    }
  }
  terms.push(text.slice(start))
  return terms
}

function splitTerm(term: string): { field: string; equal: boolean; value: string } | undefined {
  for (let i = 0; i < term.length; i++) {
    for (const operator of ['!=', '==', '='])
      if (term.startsWith(operator, i))
        return { field: term.slice(0, i), equal: operator !== '!=', value: term.slice(i + operator.length) }
  }
  return undefined
}

function unescapeValue(value: string): string {
  if (!/[\\,=]/.test(value)) return value
  let out = ''
  for (let i = 0; i < value.length; i++) {
    const ch = value[i] ?? ''
    if (ch === '\\') {
      const next = value[++i]
      if (next === undefined || !'\\,='.includes(next))
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ''}`)
      out += next
    } else if (ch === ',' || ch === '=')
      throw new SelectorError(`invalid field selector: unescaped character in value: ${ch.codePointAt(0)}`)
    else out += ch
  }
  return out
}
