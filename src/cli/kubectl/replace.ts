import { isNotFound } from '../../base/errors.ts'
import type { Json } from './api/connection.ts'
import { sendDelete, waitGone } from './api/deletion.ts'
import { pathOf } from './api/discovery.ts'
import { FILE_FLAGS, readManifests } from './api/manifests.ts'
import { type Found, locateManifests } from './api/targets.ts'
import {
  DRY_RUN,
  dryRunOf,
  fieldManager,
  reporter,
  SAVE_CONFIG,
  VALIDATE,
  withLastApplied,
  writeQuery,
} from './api/writing.ts'
import { deletedText } from './delete.ts'
import { PlainError, throwAll, withSource } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { PRINT_FLAGS } from './print/output.ts'

/** `kubectl replace`. */
export const replace: Verb = {
  name: 'replace',
  use: 'replace -f FILENAME',
  short: 'Replace a resource by file name or stdin',
  long: 'Replace a resource by file name or stdin.\n\n JSON and YAML formats are accepted. The complete resource spec must be provided.',
  examples: [
    '# Replace a pod using the data in pod.json',
    'kubectl replace -f ./pod.json',
    '',
    '# Force replace, delete and then re-create the resource',
    'kubectl replace --force -f ./pod.json',
  ],
  flags: [
    ...FILE_FLAGS('Filename, directory, or URL to files to use to replace the resource.'),
    ...PRINT_FLAGS,
    DRY_RUN,
    VALIDATE,
    SAVE_CONFIG,
    fieldManager('kubectl-replace'),
    flag('bool', 'force', 'If true, the object is deleted, waited for, and made anew.'),
    flag('int', 'grace-period', 'Period of time in seconds given to the resource to terminate gracefully.', {
      default: '-1',
    }),
    flag('string', 'subresource', 'If specified, replace will operate on the subresource of the requested object.'),
    flag('duration', 'timeout', 'The length of time to wait for the deletion with --force; zero is a while.'),
  ],
  run,
}

/** How long --force waits where nothing else is said. */
const PATIENCE_MS = 5 * 60_000

async function run(call: Call): Promise<void> {
  const { flags } = call
  if (!flags.texts('filename').length && !flags.text('kustomize')) throw new PlainError('must specify one of -f and -k')
  const dryRun = dryRunOf(flags)
  if (flags.on('force') && dryRun !== 'none') throw new PlainError('--dry-run can not be used when --force is set')
  if (flags.number('grace-period') >= 0 && !flags.on('force'))
    throw new PlainError('--grace-period must have --force specified')
  if (flags.changed('timeout') && !flags.on('force')) throw new PlainError('--timeout must have --force specified')
  const report = reporter(call, dryRun)
  const { found, errors } = await locateManifests(call, await readManifests(flags, call.io))
  for (const f of found) {
    try {
      report(flags.on('force') ? await replaceByForce(call, f) : await replaceOne(call, f), 'replaced')
    } catch (error) {
      errors.push(withSource(error, 'replacing', f.source))
    }
  }
  throwAll(errors)
  if (found.length === 0) throw new PlainError('no objects passed to replace')
}

const wantedOf = (call: Call, f: Found): Json => (call.flags.on('save-config') ? withLastApplied(f.object) : f.object)

async function replaceOne(call: Call, f: Found): Promise<Json> {
  const dryRun = dryRunOf(call.flags)
  const object = wantedOf(call, f)
  if (dryRun === 'client') return object
  return call.session.connection.json({
    method: 'PUT',
    path: pathOf(f.resource, f.namespace, f.name, call.flags.text('subresource')),
    query: writeQuery(call.flags, dryRun),
    body: object,
  })
}

async function replaceByForce(call: Call, f: Found): Promise<Json> {
  const { flags, session } = call
  const grace = flags.number('grace-period')
  const options = grace >= 0 ? { gracePeriodSeconds: grace } : {}
  try {
    const uid = await sendDelete(call, { ...f, options })
    call.io.out(`${deletedText(f, grace === 0, 'none')}\n`)
    await waitGone(call, { ...f, uid }, flags.duration('timeout') || PATIENCE_MS)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return session.connection.json({
    method: 'POST',
    path: pathOf(f.resource, f.namespace),
    query: writeQuery(flags, 'none'),
    body: wantedOf(call, f),
  })
}
