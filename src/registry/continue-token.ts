import { badRequest } from '../base/errors.ts'

/** Where a list goes on: after `after` (relative to the listed namespace), as things were at `revision`. */
export interface ContinueToken {
  /** -1: as things are now. */
  readonly revision: number
  readonly after: string
}

const VERSION = 'meta.k8s.io/v1'

/** Kubernetes' form: base64url of JSON with the first key that may follow. */
export function encodeContinue({ revision, after }: ContinueToken): string {
  const json = JSON.stringify({ v: VERSION, rv: revision, start: `${after}\0` })
  return Buffer.from(json).toString('base64url')
}

/** Reads a token. Throws 400 with Kubernetes' texts. */
export function decodeContinue(text: string): ContinueToken {
  const token = parsed(bytesOf(text))
  const { v, rv, start } = token
  if (v !== VERSION) throw wrong(`server does not recognize this encoded version ${v}`)
  if (rv === 0) throw wrong(`incorrect encoded start resourceVersion (version ${VERSION})`)
  if (start === '') throw wrong(`encoded start key empty (version ${VERSION})`)
  if (!isClean(start)) throw wrong(start)
  return { revision: rv, after: start.endsWith('\0') ? start.slice(0, -1) : beforeKey(start) }
}

const wrong = (cause: string): Error => badRequest(`invalid continue token: continue key is not valid: ${cause}`)

/** Raw URL base64, with the position of the first fault as Go counts it. */
function bytesOf(text: string): string {
  const bad = text.search(/[^A-Za-z0-9_\-\r\n]/)
  if (bad >= 0) throw wrong(`illegal base64 data at input byte ${bad}`)
  if (text.length % 4 === 1) throw wrong(`illegal base64 data at input byte ${text.length - 1}`)
  return Buffer.from(text, 'base64url').toString('utf8')
}

function parsed(json: string): { v: string; rv: number; start: string } {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw wrong(literalFault(json) ?? 'invalid character in the token')
  }
  const { v = '', rv = 0, start = '' } = (value ?? {}) as Record<string, unknown>
  if (typeof v !== 'string' || typeof rv !== 'number' || typeof start !== 'string')
    throw wrong('json: cannot unmarshal a field of the token')
  return { v, rv, start }
}

/** Go's text for the first character that cannot be: enough for text that is no JSON at all. */
function literalFault(json: string): string | undefined {
  const text = json.trimStart()
  if (text === '') return 'unexpected end of JSON input'
  for (const literal of ['null', 'true', 'false']) {
    if (text[0] !== literal[0]) continue
    for (let i = 1; i < literal.length; i++) {
      if (text[i] === undefined) return 'unexpected end of JSON input'
      if (text[i] !== literal[i])
        return `invalid character '${text[i]}' in literal ${literal} (expecting '${literal[i]}')`
    }
  }
  return `invalid character '${text[0]}' looking for beginning of value`
}

/** A key that path cleaning would change could reach outside of its prefix. */
function isClean(start: string): boolean {
  return !start.split('/').some((part, i) => part === '.' || part === '..' || (part === '' && i > 0))
}

/** A start key without the final zero byte includes the key itself: the greatest text below it stands before. */
function beforeKey(start: string): string {
  const last = start.charCodeAt(start.length - 1)
  return last === 0 ? start.slice(0, -1) : `${start.slice(0, -1)}${String.fromCharCode(last - 1)}\uffff`
}
