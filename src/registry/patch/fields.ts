/**
 * A set of field paths in the form of FieldsV1: each key is a path element (`f:name`, `k:{"name":"web"}`, `v:1`,
 * `i:0`), `.` marks that the path so far belongs to the set itself, and an empty object is a path without longer ones.
 * Never changed once built. The root stands for no path: there an empty object is the empty set.
 */
export interface Fields {
  readonly [element: string]: Fields
}
type Draft = { [element: string]: Fields }

export const NO_FIELDS: Fields = Object.freeze({})
const SELF = '.'

export function isEmpty(fields: Fields): boolean {
  for (const _ in fields) return false
  return true
}

/** Whether the path that leads to this node is in the set. */
const isMember = (node: Fields): boolean => SELF in node || isEmpty(node)

/** Adds a path to a set that is being built. */
export function insertPath(root: Fields, path: readonly string[]): void {
  let node = root as Draft
  const last = path.length - 1
  for (let i = 0; i < last; i++) {
    const element = path[i] as string
    const next = node[element]
    if (!next) node = node[element] = {}
    else {
      if (isEmpty(next)) (next as Draft)[SELF] = NO_FIELDS
      node = next as Draft
    }
  }
  const element = path[last]
  if (element === undefined) return
  const found = node[element]
  if (!found) node[element] = {}
  else if (!isEmpty(found)) (found as Draft)[SELF] = NO_FIELDS
}

/** A set of these paths, each a list of field names. */
export function fieldsOf(...paths: readonly (readonly string[])[]): Fields {
  const root: Fields = {}
  for (const path of paths)
    insertPath(
      root,
      path.map(name => `f:${name}`),
    )
  return root
}

function node(children: Draft, member: boolean): Fields | undefined {
  if (isEmpty(children)) return member ? NO_FIELDS : undefined
  if (member) children[SELF] = NO_FIELDS
  return children
}

export function union(a: Fields, b: Fields): Fields {
  if (a === b || isEmpty(b)) return a
  return isEmpty(a) ? b : (unionNode(a, b, false) ?? NO_FIELDS)
}

function unionNode(a: Fields, b: Fields, member: boolean): Fields | undefined {
  const out: Draft = {}
  for (const key in a) {
    if (key === SELF) continue
    const mine = a[key] as Fields
    const theirs = b[key]
    out[key] =
      theirs && mine !== theirs ? (unionNode(mine, theirs, isMember(mine) || isMember(theirs)) ?? NO_FIELDS) : mine
  }
  for (const key in b) if (key !== SELF && !(key in a)) out[key] = b[key] as Fields
  return node(out, member)
}

export function intersection(a: Fields, b: Fields): Fields {
  return intersectNode(a, b, false) ?? NO_FIELDS
}

function intersectNode(a: Fields, b: Fields, member: boolean): Fields | undefined {
  const out: Draft = {}
  for (const key in a) {
    const mine = a[key] as Fields
    const theirs = b[key]
    if (key === SELF || !theirs) continue
    const both = intersectNode(mine, theirs, isMember(mine) && isMember(theirs))
    if (both) out[key] = both
  }
  return node(out, member)
}

/** The paths of `a` that are not in `b`: longer paths stay. */
export function difference(a: Fields, b: Fields): Fields {
  return isEmpty(b) ? a : (differNode(a, b, false) ?? NO_FIELDS)
}

function differNode(a: Fields, b: Fields, member: boolean): Fields | undefined {
  const out: Draft = {}
  for (const key in a) {
    if (key === SELF) continue
    const mine = a[key] as Fields
    const theirs = b[key]
    const rest = theirs ? differNode(mine, theirs, isMember(mine) && !isMember(theirs)) : mine
    if (rest) out[key] = rest
  }
  return node(out, member)
}

/** The paths of `a` that are neither in `b` nor below one of its paths. */
export function withoutTrees(a: Fields, b: Fields): Fields {
  return isEmpty(b) ? a : (pruneNode(a, b, false) ?? NO_FIELDS)
}

function pruneNode(a: Fields, b: Fields, member: boolean): Fields | undefined {
  const out: Draft = {}
  for (const key in a) {
    if (key === SELF) continue
    const mine = a[key] as Fields
    const theirs = b[key]
    const rest = !theirs ? mine : isMember(theirs) ? undefined : pruneNode(mine, theirs, isMember(mine))
    if (rest) out[key] = rest
  }
  return node(out, member)
}

/** What follows `element`, or undefined where no longer path goes through it. */
export function below(fields: Fields, element: string): Fields | undefined {
  const child = fields[element]
  return child && hasLonger(child) ? child : undefined
}

/** Whether longer paths go on from this node. */
export function hasLonger(fields: Fields): boolean {
  for (const key in fields) if (key !== SELF) return true
  return false
}

/** Whether the path of this one element is in the set. */
export function has(fields: Fields, element: string): boolean {
  const child = fields[element]
  return child !== undefined && isMember(child)
}

export function sameFields(a: Fields, b: Fields): boolean {
  if (a === b) return true
  let count = 0
  for (const key in a) {
    const theirs = b[key]
    if (!theirs || !sameFields(a[key] as Fields, theirs)) return false
    count++
  }
  for (const _ in b) count--
  return count === 0
}

