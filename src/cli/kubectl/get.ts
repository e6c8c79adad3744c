import { isNotFound } from '../../base/errors.ts'
import type { Json } from './api/connection.ts'
import { kindLabel, pathOf } from './api/discovery.ts'
import { FILE_FLAGS, readManifests } from './api/manifests.ts'
import {
  explainList,
  locateManifests,
  metadataOf,
  planTargets,
  SELECT_FLAGS,
  selectorQuery,
  type Target,
} from './api/targets.ts'
import { watchEvents } from './api/watching.ts'
import { ManyErrors, PlainError, throwAll, UsageError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { customColumnLines, parseCustomColumns, readCustomColumns } from './print/custom-columns.ts'
import { itemsOf, objectPrinter, splitFormat } from './print/output.ts'
import { sortRows, sortObjects } from './print/sort.ts'
import { type Table, TablePrinter, type TableOptions } from './print/table.ts'
import { alignTabs, GET_TABS } from './print/tabwriter.ts'
import { timeSince } from './print/times.ts'

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
const FORMATS = 'custom-columns,custom-columns-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,wide,yaml'

/** `kubectl get`. */
export const get: Verb = {
  name: 'get',
  use: 'get [(-o|--output=)json|yaml|name|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  short: 'Display one or many resources',
  long: `Display one or many resources.

 Prints a table of what matters most about the resources named. Without a namespace, only those of the current one are shown.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: [
    '# List all pods, with more information',
    'kubectl get pods -o wide',
    '',
    '# List several kinds, or objects by kind and name',
    'kubectl get rc,services',
    'kubectl get rc/web service/frontend',
    '',
    '# One field, and columns of your own',
    "kubectl get pod web -o jsonpath='{.status.phase}'",
    'kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[0].image',
  ],
  flags: [
    ...SELECT_FLAGS,
    ...FILE_FLAGS('Filename, directory, or URL to files identifying the resource to get from a server.'),
    flag('bool', 'allow-missing-template-keys', 'If true, missing fields are no error in jsonpath output.', {
      default: 'true',
    }),
    flag('int', 'chunk-size', 'Taken for the sake of scripts: lists come whole.', { default: '500' }),
    flag('bool', 'ignore-not-found', 'If the requested object does not exist the command will return exit code 0.'),
    flag('list', 'label-columns L', 'Labels that are shown as columns, between commas. May be repeated.'),
    flag(
      'bool',
      'no-headers',
      "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    flag('string', 'output o', `Output format. One of: (${FORMATS.replaceAll(',', ', ')}).`),
    flag('bool', 'output-watch-events', 'Output watch event objects when --watch or --watch-only is used.'),
    flag('string', 'raw', 'Raw URI to request from the server.  Uses the transport specified by the kubeconfig file.'),
    flag('bool', 'server-print', 'If true, have the server return the appropriate table output.', { default: 'true' }),
    flag('bool', 'show-kind', 'If present, list the resource type for the requested object(s).'),
    flag('bool', 'show-labels', 'When printing, show all labels as the last column (default hide labels column)'),
    flag(
      'bool',
      'show-managed-fields',
      'If true, keep the managedFields when printing objects in JSON or YAML format.',
    ),
    flag(
      'string',
      'sort-by',
      "If non-empty, sort list types using this field, as a JSONPath expression (e.g. '{.metadata.name}').",
    ),
    flag('string', 'subresource', 'If specified, gets the subresource of the requested object.'),
    flag('bool', 'watch w', 'After listing/getting the requested object, watch for changes.'),
    flag('bool', 'watch-only', 'Watch for changes to the requested object(s), without listing/getting first.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args, io, session } = call
  const fromFiles = flags.texts('filename').length > 0 || flags.text('kustomize') !== ''
  if (flags.text('raw')) {
    if (args.length > 0) throw new PlainError('arguments may not be passed when --raw is specified')
    return io.out(await session.connection.text({ path: flags.text('raw') }))
  }
  const watching = flags.on('watch') || flags.on('watch-only')
  if (flags.on('output-watch-events') && !watching)
    throw new PlainError('--output-watch-events option can only be used with --watch or --watch-only')
  if (args.length === 0 && !fromFiles) throw nothingNamed(call)
  const [format] = splitFormat(flags.text('output'))
  const human = format === '' || format === 'wide'
  if (fromFiles && args.length > 0)
    throw new PlainError(
      'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
    )
  if (flags.on('show-labels') && !human)
    throw new PlainError(`--show-labels option cannot be used with ${format} printer`)
  const print = human ? undefined : genericPrinter(call)
  const targets = fromFiles ? await fileTargets(call) : await argTargets(call)
  if (watching) return watch(call, targets, print)
  return print ? printGeneric(call, targets, print) : printTables(call, targets)
}

function nothingNamed(call: Call): Error {
  call.io.err(
    'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
  )
  return new UsageError(call.command, 'Required resource not specified.')
}

async function argTargets(call: Call): Promise<Target[]> {
  const { flags, session } = call
  return planTargets(await session.resources(), call.args, {
    namespace: session.namespace,
    allNamespaces: flags.on('all-namespaces'),
    filtered: Boolean(flags.text('selector') || flags.text('field-selector')),
    listing: true,
  })
}

async function fileTargets(call: Call): Promise<Target[]> {
  const { found, errors } = await locateManifests(call, await readManifests(call.flags, call.io))
  throwAll(errors)
  return found.map(({ resource, namespace, name }) => ({ resource, namespace, name }))
}

/** What tables are asked for; without --server-print plain objects, of which names and ages are shown. */
const tableAccept = (call: Call): string => (call.flags.on('server-print') ? TABLE : 'application/json')

const pathOfTarget = (t: Target, subresource = ''): string => pathOf(t.resource, t.namespace, t.name, subresource)

/** The answer for each target, and the faults of others. */
async function fetchAll<T>(
  call: Call,
  targets: readonly Target[],
  accept: string,
  query: Record<string, string>,
): Promise<{ answers: { target: Target; answer: T }[]; errors: unknown[] }> {
  const answers: { target: Target; answer: T }[] = []
  const errors: unknown[] = []
  for (const target of targets) {
    try {
      const selectors = target.name ? {} : selectorQuery(call)
      const path = pathOfTarget(target, call.flags.text('subresource'))
      answers.push({
        target,
        answer: await call.session.connection.json<T>({ path, accept, query: { ...selectors, ...query } }),
      })
    } catch (error) {
      if (call.flags.on('ignore-not-found') && isNotFound(error)) continue
      errors.push(target.name ? error : explainList(error, call, target.resource))
    }
  }
  return { answers, errors }
}

async function printTables(call: Call, targets: readonly Target[]): Promise<void> {
  const { flags, io, session } = call
  const sortBy = flags.text('sort-by')
  const query = sortBy ? { includeObject: 'Object' } : {}
  const { answers, errors } = await fetchAll<Table | Json>(call, targets, tableAccept(call), query)
  const withKind = new Set(answers.map(a => kindLabel(a.target.resource))).size > 1 || flags.on('show-kind')
  let printer: TablePrinter | undefined
  let last = ''
  let written = ''
  let block = ''
  const flush = (): void => {
    const text = alignTabs(block, GET_TABS)
    if (text && written && !flags.on('no-headers')) written += '\n'
    written += text
    block = ''
  }
  for (const { target, answer } of answers) {
    const label = kindLabel(target.resource)
    if (!printer || label !== last) {
      flush()
      printer = new TablePrinter(tableOptions(call, target, withKind))
      last = label
    }
    const table = asTable(answer, io.clock.now())
    block += printer.lines(sortBy ? sortRows(table, sortBy) : table)
  }
  flush()
  if (written) io.out(written)
  else if (!flags.on('ignore-not-found') && errors.length === 0) io.err(noneFound(call, targets, session.namespace))
  if (errors.length) throw errors.length === 1 ? errors[0] : new ManyErrors(errors)
}

function noneFound(call: Call, targets: readonly Target[], namespace: string): string {
  const inNamespace = !call.flags.on('all-namespaces') && targets.every(t => t.resource.namespaced)
  return inNamespace ? `No resources found in ${namespace} namespace.\n` : 'No resources found\n'
}

function tableOptions(call: Call, target: Target, withKind: boolean): TableOptions {
  const { flags } = call
  return {
    wide: flags.text('output') === 'wide',
    noHeaders: flags.on('no-headers'),
    withNamespace: flags.on('all-namespaces') && target.resource.namespaced,
    showLabels: flags.on('show-labels'),
    labelColumns: flags.texts('label-columns'),
    ...(withKind ? { kindPrefix: kindLabel(target.resource) } : {}),
  }
}

/** The table of the server; where it sends plain objects, their names and ages. */
function asTable(answer: Table | Json, now: number): Table {
  if (answer.kind === 'Table') return answer as Table
  return {
    kind: 'Table',
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name' },
      { name: 'Age', type: 'string' },
    ],
    rows: itemsOf(answer as Json).map(object => {
      const m = metadataOf(object)
      return { cells: [m.name, timeSince(m.creationTimestamp, now)], object: object as never }
    }),
  }
}

/** Prints one object, or a list of many. */
type Print = (object: Json) => string

function genericPrinter(call: Call): Print {
  const [format, rest] = splitFormat(call.flags.text('output'))
  if (format.startsWith('custom-columns')) return customPrinter(call, format, rest ?? '')
  const printer = objectPrinter(call.flags, FORMATS)
  if (!printer) throw new Error('a format is given')
  return printer
}

function customPrinter(call: Call, format: string, rest: string): Print {
  const columns = format === 'custom-columns' ? parseCustomColumns(rest) : readCustomColumns(rest)
  const remembered: number[] = []
  let headed = call.flags.on('no-headers')
  return object => {
    const lines = customColumnLines(columns, itemsOf(object), !headed)
    headed = true
    return alignTabs(lines, { ...GET_TABS, remembered })
  }
}

async function printGeneric(call: Call, targets: readonly Target[], print: Print): Promise<void> {
  const { flags, io } = call
  const { answers, errors } = await fetchAll<Json>(call, targets, 'application/json', {})
  const single = targets.length === 1 && targets[0]?.name !== undefined
  if (single && errors.length) throw errors[0]
  const objects = answers.flatMap(a => itemsWithType(a.answer))
  if (objects.length === 0 && flags.on('ignore-not-found')) return throwAll(errors)
  const sorted = flags.text('sort-by') ? sortObjects(objects, flags.text('sort-by')) : objects
  const whole =
    single && sorted[0]
      ? sorted[0]
      : { apiVersion: 'v1', items: sorted, kind: 'List', metadata: { resourceVersion: '' } }
  io.out(print(whole))
  throwAll(errors)
}

/** Items of lists that the server sends without kind and version. */
function itemsWithType(answer: Json): Json[] {
  if (!Array.isArray(answer['items']) || !String(answer['kind']).endsWith('List')) {
    return answer['items'] === null && String(answer['kind']).endsWith('List') ? [] : [answer]
  }
  const typed = { apiVersion: answer['apiVersion'], kind: String(answer['kind']).slice(0, -4) }
  return (answer['items'] as Json[]).map(item => ({ ...typed, ...item }))
}

async function watch(call: Call, targets: readonly Target[], print: Print | undefined): Promise<void> {
  const [target, ...more] = targets
  if (!target) return
  if (more.length) throw new PlainError('you may only specify a single resource type')
  const { flags, io, session } = call
  const accept = print ? 'application/json' : tableAccept(call)
  const first = await session.connection.json<Table & Json>({
    path: pathOfTarget(target),
    accept,
    query: target.name ? {} : selectorQuery(call),
  })
  const remembered: number[] = []
  const table = new TablePrinter(tableOptions(call, target, flags.on('show-kind')))
  const withEvents = flags.on('output-watch-events')
  const show = (type: string, object: Table | Json): void => {
    if (!print)
      return io.out(
        alignTabs(table.lines(asTable(object, io.clock.now()), withEvents ? type : undefined), {
          ...GET_TABS,
          remembered,
        }),
      )
    for (const item of itemsWithType(object as Json)) io.out(print(withEvents ? { type, object: item } : item))
  }
  if (!flags.on('watch-only')) show('ADDED', first)
  const named = target.name !== undefined
  const { timeoutMs } = session.access
  const ended = new AbortController()
  using _timer = timeoutMs > 0 ? io.clock.setTimer(timeoutMs, () => ended.abort()) : undefined
  const events = watchEvents(session.connection, {
    path: pathOf(target.resource, target.namespace),
    query: named
      ? { fieldSelector: `metadata.name=${target.name}`, resourceVersion: '0' }
      : { ...selectorQuery(call), resourceVersion: metadataOf(first).resourceVersion ?? '' },
    accept,
    signal: AbortSignal.any([io.signal, ended.signal]),
  })
  // A watch on one object starts with the object that has been shown already.
  let skip = named
  for await (const event of events) {
    if (event.type === 'BOOKMARK') continue
    if (skip) skip = false
    else show(event.type, event.object)
  }
}
