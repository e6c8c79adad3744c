import { PlainError } from '../base/errors.ts'
import { flag, type FlagSpec, type Flags } from '../base/flags.ts'
import type { Call } from '../base/verb.ts'
import { compactJson } from '../print/json.ts'
import { nameOf, objectPrinter, PRINT_FLAGS } from '../print/output.ts'
import type { Json } from './connection.ts'
import { pathOf } from './discovery.ts'
import { type Found, metadataOf } from './targets.ts'

export type DryRun = 'none' | 'client' | 'server'

export const DRY_RUN = flag(
  'string',
  'dry-run',
  'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
  { default: 'none', bare: 'unchanged' },
)
export const VALIDATE = flag(
  'string',
  'validate',
  'Must be one of: strict (or true), warn, ignore (or false). Fields that are unknown or stand twice fail the request, are warned about, or are dropped in silence.',
  { default: 'strict', bare: 'strict' },
)
export const SAVE_CONFIG = flag(
  'bool',
  'save-config',
  'If true, the configuration of current object will be saved in its annotation, as apply wants it. Otherwise, the annotation will be unchanged.',
)
/** On its way out: help does not show it. */
export const RECORD: FlagSpec = {
  ...flag(
    'bool',
    'record',
    'Record current kubectl command in the resource annotation. If set to false, do not record the command. If set to true, record the command. If not set, default to updating the existing annotation value only if one already exists.',
  ),
  hidden: true,
}
export const fieldManager = (preset: string): FlagSpec =>
  flag('string', 'field-manager', 'Name of the manager used to track field ownership.', { default: preset })

/** The flags of verbs that make objects. */
export const createFlags = (manager: string): FlagSpec[] => [
  ...PRINT_FLAGS,
  DRY_RUN,
  SAVE_CONFIG,
  RECORD,
  fieldManager(manager),
]

/** The value of --dry-run. Throws with kubectl's text. */
export function dryRunOf(flags: Flags): DryRun {
  const value = flags.text('dry-run')
  if (value === 'none' || value === 'client' || value === 'server') return value
  // As in older releases: the flag alone.
  if (value === 'unchanged') return 'client'
  if (value === '')
    throw new PlainError(
      '--dry-run flag without a value was specified. A value must be set: "none", "server", or "client".',
    )
  throw new PlainError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`)
}

/** ` (dry run)` and ` (server dry run)` behind the messages. */
export const dryRunNote = (dryRun: DryRun): string =>
  dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : ''

/** Query of a write: manager, validation, dry run. */
export function writeQuery(flags: Flags, dryRun: DryRun): Record<string, string | undefined> {
  return {
    fieldManager: flags.text('field-manager') || undefined,
    fieldValidation: flags.has('validate') ? validationOf(flags.text('validate')) : undefined,
    dryRun: dryRun === 'server' ? 'All' : undefined,
  }
}

function validationOf(value: string): string {
  switch (value) {
    case 'true':
    case 'strict':
      return 'Strict'
    case 'warn':
      return 'Warn'
    case 'false':
    case 'ignore':
      return 'Ignore'
    default:
      throw new PlainError(
        `invalid - validate option "${value}"; must be one of: strict (or true), warn, ignore (or false)`,
      )
  }
}

/** Prints an object as -o says, or `pod/web created (dry run)`. */
export function reporter(call: Call, dryRun: DryRun): (object: Json, done: string) => void {
  const printer = objectPrinter(call.flags)
  return (object, done) => {
    if (printer) call.io.out(printer(object))
    else call.io.out(`${nameOf(object)} ${done}${dryRunNote(dryRun)}\n`)
  }
}

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const CHANGE_CAUSE = 'kubernetes.io/change-cause'

/** A copy that carries its own configuration in the annotation that apply compares with. */
export function withLastApplied(object: Json): Json {
  const metadata = metadataOf(object)
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations ?? {}
  const text = `${compactJson({ ...object, metadata: { ...metadata, annotations } })}\n`
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } }
}

/** The command line as change-cause records it: arguments, then flags with their long names. */
export function changeCause(call: Call): string {
  const flags = call.flags.history.map(f => ` --${f.name}=${f.value}`).join('')
  return `${[call.command, ...call.args].join(' ')}${flags}`
}

/** Whether --record, or a cause that is there already, asks for a new one. */
function wantsCause(call: Call, object: Json): boolean {
  if (call.flags.changed('record')) return call.flags.on('record')
  return metadataOf(object).annotations?.[CHANGE_CAUSE] !== undefined
}

/** A copy with the cause of the change, where wanted; tells that --record is on its way out. */
export function recorded(call: Call, object: Json): Json {
  if (!wantsCause(call, object)) return object
  const metadata = metadataOf(object)
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [CHANGE_CAUSE]: changeCause(call) } },
  }
}

/** The line that pflag prints for a flag on its way out. */
export function warnRecord(call: Call): void {
  if (call.flags.changed('record'))
    call.io.err('Flag --record has been deprecated, --record will be removed in the future\n')
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const
export type PatchType = keyof typeof PATCH_TYPES

/** Sends a new object to the collection at `path`; resolves with what it has become, or itself in a client's dry run. */
export async function sendCreate(call: Call, path: string, object: Json, dryRun: DryRun): Promise<Json> {
  if (dryRun === 'client') return object
  const query = writeQuery(call.flags, dryRun)
  return call.session.connection.json({ method: 'POST', path, query, body: object })
}

/** Sends a patch; resolves with the object as it is then. */
export function sendPatch(
  call: Call,
  target: Pick<Found, 'resource' | 'namespace' | 'name'>,
  o: { type: PatchType; body: unknown; dryRun: DryRun; subresource?: string },
): Promise<Json> {
  return call.session.connection.json({
    method: 'PATCH',
    path: pathOf(target.resource, target.namespace, target.name, o.subresource),
    query: writeQuery(call.flags, o.dryRun),
    contentType: PATCH_TYPES[o.type],
    body: o.body,
  })
}

/** The annotation that --record wants on the object, as a merge patch; undefined where it wants none. */
export function causePatch(call: Call, object: Json): Json | undefined {
  const cause = metadataOf(recorded(call, object)).annotations?.[CHANGE_CAUSE]
  if (!cause || cause === metadataOf(object).annotations?.[CHANGE_CAUSE]) return undefined
  return { metadata: { annotations: { [CHANGE_CAUSE]: cause } } }
}
