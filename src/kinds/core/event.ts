import { type FieldError, invalid, required } from '../../base/field-error.ts'
import { name, sinceText, text, wide } from '../columns.ts'
import type { Event } from '../generated/types.ts'
import type { Column } from '../kind.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { byteLength, isDnsSubdomain, isQualifiedName, nameIsPathSegment } from '../validation/names.ts'

export type CoreEvent = ObjectOf<Event>

/** Where events of both groups are kept, in the form of the core group. */
export const EVENT_STORAGE = 'core/events'

const SHORT_LIMIT = 128
const MESSAGE_LIMIT = 1024

export const event = defineKind<CoreEvent>({
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  schema: 'io.k8s.api.core.v1.Event',
  storage: EVENT_STORAGE,
  createOnUpdate: true,
  ownFieldLabels: true,
  validateName: nameIsPathSegment,
  validate: e => validateEvent(e),
  validateUpdate: e => validateEvent(e),
  columns: eventColumns(e => e),
  selectableFields: {
    'involvedObject.kind': e => e.involvedObject.kind ?? '',
    'involvedObject.namespace': e => e.involvedObject.namespace ?? '',
    'involvedObject.name': e => e.involvedObject.name ?? '',
    'involvedObject.uid': e => e.involvedObject.uid ?? '',
    'involvedObject.apiVersion': e => e.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': e => e.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': e => e.involvedObject.fieldPath ?? '',
    reason: e => e.reason ?? '',
    reportingComponent: e => e.reportingComponent ?? '',
    source: e => e.source?.component || e.reportingComponent || '',
    type: e => e.type ?? '',
  },
})

/** Faults that every event must be free of, whichever group it came through; groups name one field differently. */
export function validateEvent(
  e: CoreEvent,
  controllerField: 'reportingComponent' | 'reportingController' = 'reportingComponent',
): FieldError[] {
  const namespace = e.metadata.namespace ?? ''
  return [
    ...(e.eventTime ? validateNewForm(e, namespace, controllerField) : validateOldForm(e, namespace)),
    ...isDnsSubdomain(namespace).map(t => invalid('namespace', namespace, t)),
  ]
}

const mismatch = (e: CoreEvent): FieldError =>
  invalid('involvedObject.namespace', e.involvedObject.namespace ?? '', 'does not match event.namespace')

function validateOldForm(e: CoreEvent, namespace: string): FieldError[] {
  // About objects of the cluster there are events in the default namespace only.
  const about = e.involvedObject.namespace || (namespace === 'default' ? 'default' : '')
  return about === namespace ? [] : [mismatch(e)]
}

function validateNewForm(e: CoreEvent, namespace: string, controllerField: string): FieldError[] {
  const faults: FieldError[] = []
  if (!e.involvedObject.namespace && namespace !== 'default' && namespace !== 'kube-system') faults.push(mismatch(e))
  const controller = e.reportingComponent ?? ''
  if (!controller) faults.push(required(controllerField))
  for (const t of isQualifiedName(controller)) faults.push(invalid(controllerField, controller, t))
  const limited = (field: string, value: string, limit: number, needed: boolean): void => {
    if (!value && needed) faults.push(required(field))
    if (byteLength(value) > limit) faults.push(invalid(field, '', `can have at most ${limit} characters`))
  }
  limited('reportingInstance', e.reportingInstance ?? '', SHORT_LIMIT, true)
  limited('action', e.action ?? '', SHORT_LIMIT, true)
  limited('reason', e.reason ?? '', SHORT_LIMIT, true)
  limited('message', e.message ?? '', MESSAGE_LIMIT, false)
  return faults
}

/** The event table; `core` gives the core form of the kind's objects. */
export function eventColumns<T extends CoreEvent | { metadata: CoreEvent['metadata'] }>(
  core: (e: T) => CoreEvent,
): Column<T>[] {
  const of =
    (cell: (e: CoreEvent, now: number) => unknown) =>
    (e: T, now: number): unknown =>
      cell(core(e), now)
  return [
    text('Last Seen', of(lastSeen)),
    text(
      'Type',
      of(e => e.type ?? ''),
    ),
    text(
      'Reason',
      of(e => e.reason ?? ''),
    ),
    text('Object', of(objectText)),
    wide(
      'Subobject',
      of(e => e.involvedObject.fieldPath ?? ''),
    ),
    wide('Source', of(sourceText)),
    text(
      'Message',
      of(e => (e.message ?? '').trim()),
    ),
    wide('First Seen', of(firstSeen)),
    wide(
      'Count',
      of(e => e.series?.count ?? (e.count || 1)),
    ),
    { ...(name() as Column<T>), priority: 1 },
  ]
}

function firstSeen(e: CoreEvent, now: number): string {
  return sinceText(e.firstTimestamp || e.eventTime, now)
}

function lastSeen(e: CoreEvent, now: number): string {
  if (e.series) return sinceText(e.series.lastObservedTime, now)
  return e.lastTimestamp ? sinceText(e.lastTimestamp, now) : firstSeen(e, now)
}

function objectText({ involvedObject: o }: CoreEvent): string {
  const kind = (o.kind ?? '').toLowerCase()
  return o.name ? `${kind}/${o.name}` : kind
}

function sourceText(e: CoreEvent): string {
  const component = e.source?.component || e.reportingComponent || ''
  const instance = e.source?.host || e.reportingInstance || ''
  return instance ? `${component}, ${instance}` : component
}
