import { alignTabs, DESCRIBE_TABS } from '../print/tabwriter.ts'

/** Gathers the lines of a description; tabs are aligned at the end. */
export class Writer {
  #text = ''

  /** A line with two blanks for each level. */
  line(level: number, text: string): void {
    this.#text += `${'  '.repeat(level)}${text}\n`
  }

  /** Text as it stands. */
  raw(text: string): void {
    this.#text += text
  }

  toString(): string {
    return alignTabs(this.#text, DESCRIBE_TABS)
  }

  /** Without alignment: tabs stay. */
  get unaligned(): string {
    return this.#text
  }
}
