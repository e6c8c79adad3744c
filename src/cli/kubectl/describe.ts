import { isNotFound } from '../../base/errors.ts'
import type { Event } from '../../kinds/generated/types.ts'
import { pathOf } from './api/discovery.ts'
import { FILE_FLAGS } from './api/manifests.ts'
import { ALL_NAMESPACES, type Found, findObjects, metadataOf, SELECTOR } from './api/targets.ts'
import { throwAll, PlainError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { describerOf } from './describe/index.ts'
import type { DescribeContext } from './describe/shared.ts'
import { Writer } from './describe/writer.ts'

/** `kubectl describe`. */
export const describe: Verb = {
  name: 'describe',
  use: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  short: 'Show details of a specific resource or group of resources',
  long: `Show details of a specific resource or group of resources.

 Prints a detailed description of the selected resources, with what belongs to them, such as events. If no object has the name given, all whose names begin with it are shown.`,
  examples: [
    '# Describe a node',
    'kubectl describe nodes worker-1',
    '',
    '# Describe all pods with a label',
    'kubectl describe pods -l name=myLabel',
  ],
  flags: [
    ...FILE_FLAGS('Filename, directory, or URL to files containing the resource to describe'),
    ALL_NAMESPACES,
    SELECTOR,
    flag('int', 'chunk-size', 'Taken for the sake of scripts: lists come whole.', { default: '500' }),
    flag('bool', 'show-events', 'If true, display events related to the described object.', { default: 'true' }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { args, flags, io, session } = call
  if (args.length === 0 && flags.texts('filename').length === 0 && !flags.text('kustomize'))
    throw new PlainError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    )
  const { found, errors } = await findObjects(call, args, { listing: true })
  const [missing] = errors
  if (errors.length === 1 && isNotFound(missing) && args.length === 2) return describeByPrefix(call, missing)
  const withEvents = flags.changed('show-events') ? flags.on('show-events') : found.length + errors.length <= 1
  let first = true
  for (const f of found) {
    try {
      const text = await describeOne(call, f, withEvents)
      io.out(first ? text : `\n\n${text}`)
      first = false
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
  if (found.length > 0) return
  io.err(
    flags.on('all-namespaces') ? 'No resources found\n' : `No resources found in ${session.namespace} namespace.\n`,
  )
}

async function describeByPrefix(call: Call, missing: unknown): Promise<void> {
  const [type = '', prefix = ''] = call.args
  const { found, errors } = await findObjects(call, [type], { listing: true })
  throwAll(errors)
  const chosen = found.filter(f => f.name.startsWith(prefix))
  if (chosen.length === 0) throw missing
  const withEvents = call.flags.changed('show-events') ? call.flags.on('show-events') : true
  for (const f of chosen) call.io.out(`${await describeOne(call, f, withEvents)}\n`)
}

async function describeOne(call: Call, f: Found, withEvents: boolean): Promise<string> {
  const w = new Writer()
  await describerOf(f.resource)(w, f.object, contextFor(call, f, withEvents))
  return w.toString()
}

function contextFor(call: Call, f: Found, withEvents: boolean): DescribeContext {
  const { connection } = call.session
  const list = async <T>(path: string, query: Record<string, string> = {}): Promise<T[]> =>
    (await connection.json<{ items?: T[] | null }>({ path, query })).items ?? []
  return {
    now: call.io.clock.now(),
    list,
    get: path => connection.json({ path }),
    events: async (o = {}) => {
      if (!withEvents) return undefined
      const kind = o.kind ?? f.resource.kind
      const uid = o.uid ?? metadataOf(f.object).uid
      const fields = [
        `involvedObject.name=${f.name}`,
        `involvedObject.namespace=${f.namespace}`,
        ...(kind ? [`involvedObject.kind=${kind}`] : []),
        ...(uid ? [`involvedObject.uid=${uid}`] : []),
      ]
      try {
        return await list<Event>(pathOf(EVENTS, f.namespace), { fieldSelector: fields.join(',') })
      } catch {
        // Who may read the object but not its events sees it without them.
        return undefined
      }
    },
  }
}

const EVENTS = {
  group: '',
  version: 'v1',
  plural: 'events',
  singular: 'event',
  kind: 'Event',
  namespaced: true,
  verbs: [],
  shortNames: [],
  categories: [],
}
