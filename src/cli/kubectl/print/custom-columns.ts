import { readFileSync } from 'node:fs'
import type { Json } from '../api/connection.ts'
import { PlainError } from '../base/errors.ts'
import { relaxed, selectJsonPath } from './jsonpath.ts'

/** Columns of `NAME:.metadata.name,IMAGE:.spec.containers[*].image`. */
export interface CustomColumn {
  readonly header: string
  readonly path: string
}

/** Reads the specification of -o custom-columns. Throws PlainError with kubectl's texts. */
export function parseCustomColumns(spec: string): CustomColumn[] {
  if (spec === '') throw new PlainError('custom-columns format specified but no custom columns given')
  return spec.split(',').map(part => {
    const at = part.indexOf(':')
    if (at < 0) throw new PlainError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`)
    return { header: part.slice(0, at), path: relaxed(part.slice(at + 1)) }
  })
}

/** Reads the file of -o custom-columns-file: a line of headers above a line of paths. Throws as the other. */
export function readCustomColumns(path: string): CustomColumn[] {
  if (path === '') throw new PlainError('custom-columns-file format specified but no custom columns file given')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new PlainError(`error reading template ${path}, open ${path}: no such file or directory`)
  }
  const [headers = [], paths = []] = text.split('\n').map(line => line.split(/\s+/).filter(Boolean))
  if (headers.length === 0 || headers.length !== paths.length)
    throw new PlainError(`number of headers (${headers.length}) and field specifications (${paths.length}) don't match`)
  return headers.map((header, i) => ({ header, path: relaxed(paths[i] ?? '') }))
}

/** Lines with tabs between the cells, to be aligned. */
export function customColumnLines(
  columns: readonly CustomColumn[],
  objects: readonly Json[],
  headers: boolean,
): string {
  const rows = objects.map(o => columns.map(c => cell(selectJsonPath(c.path, o))))
  const lines = headers ? [columns.map(c => c.header), ...rows] : rows
  return lines.map(l => `${l.join('\t')}\n`).join('')
}

function cell(values: readonly unknown[]): string {
  return values.length === 0 ? '<none>' : values.map(goValue).join(',')
}

/** A value as Go prints it: `map[a:b]`, `[x y]`. */
function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const keys = Object.keys(value).sort()
  return `map[${keys.map(k => `${k}:${goValue((value as Json)[k])}`).join(' ')}]`
}
