import { type FieldError, invalid, required } from '../../base/field-error.ts'
import { type CoreEvent, EVENT_STORAGE, eventColumns, validateEvent } from '../core/event.ts'
import type { EventsV1Event } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { KubeObject, ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { IMMUTABLE, validateImmutable } from '../validation/metadata.ts'

type Whole = ObjectOf<EventsV1Event>

/** The same objects as core Events, with other names for some fields and strict rules. */
export const eventsEvent = defineKind<Whole>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  schema: 'io.k8s.api.events.v1.Event',
  storage: EVENT_STORAGE,
  fromStored: stored => fromCore(stored as CoreEvent),
  toStored: toCore,
  createOnUpdate: true,
  ownFieldLabels: true,
  validate: e => [...validateEvent(toCore(e), 'reportingController'), ...validateStrictly(toCore(e))],
  validateUpdate: (now, old) => validateChange(toCore(now), toCore(old)),
  columns: eventColumns(toCore),
  selectableFields: {
    reason: e => e.reason ?? '',
    'regarding.kind': e => e.regarding?.kind ?? '',
    'regarding.namespace': e => e.regarding?.namespace ?? '',
    'regarding.name': e => e.regarding?.name ?? '',
    'regarding.uid': e => e.regarding?.uid ?? '',
    'regarding.apiVersion': e => e.regarding?.apiVersion ?? '',
    'regarding.resourceVersion': e => e.regarding?.resourceVersion ?? '',
    'regarding.fieldPath': e => e.regarding?.fieldPath ?? '',
    reportingController: e => e.reportingController ?? '',
    type: e => e.type ?? '',
  },
})

/** Leaves out what is absent; null times stand in both forms. */
function withoutAbsent<T extends object>(object: T): T {
  for (const key of Object.keys(object)) if (Reflect.get(object, key) === undefined) Reflect.deleteProperty(object, key)
  return object
}

export function toCore(e: Whole): CoreEvent {
  return withoutAbsent({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: e.metadata,
    involvedObject: e.regarding ?? {},
    reason: e.reason,
    message: e.note,
    source: e.deprecatedSource ?? {},
    firstTimestamp: e.deprecatedFirstTimestamp,
    lastTimestamp: e.deprecatedLastTimestamp,
    count: e.deprecatedCount,
    type: e.type,
    eventTime: e.eventTime,
    series: e.series,
    action: e.action,
    related: e.related,
    reportingComponent: e.reportingController ?? '',
    reportingInstance: e.reportingInstance ?? '',
  })
}

export function fromCore(e: CoreEvent & KubeObject): Whole {
  return withoutAbsent({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: e.metadata,
    // The schema asks for it, but events of the old form have none: it is null there.
    eventTime: e.eventTime as string,
    series: e.series as EventsV1Event['series'],
    reportingController: e.reportingComponent || undefined,
    reportingInstance: e.reportingInstance || undefined,
    action: e.action,
    reason: e.reason,
    regarding: e.involvedObject,
    related: e.related,
    note: e.message,
    type: e.type,
    deprecatedSource: e.source ?? {},
    deprecatedFirstTimestamp: e.firstTimestamp,
    deprecatedLastTimestamp: e.lastTimestamp,
    deprecatedCount: e.count || undefined,
  })
}

function validateSeries(e: CoreEvent): FieldError[] {
  if (!e.series) return []
  return [
    ...((e.series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(e.series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ]
}

function validateStrictly(e: CoreEvent): FieldError[] {
  const unset = (field: string, value: unknown): FieldError[] =>
    value ? [invalid(field, '', 'needs to be unset')] : []
  return [
    ...validateSeries(e),
    ...(e.eventTime ? [] : [required('eventTime')]),
    ...(e.type === 'Normal' || e.type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${e.type ?? ''}`)]),
    ...unset('firstTimestamp', e.firstTimestamp),
    ...unset('lastTimestamp', e.lastTimestamp),
    ...unset('count', e.count),
    ...unset('source', e.source?.component || e.source?.host),
  ]
}

/** As often as Kubernetes compares them: the reason twice. */
const FIXED = [
  'involvedObject',
  'reason',
  'message',
  'reason',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingInstance',
] as const

/** What Go has in these fields where nothing is given. */
const ZEROS: Partial<Record<(typeof FIXED)[number], unknown>> = {
  reason: '',
  message: '',
  count: 0,
  type: '',
  action: '',
  reportingInstance: '',
}

function validateChange(now: CoreEvent, old: CoreEvent): FieldError[] {
  return [
    ...validateEvent(now, 'reportingController'),
    ...(semanticEqual(now.series, old.series) ? [] : validateSeries(now)),
    ...FIXED.flatMap(f => validateImmutable(now[f] ?? ZEROS[f], old[f] ?? ZEROS[f], f)),
    ...((now.related === undefined) !== (old.related === undefined) && semanticEqual(now.related, old.related)
      ? [invalid('related', now.related, IMMUTABLE)]
      : []),
    ...validateImmutable(now.reportingComponent ?? '', old.reportingComponent ?? '', 'reportingController'),
  ]
}
