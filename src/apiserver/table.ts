import { badRequest } from '../base/errors.ts'
import { showValue } from '../base/field-error.ts'
import type { Kind } from '../kinds/kind.ts'
import type { KubeObject } from '../kinds/object.ts'
import type { ListResult, Stored } from '../registry/api.ts'

export type IncludeObject = 'Metadata' | 'Object' | 'None'

/** The `includeObject` parameter. Throws 400. */
export function includeObject(value: string | undefined): IncludeObject {
  switch (value) {
    case undefined:
    case '':
    case 'Metadata':
      return 'Metadata'
    case 'Object':
    case 'None':
      return value
    default:
      throw badRequest(
        `Unable to convert to Table as requested: includeObject: Invalid value: ${showValue(value)}: must be 'Metadata', 'Object', 'None', or empty`,
      )
  }
}

export interface TableOptions {
  readonly kind: Kind
  /** Version of meta.k8s.io. */
  readonly version: string
  readonly include: IncludeObject
  readonly now: number
}

export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: string
  readonly metadata: ListMeta
  readonly columnDefinitions: unknown
  readonly rows: unknown[] | null
}

export interface ListMeta {
  resourceVersion?: string
  continue?: string
  remainingItemCount?: number
}

/** metadata of a list answer. */
export function listMeta(result: ListResult): ListMeta {
  return {
    ...(result.resourceVersion ? { resourceVersion: result.resourceVersion } : {}),
    ...(result.continue ? { continue: result.continue } : {}),
    ...(result.remainingItemCount ? { remainingItemCount: result.remainingItemCount } : {}),
  }
}

export function tableOfList(result: ListResult, options: TableOptions): Table {
  return table(listMeta(result), result.items, options)
}

export function tableOfObject(stored: Stored, options: TableOptions, columns = true): Table {
  const { resourceVersion } = stored.object.metadata
  return table(resourceVersion ? { resourceVersion } : {}, [stored], options, columns)
}

function table(metadata: ListMeta, items: readonly Stored[], options: TableOptions, columns = true): Table {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata,
    columnDefinitions: columns ? columnDefinitions(options.kind) : null,
    // What prints objects without columns of their own makes no list where there is nothing to print.
    rows: items.length === 0 && hasDefaultColumns(options.kind) ? null : items.map(s => row(s, options)),
  }
}

const hasDefaultColumns = ({ columns, custom }: Kind): boolean =>
  !custom && columns.length === 2 && columns[1]?.name === 'Created At'

const definitions = new WeakMap<Kind, unknown[]>()

function columnDefinitions(kind: Kind): unknown[] {
  let made = definitions.get(kind)
  if (!made) {
    made = kind.columns.map(c => ({
      name: c.name,
      type: c.type ?? 'string',
      format: c.format ?? '',
      description: c.description,
      priority: c.priority ?? 0,
    }))
    definitions.set(kind, made)
  }
  return made
}

function row(stored: Stored, { kind, version, include, now }: TableOptions): unknown {
  const object = stored.object as KubeObject
  const conditions = kind.rowConditions?.(object) ?? []
  return {
    cells: kind.columns.map(c => c.cell(object, now) ?? null),
    ...(conditions.length ? { conditions } : {}),
    object: include === 'None' ? null : include === 'Object' ? object : partialMetadata(stored, version),
  }
}

/** An object's metadata alone. */
export function partialMetadata(stored: Stored, version: string): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: stored.object.metadata }
}
