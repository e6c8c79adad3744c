import { labelsText } from '../../../kinds/columns.ts'
import type { Json } from '../api/connection.ts'

export interface TableColumn {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly priority?: number
}
export interface TableRow {
  cells: unknown[]
  readonly object?: { metadata?: { name?: string; namespace?: string; labels?: Record<string, string> } & Json } & Json
}
/** meta.k8s.io/v1 Table. */
export interface Table {
  readonly kind: 'Table'
  readonly columnDefinitions: readonly TableColumn[]
  readonly rows: readonly TableRow[]
  readonly metadata?: { resourceVersion?: string; continue?: string }
}

export interface TableOptions {
  readonly wide: boolean
  readonly noHeaders: boolean
  readonly withNamespace: boolean
  /** `pod`: names are printed as `pod/name`. */
  readonly kindPrefix?: string
  readonly showLabels: boolean
  readonly labelColumns: readonly string[]
}

/** Prints tables one after another; the header comes again only where the columns change. */
export class TablePrinter {
  readonly #options: TableOptions
  #columns: readonly TableColumn[] = []
  #headed = false

  constructor(options: TableOptions) {
    this.#options = options
  }

  /** Lines with tabs between the cells, to be aligned. `event` names the type of a watch event. */
  lines(table: Table, event?: string): string {
    const columns = table.columnDefinitions?.length ? table.columnDefinitions : this.#columns
    if (JSON.stringify(columns) !== JSON.stringify(this.#columns)) this.#headed = false
    this.#columns = columns
    const rows = table.rows ?? []
    const header = !this.#options.noHeaders && !this.#headed && rows.length > 0
    if (rows.length > 0) this.#headed = true
    const shown = columns.map((c, i) => ({ ...c, i })).filter(c => this.#options.wide || !c.priority)
    const lines = rows.map(row => this.#row(row, shown, event))
    if (header) lines.unshift(this.#header(shown, event))
    return lines.map(l => `${l}\n`).join('')
  }

  #header(shown: readonly TableColumn[], event: string | undefined): string {
    const { withNamespace, labelColumns, showLabels } = this.#options
    return [
      ...(event ? ['EVENT'] : []),
      ...(withNamespace ? ['NAMESPACE'] : []),
      ...shown.map(c => c.name.toUpperCase()),
      ...labelColumns.map(l => (l.split('/').at(-1) ?? l).toUpperCase()),
      ...(showLabels ? ['LABELS'] : []),
    ].join('\t')
  }

  #row(row: TableRow, shown: readonly (TableColumn & { i: number })[], event: string | undefined): string {
    const { withNamespace, labelColumns, showLabels, kindPrefix } = this.#options
    const metadata = row.object?.metadata
    const cells = shown.map(c => {
      const cell = cellText(row.cells[c.i])
      return kindPrefix && c.format === 'name' && c.type === 'string' ? `${kindPrefix}/${cell}` : cell
    })
    const labels = metadata?.labels ?? {}
    return [
      ...(event ? [event.padEnd(8)] : []),
      ...(withNamespace ? [metadata?.namespace ?? ''] : []),
      ...cells,
      ...labelColumns.map(l => (Object.hasOwn(labels, l) ? (labels[l] ?? '') : '<none>')),
      ...(showLabels ? [labelsText(labels)] : []),
    ].join('\t')
  }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  const end = text.search(/[\f\n\r]/)
  return visible(end < 0 ? text : `${text.slice(0, end)}...`)
}

/** Control characters as the terminal may see them. */
// oxlint-disable-next-line no-control-regex -- escaping them is the point
const visible = (text: string): string => text.replaceAll('\u001b', '^[').replaceAll('\t', ' ')
