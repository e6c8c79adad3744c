/**
 * What Go's encoding/json says of a text that is not JSON: Kubernetes passes these texts on.
 */

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** The fault of a text as JSON; undefined where it is good. */
export function goJsonError(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    const at = new Scanner(text).value()
    if (typeof at === 'string') return at
    const end = skip(text, at)
    return end < text.length ? `invalid character ${quote(text, end)} after top-level value` : END
  }
}

/** As {@link goJsonError} for a text that must hold an object. */
export function goJsonObjectError(text: string): string | undefined {
  const error = goJsonError(text)
  if (error !== undefined) return error
  const value: unknown = JSON.parse(text)
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`
}

/** Nesting that Go takes. */
const MAX_DEPTH = 10_000
const CLOSING = { '{': '}', '[': ']' } as const

const END = 'unexpected end of JSON input'

function skip(text: string, at: number): number {
  let i = at
  while (i < text.length && ' \t\r\n'.includes(text[i] ?? '')) i++
  return i
}

function quote(text: string, at: number): string {
  const c = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (c === "'") return "'\\''"
  if (c === '"') return `'"'`
  const shown = JSON.stringify(c).slice(1, -1)
  return `'${shown}'`
}

const bad = (text: string, at: number, where: string): string =>
  at >= text.length ? END : `invalid character ${quote(text, at)} ${where}`

/** Walks a text as JSON: the position behind a value, or the text of the first fault. */
class Scanner {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }

  /** Keeps what is open in a list: a text may be nested deeper than calls can be. */
  value(): number | string {
    const text = this.#text
    const open: ('{' | '[')[] = []
    let at: number | string = 0
    for (;;) {
      at = skip(text, at)
      const c = text[at]
      if (c === '{' || c === '[') {
        const next = skip(text, at + 1)
        if (text[next] === CLOSING[c]) at = next + 1
        else {
          if (open.push(c) > MAX_DEPTH) return 'exceeded max depth'
          at = c === '{' ? this.#key(next) : next
          if (typeof at === 'string') return at
          continue
        }
      } else at = this.#scalar(at)
      if (typeof at === 'string') return at
      at = this.#behindValue(at, open)
      if (typeof at === 'string' || open.length === 0) return at
    }
  }

  /** Closes what ends behind a value: the place of the next value, or of the end where nothing is open any more. */
  #behindValue(from: number, open: ('{' | '[')[]): number | string {
    const text = this.#text
    let at = from
    for (let inner = open.at(-1); inner !== undefined; inner = open.at(-1)) {
      at = skip(text, at)
      if (text[at] === ',') return inner === '{' ? this.#key(skip(text, at + 1)) : at + 1
      if (text[at] !== CLOSING[inner])
        return bad(text, at, inner === '{' ? 'after object key:value pair' : 'after array element')
      open.pop()
      at++
    }
    return at
  }

  #scalar(at: number): number | string {
    const c = this.#text[at]
    if (c === '"') return this.#string(at + 1)
    for (const word of ['true', 'false', 'null']) if (c === word[0]) return this.#literal(at, word)
    if (c !== undefined && /[-\d]/.test(c)) return this.#number(at)
    return bad(this.#text, at, 'looking for beginning of value')
  }

  /** Reads a key with its colon. */
  #key(at: number): number | string {
    const text = this.#text
    if (text[at] !== '"') return bad(text, at, 'looking for beginning of object key string')
    const end = this.#string(at + 1)
    if (typeof end === 'string') return end
    const colon = skip(text, end)
    return text[colon] === ':' ? colon + 1 : bad(text, colon, 'after object key')
  }

  #literal(at: number, word: string): number | string {
    for (let i = 1; i < word.length; i++)
      if (this.#text[at + i] !== word[i]) return bad(this.#text, at + i, `in literal ${word} (expecting '${word[i]}')`)
    return at + word.length
  }

  #number(at: number): number | string {
    NUMBER.lastIndex = at
    const found = NUMBER.exec(this.#text)
    return found ? at + found[0].length : bad(this.#text, at + 1, 'in numeric literal')
  }

  #string(from: number): number | string {
    for (let i = from; i < this.#text.length; i++) {
      const c = this.#text[i] ?? ''
      if (c === '"') return i + 1
      if (c < ' ') return bad(this.#text, i, 'in string literal')
      if (c !== '\\') continue
      i++
      if (i < this.#text.length && !'"\\/bfnrtu'.includes(this.#text[i] ?? ''))
        return bad(this.#text, i, 'in string escape code')
    }
    return END
  }
}
