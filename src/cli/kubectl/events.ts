import type { Event } from '../../kinds/generated/types.ts'
import { pathOf, requireResource } from './api/discovery.ts'
import { ALL_NAMESPACES } from './api/targets.ts'
import { watchEvents } from './api/watching.ts'
import { PlainError, ToldError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { objectPrinter, PRINT_FLAGS } from './print/output.ts'
import { alignTabs, GET_TABS } from './print/tabwriter.ts'
import { timeSince } from './print/times.ts'

/** `kubectl events`. */
export const events: Verb = {
  name: 'events',
  use: 'events [(-o|--output=)json|yaml|name|jsonpath] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  short: 'List events',
  long: 'Display events, the oldest first.\n\n All of a namespace, those of all namespaces, or those about one object.',
  examples: [
    '# List recent events in the default namespace',
    'kubectl events',
    '',
    '# List recent events for the specified pod, then wait for more events and list them as they arrive',
    'kubectl events --for pod/web-pod-13je7 --watch',
    '',
    '# List recent only events of type "Warning" or "Normal"',
    'kubectl events --types=Warning,Normal',
  ],
  flags: [
    ...PRINT_FLAGS,
    ALL_NAMESPACES,
    flag('int', 'chunk-size', 'Taken for the sake of scripts: lists come whole.', { default: '500' }),
    flag('string', 'for', 'Filter events to only those pertaining to the specified resource.'),
    flag('bool', 'no-headers', 'When using the default output format, do not print headers.'),
    flag('list', 'types', 'Output only events of given types.'),
    flag('bool', 'watch w', 'After listing the requested events, watch for more events.'),
  ],
  run,
}

interface Found {
  readonly metadata: { resourceVersion: string }
  readonly items?: Event[] | null
}

async function run(call: Call): Promise<void> {
  const { flags, io, session } = call
  const everywhere = flags.on('all-namespaces')
  const namespace = everywhere ? '' : session.namespace
  const types = flags.texts('types')
  for (const type of types)
    if (!['normal', 'warning'].includes(type.toLowerCase())) throw new PlainError('valid --types are Normal or Warning')
  const about = flags.text('for') ? await aboutOf(call, flags.text('for')) : {}
  const fieldSelector = Object.entries(about)
    .map(([key, value]) => `involvedObject.${key}=${value}`)
    .join(',')
  const resource = requireResource(await session.resources(), 'events')
  const path = pathOf(resource, namespace)
  const query = { fieldSelector: fieldSelector || undefined }
  const wanted = (e: Event): boolean =>
    types.length === 0 || types.some(t => t.toLowerCase() === (e.type ?? '').toLowerCase())
  const list = await session.connection.json<Found>({ path, query })
  const found = (list.items ?? []).filter(wanted).sort((a, b) => lastSeen(a) - lastSeen(b))
  const print = objectPrinter(flags)
  const now = (): number => io.clock.now()
  if (found.length === 0 && !flags.on('watch')) {
    io.err(everywhere ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`)
    return
  }
  if (print) io.out(print({ apiVersion: 'v1', kind: 'EventList', metadata: {}, items: found.map(typed) }))
  else io.out(alignTabs(eventRows(found, { now: now(), everywhere, headers: !flags.on('no-headers') }), GET_TABS))
  if (!flags.on('watch')) return
  const more = watchEvents(session.connection, {
    path,
    query: { ...query, resourceVersion: list.metadata.resourceVersion },
    signal: io.signal,
  })
  for await (const { type, object } of more) {
    const event = object as unknown as Event
    if (type === 'BOOKMARK' || type === 'DELETED' || !wanted(event)) continue
    io.out(
      print
        ? print({ ...typed(event) })
        : alignTabs(eventRows([event], { now: now(), everywhere, headers: false }), GET_TABS),
    )
  }
}

const typed = (event: Event): Event => ({ ...event, apiVersion: 'v1', kind: 'Event' })

/** What `--for` names, as involvedObject has it. */
async function aboutOf(call: Call, text: string): Promise<Record<string, string>> {
  const [type = '', name = '', ...more] = text.split('/')
  if (!type || !name || more.length > 0) throw new PlainError(`--for must be in resource/name form`)
  const resource = (await call.session.resources()).find(type)
  if (!resource) throw new ToldError(`the server doesn't have a resource type ${JSON.stringify(type)}`)
  const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version
  return { kind: resource.kind, apiVersion, name }
}

/** When an event was last seen, in milliseconds since the epoch. */
function lastSeen(e: Event): number {
  const time = e.series?.lastObservedTime ?? e.lastTimestamp ?? e.eventTime ?? e.metadata?.creationTimestamp
  return Date.parse(time ?? '') || 0
}

/** One event in a line, with tabs. */
export function eventRows(
  list: readonly Event[],
  o: { readonly now: number; readonly everywhere: boolean; readonly headers: boolean },
): string {
  const rows = list.map(e => [
    ...(o.everywhere ? [e.metadata?.namespace ?? ''] : []),
    intervalText(e, o.now),
    e.type ?? '',
    e.reason ?? '',
    `${e.involvedObject?.kind ?? ''}/${e.involvedObject?.name ?? ''}`,
    (e.message ?? '').trim(),
  ])
  const head = [...(o.everywhere ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']
  return (o.headers ? [head, ...rows] : rows).map(r => `${r.join('\t')}\n`).join('')
}

function intervalText(e: Event, now: number): string {
  const first = timeSince(e.firstTimestamp ?? e.eventTime ?? null, now)
  if (e.series) return `${timeSince(e.series.lastObservedTime ?? null, now)} (x${e.series.count} over ${first})`
  if ((e.count ?? 0) > 1) return `${timeSince(e.lastTimestamp ?? null, now)} (x${e.count} over ${first})`
  return first
}
