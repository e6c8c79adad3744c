/** A set of small integers below `size`, one bit each. */
export class Bitmap {
  readonly size: number
  readonly #bits: Uint32Array
  #count = 0

  constructor(size: number) {
    this.size = size
    this.#bits = new Uint32Array(Math.ceil(size / 32))
  }

  /** How many are set. */
  get count(): number {
    return this.#count
  }

  has(i: number): boolean {
    return (((this.#bits[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1
  }

  /** False where it was set already. */
  add(i: number): boolean {
    if (this.has(i)) return false
    this.#bits[i >>> 5] = (this.#bits[i >>> 5] ?? 0) | (1 << (i & 31))
    this.#count++
    return true
  }

  delete(i: number): void {
    if (!this.has(i)) return
    this.#bits[i >>> 5] = (this.#bits[i >>> 5] ?? 0) & ~(1 << (i & 31))
    this.#count--
  }

  /** A free one in [from, to), searched from a random place on; undefined where all are set. */
  free(from: number, to: number, random: () => number): number | undefined {
    const length = to - from
    if (length <= 0) return undefined
    const start = Math.floor(random() * length)
    for (let n = 0; n < length; n++) {
      const i = from + ((start + n) % length)
      if (!this.has(i)) return i
    }
    return undefined
  }
}
