import type { Column } from './kind.ts'
import type { KubeObject } from './object.ts'

/** Parts of Table views that many kinds share. Descriptions come from generated/column-descriptions.ts. */

type Cell<T> = Column<T>['cell']

/** A column of texts. */
export const text = <T>(name: string, cell: Cell<T>): Column<T> => ({ name, description: '', cell })
/** A column that only `-o wide` shows. */
export const wide = <T>(name: string, cell: Cell<T>): Column<T> => ({ name, description: '', priority: 1, cell })
export const integer = <T>(name: string, cell: Cell<T>): Column<T> => ({ name, type: 'integer', description: '', cell })
export const boolean = <T>(name: string, cell: Cell<T>): Column<T> => ({ name, type: 'boolean', description: '', cell })

export const name = <T extends KubeObject>(): Column<T> => ({
  name: 'Name',
  format: 'name',
  description: '',
  cell: o => o.metadata.name,
})

/** The name, and `(default)` behind it where one of the annotations says so. */
export const nameOrDefault = <T extends KubeObject>(...annotations: readonly string[]): Column<T> => ({
  ...name<T>(),
  cell: ({ metadata }) =>
    annotations.some(a => metadata.annotations?.[a] === 'true') ? `${metadata.name} (default)` : metadata.name,
})

/** Time since creation, as kubectl prints it. */
export const age = <T extends KubeObject>(): Column<T> => ({
  name: 'Age',
  description: '',
  cell: (o, now) => sinceText(o.metadata.creationTimestamp, now),
})

/** `<unknown>` where there is no time, else how long ago it was. */
export function sinceText(time: string | undefined, now: number): string {
  return time ? durationText(now - Date.parse(time)) : '<unknown>'
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** A time span in at most two units, as k8s.io/apimachinery/pkg/util/duration writes it. */
export function durationText(ms: number): string {
  const seconds = Math.trunc(ms / SECOND)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(ms / MINUTE)
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(ms / HOUR)
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 24 * 8) return twoUnits(days, 'd', hours % 24, 'h')
  if (hours < 24 * 365 * 2) return `${days}d`
  const years = Math.trunc(days / 365)
  if (hours < 24 * 365 * 8) return twoUnits(years, 'y', days % 365, 'd')
  return `${years}y`
}

const twoUnits = (a: number, unitA: string, b: number, unitB: string): string =>
  b === 0 ? `${a}${unitA}` : `${a}${unitA}${b}${unitB}`

/** `<none>` for what is missing or empty. */
export const orNone = (value: string | undefined): string => value || '<none>'

/** `a=b,c=d` with keys in order, or `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return orNone(entries.map(([k, v]) => `${k}=${v}`).join(','))
}

/** A label selector as one text, as metav1.FormatLabelSelector writes it: `<none>` where it is empty or missing. */
export function selectorText(
  selector:
    | {
        readonly matchLabels?: Readonly<Record<string, string>> | undefined
        readonly matchExpressions?:
          | readonly {
              readonly key: string
              readonly operator: string
              readonly values?: readonly string[] | undefined
            }[]
          | undefined
      }
    | undefined,
): string {
  const parts = [
    ...Object.entries(selector?.matchLabels ?? {}).map(([k, v]) => ({ key: k, text: `${k}=${v}` })),
    ...(selector?.matchExpressions ?? []).map(e => ({ key: e.key, text: expressionText(e) })),
  ]
  return orNone(
    parts
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(p => p.text)
      .join(','),
  )
}

function expressionText(e: {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[] | undefined
}): string {
  const values = [...(e.values ?? [])].sort().join(',')
  switch (e.operator) {
    case 'In':
      return `${e.key} in (${values})`
    case 'NotIn':
      return `${e.key} notin (${values})`
    case 'Exists':
      return e.key
    default:
      return `!${e.key}`
  }
}

/** The first `max` of a list with commas, and `+ 2 more...` behind. */
export function someOf(list: readonly string[], max: number): string {
  const shown = list.slice(0, max).join(',')
  return list.length > max ? `${shown} + ${list.length - max} more...` : shown
}
