import { isNotFound } from '../../base/errors.ts'
import { type Doomed, sendDelete, waitGone } from './api/deletion.ts'
import { kindLabel } from './api/discovery.ts'
import { FILE_FLAGS } from './api/manifests.ts'
import { ALL, type Found, findObjects, SELECT_FLAGS } from './api/targets.ts'
import { DRY_RUN, type DryRun, dryRunNote, dryRunOf } from './api/writing.ts'
import { PlainError, throwAll, withSource } from './base/errors.ts'
import { flag, type FlagSpec, type Flags } from './base/flags.ts'
import { say } from './base/io.ts'
import type { Call, Verb } from './base/verb.ts'

/** A week: how long deletes wait where nothing else is said. */
const FOREVER_MS = 7 * 24 * 3_600_000

export const CASCADE: FlagSpec = flag(
  'string',
  'cascade',
  'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
  { default: 'background', bare: 'background' },
)
/** How things are deleted: for delete, and what replaces or removes by the way. */
export const DELETE_FLAGS: readonly FlagSpec[] = [
  CASCADE,
  flag(
    'bool',
    'force',
    'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.',
  ),
  flag(
    'int',
    'grace-period',
    'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).',
    { default: '-1' },
  ),
  flag(
    'duration',
    'timeout',
    'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
  ),
]

/** `kubectl delete`. */
export const deleteVerb: Verb = {
  name: 'delete',
  use: 'delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  long: `Delete resources by file names, stdin, resources and names, or by resources and label selector.

 Only one type of argument may be given: file names, resources and names, or resources and label selector. Pods are given time to end (30 seconds by default); --grace-period changes it, and --force removes the object at once without waiting for the node.`,
  examples: [
    '# Delete what a file describes',
    'kubectl delete -f ./pod.json',
    '',
    '# By name, by label, or all of a kind',
    'kubectl delete pod,service baz foo',
    'kubectl delete pods,services -l name=myLabel',
    'kubectl delete pods --all',
  ],
  flags: [
    ...SELECT_FLAGS,
    ALL,
    ...FILE_FLAGS('containing the resource to delete.'),
    ...DELETE_FLAGS,
    DRY_RUN,
    flag(
      'bool',
      'ignore-not-found',
      'Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified.',
    ),
    flag('bool', 'now', 'If true, resources are signaled for immediate shutdown (same as --grace-period=1).'),
    flag('string', 'output o', 'Output mode. Use "-o name" for shorter output (resource/name).'),
    flag('bool', 'wait', 'If true, wait for resources to be gone before returning. This waits for finalizers.', {
      default: 'true',
    }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args, io } = call
  const grace = graceOf(flags)
  checkFlags(flags, grace)
  const dryRun = dryRunOf(flags)
  if (grace === 0 && flags.on('force'))
    io.err(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    )
  const selects = flags.on('all') || Boolean(flags.text('selector') || flags.text('field-selector'))
  const ignore = flags.changed('ignore-not-found') ? flags.on('ignore-not-found') : selects
  const { found, errors } = await findObjects(call, args, { read: false })
  const faults = errors.filter(e => !(ignore && isNotFound(e)))
  if (flags.on('all-namespaces') === false && flags.texts('filename').length === 0) warnClusterScope(call, found)
  const doomed: Doomed[] = []
  for (const f of found) {
    try {
      const uid = await deleteOne(call, f, grace, dryRun)
      if (uid !== undefined) doomed.push({ ...f, uid })
    } catch (error) {
      if (!(ignore && isNotFound(error))) faults.push(withSource(error, 'deleting', f.source))
    }
  }
  throwAll(faults)
  if (found.length === 0) return say(io, 'No resources found')
  if (!flags.on('wait') || dryRun !== 'none') return
  for (const d of doomed) await waitGone(call, d, flags.duration('timeout') || FOREVER_MS)
}

/** Seconds, or -1 for what the object says. */
function graceOf(flags: Flags): number {
  const given = flags.number('grace-period')
  if (flags.on('now')) {
    if (given !== -1) throw new PlainError('--now and --grace-period cannot be specified together')
    return 1
  }
  if (given === 0 && !flags.on('force')) return 1
  return flags.on('force') && given < 0 ? 0 : given
}

function checkFlags(flags: Flags, grace: number): void {
  const output = flags.text('output')
  if (output && output !== 'name')
    throw new PlainError(`unexpected -o output mode: ${output}. We only support '-o name'`)
  if (flags.on('all') && flags.text('selector'))
    throw new PlainError('cannot set --all and --selector at the same time')
  if (flags.on('all') && flags.text('field-selector'))
    throw new PlainError('cannot set --all and --field-selector at the same time')
  if (grace > 0 && flags.on('force'))
    throw new PlainError('--force and --grace-period greater than 0 cannot be specified together')
}

function warnClusterScope(call: Call, found: readonly Found[]): void {
  if (call.session.namespaceGiven && found.some(f => !f.resource.namespaced))
    call.io.err('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n')
}

/** The propagation that --cascade names. Throws with kubectl's text. */
export function propagationOf(flags: Flags): string {
  const value = flags.text('cascade')
  switch (value) {
    case 'orphan':
    case 'false':
      return 'Orphan'
    case 'foreground':
      return 'Foreground'
    case 'background':
    case 'true':
      return 'Background'
    default:
      throw new PlainError(`invalid cascade value (${value}). Must be "background", "foreground", or "orphan"`)
  }
}

/** The UID of what is going; undefined where nothing was sent. */
async function deleteOne(call: Call, f: Found, grace: number, dryRun: DryRun): Promise<string | undefined> {
  const options = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: propagationOf(call.flags),
    ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
  }
  const uid = dryRun === 'client' ? undefined : await sendDelete(call, { ...f, options, dryRun: dryRun === 'server' })
  if (call.flags.text('output') === 'name') say(call.io, `${kindLabel(f.resource)}/${f.name}`)
  else say(call.io, deletedText(f, grace === 0, dryRun))
  return uid
}

/** `pod "web" deleted from default namespace`. */
export function deletedText(f: Pick<Found, 'resource' | 'name' | 'namespace'>, force: boolean, dryRun: DryRun): string {
  const where = f.resource.namespaced ? ` from ${f.namespace} namespace` : ''
  return `${kindLabel(f.resource)} ${JSON.stringify(f.name)} ${force ? 'force deleted' : 'deleted'}${where}${dryRunNote(dryRun)}`
}
