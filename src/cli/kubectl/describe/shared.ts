import type { Event, ObjectMeta, Taint, Toleration } from '../../../kinds/generated/types.ts'
import type { Json } from '../api/connection.ts'
import { timeSince } from '../print/times.ts'
import type { Writer } from './writer.ts'

/** What describers may ask the server for, beyond the object. */
export interface DescribeContext {
  readonly now: number
  /** The items of a list; empty where the server refuses. */
  readonly list: <T = Json>(path: string, query?: Record<string, string>) => Promise<T[]>
  readonly get: <T = Json>(path: string) => Promise<T>
  /** The events of the object; undefined where they are not wanted. */
  readonly events: (o?: { kind?: string; uid?: string }) => Promise<Event[] | undefined>
}

/** Writes the description of an object. */
export type Describer<T = Json> = (w: Writer, object: T, context: DescribeContext) => Promise<void> | void

export type Described<T> = T & { metadata: ObjectMeta }

const SKIPPED = new Set(['kubectl.kubernetes.io/last-applied-configuration'])
const MAX_ANNOTATION = 140

type Pairs = Readonly<Record<string, string>> | undefined

/** One label to a line, in order. */
export function labelLines(w: Writer, title: string, labels: Pairs): void {
  const keys = Object.keys(labels ?? {}).sort()
  if (keys.length === 0) return w.line(0, `${title}:\t<none>`)
  keys.forEach((key, i) => w.line(0, `${i === 0 ? `${title}:` : ''}\t${key}=${labels?.[key] ?? ''}`))
}

/** One annotation to a line; long ones and those of several lines below their key. */
export function annotationLines(w: Writer, title: string, annotations: Pairs): void {
  const keys = Object.keys(annotations ?? {})
    .filter(k => !SKIPPED.has(k))
    .sort()
  if (keys.length === 0) return w.line(0, `${title}:\t<none>`)
  keys.forEach((key, i) => {
    const head = `${i === 0 ? `${title}:` : ''}\t`
    const value = (annotations?.[key] ?? '').replace(/\n$/, '')
    if (value.length + key.length + 2 <= MAX_ANNOTATION && !value.includes('\n'))
      return w.line(0, `${head}${key}: ${value}`)
    w.line(0, `${head}${key}:`)
    for (const line of value.split('\n')) w.line(0, `\t  ${shorten(line, MAX_ANNOTATION - 2)}`)
  })
}

const shorten = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}...` : text)

/** Name, namespace, labels and annotations. */
export function headLines(
  w: Writer,
  { metadata: m }: { metadata: ObjectMeta },
  o: { namespaced?: boolean } = {},
): void {
  w.line(0, `Name:\t${m.name ?? ''}`)
  if (o.namespaced !== false) w.line(0, `Namespace:\t${m.namespace ?? ''}`)
  labelLines(w, 'Labels', m.labels)
  annotationLines(w, 'Annotations', m.annotations)
}

export function tolerationLines(w: Writer, title: string, tolerations: readonly Toleration[] | undefined): void {
  if (!tolerations?.length) return w.line(0, `${title}:\t<none>`)
  const sorted = [...tolerations].sort((a, b) =>
    (a.key ?? '') < (b.key ?? '') ? -1 : (a.key ?? '') > (b.key ?? '') ? 1 : 0,
  )
  sorted.forEach((t, i) => {
    let text = t.key ?? ''
    if (t.value) text += `=${t.value}`
    if (t.effect) text += `:${t.effect}`
    if (t.operator === 'Exists' && !t.value) text += t.key || t.effect ? ' op=Exists' : 'op=Exists'
    if (t.tolerationSeconds !== undefined && t.tolerationSeconds !== null) text += ` for ${t.tolerationSeconds}s`
    w.line(0, `${i === 0 ? `${title}:` : ''}\t${text}`)
  })
}

export function taintLines(w: Writer, title: string, taints: readonly Taint[] | undefined): void {
  if (!taints?.length) return w.line(0, `${title}:\t<none>`)
  const key = (t: Taint): string => `${t.effect},${t.key}`
  const sorted = [...taints].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  sorted.forEach((t, i) => {
    const text = t.effect
      ? `${t.key}${t.value ? `=${t.value}` : ''}:${t.effect}`
      : `${t.key}${t.value ? `=${t.value}:` : ''}`
    w.line(0, `${i === 0 ? `${title}:` : ''}\t${text}`)
  })
}

/** The events at the end of a description; nothing where they are not wanted. */
export function eventLines(w: Writer, events: readonly Event[] | undefined, now: number): void {
  if (!events) return
  if (events.length === 0) return w.line(0, 'Events:\t<none>')
  w.raw('Events:\n  Type\tReason\tAge\tFrom\tMessage\n')
  w.line(1, '----\t------\t----\t----\t-------')
  const at = (e: Event): number => (e.lastTimestamp ? Date.parse(e.lastTimestamp) : 0)
  for (const e of [...events].sort((a, b) => at(a) - at(b))) {
    const first = e.eventTime ? timeSince(e.eventTime, now) : timeSince(e.firstTimestamp, now)
    const age = e.series
      ? `${timeSince(e.series.lastObservedTime, now)} (x${e.series.count ?? 0} over ${first})`
      : (e.count ?? 0) > 1
        ? `${timeSince(e.lastTimestamp, now)} (x${e.count} over ${first})`
        : first
    const { fieldPath } = e.involvedObject
    const message = `${fieldPath ? `${fieldPath}: ` : ''}${(e.message ?? '').trim()}`
    w.line(
      1,
      `${e.type ?? ''}\t${e.reason ?? ''}\t${age}\t${e.source?.component || e.reportingComponent || ''}\t${message}`,
    )
  }
}

/** `Kind/name` of the controller; empty where there is none. */
export function controllerText({ ownerReferences }: ObjectMeta): string {
  const owner = ownerReferences?.find(o => o.controller === true)
  return owner ? `${owner.kind}/${owner.name}` : ''
}

export const boolText = (value: boolean | undefined | null): string => (value ? 'True' : 'False')
