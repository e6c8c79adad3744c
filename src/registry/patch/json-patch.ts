import { badRequest, failure } from '../../base/errors.ts'
import { ExactNumber, type ParsedText, repeatedFieldTexts, setOwn } from '../../base/json.ts'
import { inapplicable } from './errors.ts'
import { cloneJson, isObject, type Json, jsonKind } from './json-values.ts'

/** Operations that one patch may have. */
export const MAX_OPERATIONS = 10_000
/** What copies may add to a document, counted in values: a short patch must not double a document without end. */
const MAX_COPIED_VALUES = 200_000

export type JsonPatchOperation = Readonly<Json>

export interface CheckedJsonPatch {
  readonly operations: readonly JsonPatchOperation[]
  /** Strict texts: `json patch duplicate field "[0].value"`, `json patch unknown field "[0].x"`. */
  readonly strict: readonly string[]
}

const KNOWN = ['op', 'path', 'from', 'value']

/** The operations of a body. Throws BadRequest where it is no list of objects, 413 where it is too long. */
export function readJsonPatch(parsed: ParsedText): CheckedJsonPatch {
  const { value } = parsed
  const wrong = (found: unknown, what: string): never => {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(found)} into Go ${what}`)
  }
  if (value !== null && !Array.isArray(value)) return wrong(value, 'value of type []handlers.jsonPatchOp')
  const operations: unknown[] = value ?? []
  const unknown: string[] = []
  for (const [i, operation] of operations.entries()) {
    if (operation === null) continue
    if (!isObject(operation)) return wrong(operation, 'value of type handlers.jsonPatchOp')
    for (const key of Object.keys(operation)) {
      if (!KNOWN.includes(key)) unknown.push(`json patch unknown field ${JSON.stringify(`[${i}].${key}`)}`)
      else if (key !== 'value' && operation[key] !== null && typeof operation[key] !== 'string')
        return wrong(operation[key], `struct field jsonPatchOp.${key} of type string`)
    }
  }
  if (operations.length > MAX_OPERATIONS)
    throw failure({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    })
  const repeated = repeatedFieldTexts(parsed).map(t => `json patch ${t}`)
  return { operations: operations.map(o => (o ?? {}) as JsonPatchOperation), strict: [...repeated, ...unknown] }
}

/**
 * Applies RFC 6902 operations as Kubernetes' library does: a missing member may be replaced, copied and tested against
 * null, negative indexes count from the end, the first segment of a path is dropped whatever it is.
 * `document` is not changed. Throws 422.
 */
export function applyJsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  const root: Root = { value: cloneJson(document), copied: 0 }
  for (const operation of operations) {
    try {
      applyOperation(root, operation)
    } catch (error) {
      if (error instanceof PatchFault) throw inapplicable(error)
      throw error
    }
  }
  return root.value
}

class PatchFault extends Error {}
interface Root {
  value: unknown
  copied: number
}
type Container = Json | unknown[]

function applyOperation(root: Root, operation: JsonPatchOperation): void {
  switch (operation['op']) {
    case 'add':
      return add(root, pathOf(operation, 'path'), valueOf(operation))
    case 'remove':
      return remove(root, pathOf(operation, 'path'))
    case 'replace':
      return replace(root, pathOf(operation, 'path'), valueOf(operation))
    case 'move': {
      const from = pathOf(operation, 'from')
      const value = get(root, from)
      remove(root, from)
      return add(root, pathOf(operation, 'path'), value)
    }
    case 'copy': {
      const value = cloneJson(get(root, pathOf(operation, 'from')))
      root.copied += countValues(value)
      if (root.copied > MAX_COPIED_VALUES) throw new PatchFault('copies exceed the limit')
      return add(root, pathOf(operation, 'path'), value)
    }
    case 'test':
      return test(root, pathOf(operation, 'path'), operation['value'] ?? null)
    default:
      throw new PatchFault(`Unexpected kind: ${String(operation['op'] ?? 'unknown')}`)
  }
}

function pathOf(operation: JsonPatchOperation, member: 'path' | 'from'): string {
  const path = operation[member]
  if (typeof path !== 'string') throw new PatchFault(`operation missing ${member} field: missing value`)
  return path
}

/** A missing value is null, as in Go. */
const valueOf = (operation: JsonPatchOperation): unknown => cloneJson(operation['value'] ?? null)

/** The container that holds the last segment of a path. */
function find(root: Root, path: string): { container: Container; key: string } {
  const segments = path.split('/')
  if (segments.length < 2 || !isContainer(root.value)) throw new PatchFault(`doc is missing path: ${path}`)
  let container: Container = root.value
  for (const segment of segments.slice(1, -1)) {
    const next = member(container, unescape(segment))
    if (!isContainer(next)) throw new PatchFault(`doc is missing path: ${path}`)
    container = next
  }
  return { container, key: unescape(segments.at(-1) ?? '') }
}

const unescape = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~')
const isContainer = (value: unknown): value is Container => Array.isArray(value) || isObject(value)

/** A missing member of an object is null; an index outside of a list is a fault. */
function member(container: Container, key: string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : null
  return container[index(key, container.length - 1)]
}

function index(key: string, last: number): number {
  if (!/^[-+]?\d+$/.test(key)) throw new PatchFault(`value was not a proper array index: '${key}'`)
  const given = Number(key)
  const at = given < 0 ? given + last + 1 : given
  if (at < 0 || at > last) throw new PatchFault(`Unable to access invalid index: ${given}`)
  return at
}

function get(root: Root, path: string): unknown {
  const { container, key } = find(root, path)
  return member(container, key)
}

function add(root: Root, path: string, value: unknown): void {
  const { container, key } = find(root, path)
  if (!Array.isArray(container)) setOwn(container, key, value)
  else if (key === '-') container.push(value)
  else container.splice(index(key, container.length), 0, value)
}

function remove(root: Root, path: string): void {
  const { container, key } = find(root, path)
  if (Array.isArray(container)) container.splice(index(key, container.length - 1), 1)
  else if (Object.hasOwn(container, key)) delete container[key]
  else throw new PatchFault(`Unable to remove nonexistent key: ${key}: missing value`)
}

function replace(root: Root, path: string, value: unknown): void {
  if (path === '') {
    if (!isContainer(value)) throw new PatchFault('replace operation value must be object or array')
    root.value = value
    return
  }
  const { container, key } = find(root, path)
  if (Array.isArray(container)) container[index(key, container.length - 1)] = value
  else setOwn(container, key, value)
}

function test(root: Root, path: string, wanted: unknown): void {
  const found = path === '' ? root.value : get(root, path)
  if (!sameJson(found, wanted)) throw new PatchFault(`testing value ${path} failed: test failed`)
}

/** Numbers are equal when they are written alike: 5.0 is not 5. */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => sameJson(x, b[i]))
  if (isObject(a)) {
    if (!isObject(b)) return false
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every(k => Object.hasOwn(b, k) && sameJson(a[k], b[k]))
  }
  return numberText(a) !== undefined && numberText(a) === numberText(b)
}

const numberText = (value: unknown): string | undefined =>
  value instanceof ExactNumber ? value.text : typeof value === 'number' ? JSON.stringify(value) : undefined

function countValues(value: unknown): number {
  const members = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
  return members.reduce<number>((n, x) => n + countValues(x), 1)
}
