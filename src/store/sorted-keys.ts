/**
 * The byte order of keys as UTF-8. JavaScript compares UTF-16 units, which differs only where one key has a
 * character beyond U+FFFF (a surrogate) and the other one from U+E000 to U+FFFF.
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff

/** More new keys than this beyond the sorted ones are merged without being asked for, so that they cannot pile up. */
const MAX_UNSORTED = 1024

/**
 * Keys in byte order, cheap to add to: new keys wait unsorted and are merged in when someone asks.
 * Removed keys leave at the next merge, so `sorted` may hold keys that are gone: look them up before use.
 */
export class SortedKeys {
  #sorted: string[] = []
  #added: string[] = []
  readonly #isLive: (key: string) => boolean

  constructor(isLive: (key: string) => boolean) {
    this.#isLive = isLive
  }

  add(key: string): void {
    this.#added.push(key)
    if (this.#added.length > MAX_UNSORTED + this.#sorted.length) this.sorted()
  }

  /** All live keys once each in order, perhaps with removed ones between. Do not change it. */
  sorted(): readonly string[] {
    if (this.#added.length > 0) {
      this.#sorted = merge(this.#sorted, this.#added.sort(compareKeys)).filter(this.#isLive)
      this.#added = []
    }
    return this.#sorted
  }

  /** The index in `sorted()` of the first key that is not before `key`. */
  indexOf(key: string): number {
    const keys = this.sorted()
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareKeys(keys[middle] as string, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Merges two ordered lists; equal keys appear once. */
function merge(a: readonly string[], b: readonly string[]): string[] {
  const out: string[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const x = a[i]
    const y = b[j]
    const first = y === undefined || (x !== undefined && compareKeys(x, y) <= 0)
    const next = (first ? x : y) as string
    if (first) i++
    else j++
    if (out[out.length - 1] !== next) out.push(next)
  }
  return out
}
