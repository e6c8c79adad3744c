/** The first of many by an order, without sorting all. */
export class Heap<T> {
  #items: T[] = []
  readonly #before: (a: T, b: T) => boolean

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  push(item: T): void {
    const items = this.#items
    let i = items.push(item) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!this.#before(items[i] as T, items[parent] as T)) return
      this.#swap(i, parent)
      i = parent
    }
  }

  /** Takes the first one out. */
  pop(): T | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return top
    items[0] = last
    let i = 0
    for (;;) {
      const left = 2 * i + 1
      if (left >= items.length) return top
      const right = left + 1
      const child = right < items.length && this.#before(items[right] as T, items[left] as T) ? right : left
      if (!this.#before(items[child] as T, items[i] as T)) return top
      this.#swap(i, child)
      i = child
    }
  }

  clear(): void {
    this.#items = []
  }

  #swap(i: number, j: number): void {
    const a = this.#items[i] as T
    this.#items[i] = this.#items[j] as T
    this.#items[j] = a
  }
}
