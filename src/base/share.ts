/** Places for values seen lately. A power of two. */
const PLACES = 16_384
/** Longer texts are left alone: a place must not hold much that nobody else holds. */
const MAX_TEXT = 1024
/** What is nested deeper is left alone. */
const MAX_DEPTH = 64

/**
 * Makes equal parts of values one: most of what a cluster stores is there many times (the pods of a Deployment, the
 * managed fields of whatever one program writes), and memory holds it once.
 *
 * A value that nobody changes any more goes in; an equal one comes out, in which each object, array and text that was
 * seen lately is the very one seen then. Members keep their order. Nothing is changed in place, and instances of classes
 * are taken as they are. What was seen is remembered in a table of fixed size, where new things take the places of old
 * ones: so it cannot grow, and may forget, which costs only memory.
 */
export class Sharing {
  readonly #places: unknown[] = new Array(PLACES).fill(undefined)
  readonly #hashes = new Int32Array(PLACES)
  /** Of the value that {@link #take} gave back last. */
  #hash = 0

  share<T>(value: T): T {
    return this.#take(value, 0) as T
  }

  #take(value: unknown, depth: number): unknown {
    if (typeof value === 'string') {
      this.#hash = hashText(value)
      return value.length > MAX_TEXT ? value : this.#known(value, sameText)
    }
    if (typeof value !== 'object' || value === null) {
      this.#hash = typeof value === 'number' ? mix(NUMBER, (value | 0) ^ (value * 4096)) : mix(OTHER, value ? 1 : 0)
      return value
    }
    if (Array.isArray(value)) {
      if (depth < MAX_DEPTH) return this.#takeArray(value, depth + 1)
    } else if (depth < MAX_DEPTH && Object.getPrototypeOf(value) === Object.prototype)
      return this.#takeObject(value as Members, depth + 1)
    this.#hash = OTHER
    return value
  }

  #takeArray(array: readonly unknown[], depth: number): unknown {
    let hash = mix(ARRAY, array.length)
    let out = array
    for (let i = 0; i < array.length; i++) {
      const item = this.#take(array[i], depth)
      hash = mix(hash, this.#hash)
      if (item === array[i]) continue
      if (out === array) out = array.slice()
      ;(out as unknown[])[i] = item
    }
    this.#hash = hash
    return this.#known(out, sameArray)
  }

  #takeObject(object: Members, depth: number): unknown {
    let hash = OBJECT
    let out = object
    for (const key of Object.keys(object)) {
      const member = this.#take(object[key], depth)
      hash = mix(mix(hash, hashText(key)), this.#hash)
      // To assign to this one key would set a prototype.
      if (member === object[key] || key === '__proto__') continue
      if (out === object) out = { ...object }
      ;(out as Record<string, unknown>)[key] = member
    }
    this.#hash = hash
    return this.#known(out, sameObject)
  }

  /** What was seen before and is the same, or `value`, which is remembered from now on. */
  #known<T>(value: T, same: (known: unknown, value: T) => boolean): unknown {
    const hash = this.#hash
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1)
    const known = this.#places[place]
    if (this.#hashes[place] === hash && same(known, value)) return known
    this.#hashes[place] = hash
    this.#places[place] = value
    return value
  }
}

type Members = Readonly<Record<string, unknown>>

const NUMBER = 0x1b873593
const OTHER = 0x3c6ef372
const ARRAY = 0x5bd1e995
const OBJECT = 0x6a09e667

function mix(hash: number, value: number): number {
  const h = Math.imul(hash ^ value, 0x9e3779b1)
  return h ^ (h >>> 16)
}

/** Of at most 32 characters, spread over the text: texts are compared anyway. */
function hashText(text: string): number {
  const { length } = text
  const step = (length >>> 5) + 1
  let hash = length
  for (let i = length - 1; i >= 0; i -= step) hash = Math.imul(hash, 31) + text.charCodeAt(i)
  return mix(hash, length)
}

const sameText = (known: unknown, text: string): boolean => known === text

// Members of both went through the table before: what is equal is usually the same.
function sameArray(known: unknown, array: readonly unknown[]): boolean {
  if (!Array.isArray(known) || known.length !== array.length) return false
  for (let i = 0; i < array.length; i++) if (known[i] !== array[i]) return false
  return true
}

function sameObject(known: unknown, object: Members): boolean {
  if (typeof known !== 'object' || known === null || Array.isArray(known)) return false
  const keys = Object.keys(object)
  const knownKeys = Object.keys(known)
  if (keys.length !== knownKeys.length) return false
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    if (key !== knownKeys[i] || (known as Members)[key] !== object[key]) return false
  }
  return true
}
