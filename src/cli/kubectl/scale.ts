import { PlainError, throwAll } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import type { Json } from './api/connection.ts'
import { pathOf } from './api/discovery.ts'
import { FILE_FLAGS } from './api/manifests.ts'
import { ALL, type Found, findObjects, metadataOf, SELECTOR } from './api/targets.ts'
import { causePatch, DRY_RUN, type DryRun, dryRunOf, RECORD, reporter, sendPatch, warnRecord } from './api/writing.ts'
import { watchEvents } from './api/watching.ts'
import { PRINT_FLAGS } from './print/output.ts'

/** `kubectl scale`. */
export const scale: Verb = {
  name: 'scale',
  use: 'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  short: 'Set a new size for a deployment, replica set, or replication controller',
  long: 'Set a new size for a deployment, replica set, replication controller, or stateful set.\n\n With --current-replicas or --resource-version, the size is changed only where these are what the server has.',
  examples: [
    "# Scale a replica set named 'foo' to 3",
    'kubectl scale --replicas=3 rs/foo',
    '',
    "# If the deployment named mysql's current size is 2, scale mysql to 3",
    'kubectl scale --current-replicas=2 --replicas=3 deployment/mysql',
  ],
  flags: [
    ...FILE_FLAGS('Filename, directory, or URL to files identifying the resource to set a new size'),
    ...PRINT_FLAGS,
    SELECTOR,
    ALL,
    DRY_RUN,
    RECORD,
    flag(
      'int',
      'current-replicas',
      'Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.',
      { default: '-1' },
    ),
    flag('int', 'replicas', 'The new desired number of replicas. Required.'),
    flag(
      'string',
      'resource-version',
      'Precondition for resource version. Requires that the current resource version match this value in order to scale.',
    ),
    flag(
      'duration',
      'timeout',
      "The length of time to wait before giving up on a scale operation, zero means don't wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).",
    ),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  if (!flags.changed('replicas')) throw new PlainError('required flag(s) "replicas" not set')
  const replicas = flags.number('replicas')
  if (replicas < 0)
    throw new PlainError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0')
  if (flags.number('current-replicas') < -1)
    throw new PlainError('The --current-replicas must specify an integer of -1 or greater')
  warnRecord(call)
  const dryRun = dryRunOf(flags)
  const report = reporter(call, dryRun)
  const { found, errors } = await findObjects(call, args)
  if (flags.text('resource-version') && found.length > 1)
    throw new PlainError('cannot use --resource-version with multiple resources')
  if (found.length === 0) {
    throwAll(errors)
    throw new PlainError('no objects passed to scale')
  }
  for (const f of found) {
    if (dryRun !== 'client') await scaleOne(call, f, replicas, dryRun)
    report(withReplicas(f.object, replicas), 'scaled')
  }
  throwAll(errors)
}

const withReplicas = (object: Json, replicas: number): Json => ({
  ...object,
  spec: { ...(object['spec'] as Json), replicas },
})

async function scaleOne(call: Call, f: Found, replicas: number, dryRun: DryRun): Promise<void> {
  const { flags } = call
  const conditions = await preconditions(call, f)
  await sendPatch(call, f, {
    type: 'merge',
    subresource: 'scale',
    dryRun,
    body: { ...(conditions ? { metadata: { resourceVersion: conditions } } : {}), spec: { replicas } },
  })
  const cause = causePatch(call, f.object)
  if (cause) await sendPatch(call, f, { type: 'merge', body: cause, dryRun })
  if (dryRun === 'none' && flags.duration('timeout') > 0) await waitScaled(call, f, replicas)
}

/** The revision that must still be there; undefined where nothing is asked. Throws where the size is another. */
async function preconditions(call: Call, f: Found): Promise<string | undefined> {
  const size = call.flags.number('current-replicas')
  const wanted = call.flags.text('resource-version')
  if (size === -1 && !wanted) return undefined
  const now = await call.session.connection.json({ path: pathOf(f.resource, f.namespace, f.name, 'scale') })
  const replicas = (now['spec'] as { replicas?: number } | undefined)?.replicas ?? 0
  if (size !== -1 && replicas !== size) throw new PlainError(`Expected replicas to be ${size}, was ${replicas}`)
  const { resourceVersion } = metadataOf(now)
  if (wanted && resourceVersion !== wanted)
    throw new PlainError(`Expected resource version to be ${wanted}, was ${resourceVersion ?? ''}`)
  return resourceVersion
}

async function waitScaled(call: Call, f: Found, replicas: number): Promise<void> {
  const abort = new AbortController()
  using _timer = call.io.clock.setTimer(call.flags.duration('timeout'), () => abort.abort())
  const events = watchEvents(call.session.connection, {
    path: pathOf(f.resource, f.namespace),
    query: { fieldSelector: `metadata.name=${f.name}`, resourceVersion: '0' },
    signal: AbortSignal.any([abort.signal, call.io.signal]),
  })
  for await (const { object } of events) {
    const status = (object['status'] ?? {}) as { replicas?: number; observedGeneration?: number }
    if ((status.observedGeneration ?? 0) >= (metadataOf(object).generation ?? 0) && (status.replicas ?? 0) === replicas)
      return
  }
  throw new PlainError('timed out waiting for the condition')
}
