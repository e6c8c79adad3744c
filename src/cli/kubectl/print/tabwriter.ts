/** How columns are laid out: Go's text/tabwriter with cells to the left, padded with blanks. */
export interface TabOptions {
  readonly minWidth: number
  readonly padding: number
  /** Widths of columns that earlier texts had and later ones keep: changed by {@link alignTabs}. */
  readonly remembered?: number[]
}

/** The layout of `kubectl get`. */
export const GET_TABS: TabOptions = { minWidth: 6, padding: 3 }
/** The layout of `kubectl describe`. */
export const DESCRIBE_TABS: TabOptions = { minWidth: 0, padding: 2 }

/**
 * Aligns cells that end with tabs. A column is a run of lines that have a tab-terminated cell there; the last cell of
 * a line belongs to none.
 */
export function alignTabs(text: string, options: TabOptions): string {
  if (!text.includes('\t')) return text
  const lines = text.split('\n').map(line => line.split('\t'))
  return new Layout(lines, options).format()
}

class Layout {
  readonly #lines: readonly (readonly string[])[]
  readonly #options: TabOptions
  readonly #widths: number[] = []
  readonly #out: string[] = []

  constructor(lines: readonly (readonly string[])[], options: TabOptions) {
    this.#lines = lines
    this.#options = options
  }

  format(): string {
    this.#block(0, this.#lines.length)
    return this.#out.join('\n')
  }

  #block(from: number, to: number): void {
    const column = this.#widths.length
    let start = from
    for (let at = from; at < to; at++) {
      if (!this.#hasCell(at, column)) continue
      this.#write(start, at)
      start = at
      while (at < to && this.#hasCell(at, column)) at++
      this.#widths.push(this.#width(start, at, column))
      this.#block(start, at)
      this.#widths.pop()
      start = at
    }
    this.#write(start, to)
  }

  #hasCell(line: number, column: number): boolean {
    return column < (this.#lines[line]?.length ?? 0) - 1
  }

  #width(from: number, to: number, column: number): number {
    const { minWidth, padding, remembered } = this.#options
    let width = Math.max(minWidth, remembered?.[column] ?? 0)
    for (let i = from; i < to; i++) width = Math.max(width, runes(this.#lines[i]?.[column] ?? '') + padding)
    if (remembered) remembered[column] = Math.max(width, remembered[column] ?? 0)
    return width
  }

  #write(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const cells = this.#lines[i] ?? []
      this.#out.push(cells.map((cell, j) => cell + this.#padding(cell, j)).join(''))
    }
  }

  #padding(cell: string, column: number): string {
    const width = this.#widths[column]
    return width === undefined ? '' : ' '.repeat(Math.max(0, width - runes(cell)))
  }
}

/** Characters as Go counts them. */
function runes(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