/** Each path with Kubernetes' text: `.spec.containers[name="web"].image`. Own paths come before longer ones. */
export function pathTexts(fields: Fields): string[] {
  const texts: string[] = []
  const walk = (current: Fields, prefix: string): void => {
    const keys = sortedElements(current)
    for (const key of keys) if (isMember(current[key] as Fields)) texts.push(prefix + elementText(key))
    for (const key of keys) walk(current[key] as Fields, prefix + elementText(key))
  }
  walk(fields, '')
  return texts
}

/** `.name`, `[name="web",protocol="TCP"]`, `[="x"]` or `[0]`. */
export function elementText(element: string): string {
  const rest = element.slice(2)
  switch (element[0]) {
    case 'f':
      return `.${rest}`
    case 'k':
      return `[${Object.entries(JSON.parse(rest) as object)
        .map(([k, v]) => `${k}=${JSON.stringify(v)}`)
        .join(',')}]`
    case 'v':
      return `[=${JSON.stringify(JSON.parse(rest))}]`
    default:
      return `[${rest}]`
  }
}

/** FieldsV1 in Kubernetes' order: `.`, then fields, keys, values and indexes, each sorted. */
export function inOrder(fields: Fields): Fields {
  const out: Draft = {}
  if (SELF in fields) out[SELF] = NO_FIELDS
  for (const key of sortedElements(fields)) out[key] = inOrder(fields[key] as Fields)
  return out
}

const RANK: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 }

function sortedElements(fields: Fields): string[] {
  const keys = Object.keys(fields)
  const at = keys.indexOf(SELF)
  if (at >= 0) keys.splice(at, 1)
  return keys.length > 1 ? keys.sort(compareElements) : keys
}

function compareElements(a: string, b: string): number {
  const rank = (RANK[a[0] ?? ''] ?? 4) - (RANK[b[0] ?? ''] ?? 4)
  if (rank !== 0) return rank
  if (a[0] === 'f') return a < b ? -1 : 1
  if (a[0] === 'i') return Number(a.slice(2)) - Number(b.slice(2))
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)))
}

/** Numbers before texts before booleans; keys of list items by name, then by value. */
function compareValues(a: unknown, b: unknown): number {
  const kinds = ['number', 'string', 'boolean', 'object']
  if (typeof a !== typeof b) return kinds.indexOf(typeof a) - kinds.indexOf(typeof b)
  if (typeof a !== 'object' || a === null || b === null) return a === b ? 0 : (a as string) < (b as string) ? -1 : 1
  const [mine, theirs] = [Object.entries(a), Object.entries(b as object)]
  for (const [i, [name, value]] of mine.entries()) {
    const other = theirs[i]
    if (!other) return 1
    if (name !== other[0]) return name < other[0] ? -1 : 1
    const order = compareValues(value, other[1])
    if (order !== 0) return order
  }
  return mine.length - theirs.length
}

/**
 * Reads FieldsV1 that came from outside: keys of list items are brought into the form that sets compare by, unknown
 * kinds of elements are dropped. Throws where it is no FieldsV1.
 */
export function readFields(value: unknown): Fields {
  return readNode(value).node
}

function readNode(value: unknown): { node: Fields; member: boolean } {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('expect { or n')
  const out: Draft = {}
  let member = false
  let canonical = true
  for (const [key, child] of Object.entries(value)) {
    if (key === SELF) {
      member = true
      continue
    }
    if (key.length < 2) throw new Error('parsing key as path element: key must be 2 characters long:')
    if (key[1] !== ':') throw new Error(`parsing key as path element: missing colon: ${key}`)
    if (!((key[0] as string) in RANK)) {
      canonical = false
      continue
    }
    const element = readElement(key)
    const read = readNode(child)
    if (element !== key || read.node !== child) canonical = false
    const before = out[element]
    out[element] = before
      ? (unionNode(before, read.node, isMember(before) || isMember(read.node)) ?? NO_FIELDS)
      : read.node
  }
  if (canonical) return { node: value as Fields, member }
  if (isEmpty(out)) return { node: NO_FIELDS, member: true }
  if (member) out[SELF] = NO_FIELDS
  return { node: out, member }
}

function readElement(key: string): string {
  const rest = key.slice(2)
  if (key[0] === 'k') {
    const parsed: unknown = JSON.parse(rest)
    if (parsed === null || typeof parsed !== 'object') throw new Error(`parsing key as path element: ${key}`)
    return keyElement(Object.entries(parsed))
  }
  if (key[0] === 'v') return valueElement(JSON.parse(rest))
  if (key[0] === 'i' && !/^[-+]?\d+$/.test(rest)) throw new Error(`parsing key as path element: ${key}`)
  return key
}

/** `k:{…}` with the key fields sorted by name. */
export function keyElement(fields: readonly (readonly [name: string, value: unknown])[]): string {
  const sorted = fields.length > 1 ? [...fields].sort((a, b) => (a[0] < b[0] ? -1 : 1)) : fields
  return `k:{${sorted.map(([name, value]) => `${goJson(name)}:${goJson(value)}`).join(',')}}`
}

export const valueElement = (value: unknown): string => `v:${goJson(value)}`

/** As Go writes JSON: safe within HTML. */
function goJson(value: unknown): string {
  const text = JSON.stringify(value)
  return /[<>&\u2028\u2029]/.test(text)
    ? text.replace(/[<>&\u2028\u2029]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text
}
