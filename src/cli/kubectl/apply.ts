import { isConflict, isNotFound, StatusError } from '../../base/errors.ts'
import type { Json } from './api/connection.ts'
import { apiVersionOf, pathOf } from './api/discovery.ts'
import { FILE_FLAGS, readManifests } from './api/manifests.ts'
import { type Found, locateManifests, metadataOf, SELECTOR, selectByLabels } from './api/targets.ts'
import {
  DRY_RUN,
  type DryRun,
  dryRunOf,
  fieldManager,
  LAST_APPLIED,
  RECORD,
  recorded,
  reporter,
  VALIDATE,
  warnRecord,
  withLastApplied,
  writeQuery,
  sendCreate,
} from './api/writing.ts'
import { mergePatch, schemaOf, strategicPatch } from './apply/three-way.ts'
import { PlainError, throwAll, UsageError, withSource } from './base/errors.ts'
import { flag, type Flags } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { objectPrinter, PRINT_FLAGS } from './print/output.ts'

const MANAGER = 'kubectl-client-side-apply'
/** Tries again so often where another's write came between. */
const MAX_TRIES = 5

/** `kubectl apply`. */
export const apply: Verb = {
  name: 'apply',
  use: 'apply (-f FILENAME | -k DIRECTORY)',
  short: 'Apply a configuration to a resource by file name or stdin',
  long: `Apply a configuration to a resource by file name or stdin. The resource name must be specified. This resource will be created if it doesn't exist yet. To use 'apply', always create the resource initially with either 'apply' or 'create --save-config'.

 JSON and YAML formats are accepted.`,
  examples: [
    '# Apply the configuration in pod.json to a pod',
    'kubectl apply -f ./pod.json',
    '',
    '# Apply the JSON passed into stdin to a pod',
    'cat pod.json | kubectl apply -f -',
  ],
  flags: [
    ...FILE_FLAGS('The files that contain the configurations to apply.'),
    ...PRINT_FLAGS,
    SELECTOR,
    DRY_RUN,
    VALIDATE,
    RECORD,
    fieldManager(MANAGER),
    flag('bool', 'force', 'If true, what cannot be changed is deleted and made anew.'),
    flag('bool', 'force-conflicts', 'If true, server-side apply will force the changes against conflicts.'),
    flag('bool', 'overwrite', 'Taken for the sake of scripts: values from the modified configuration always win.', {
      default: 'true',
    }),
    flag('bool', 'openapi-patch', 'Taken for the sake of scripts.', { default: 'true', hidden: true }),
    flag('bool', 'server-side', 'If true, apply runs in the server instead of the client.'),
    flag(
      'string',
      'subresource',
      'If specified, apply will operate on the subresource of the requested object. Only allowed when using --server-side.',
    ),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  if (args.length) throw new UsageError(call.command, `Unexpected args: [${args.join(' ')}]`)
  if (!flags.texts('filename').length && !flags.text('kustomize')) throw new PlainError('must specify one of -f and -k')
  const dryRun = dryRunOf(flags)
  checkFlags(flags, dryRun)
  // A wrong --validate is told also where nothing is to be sent.
  writeQuery(flags, dryRun)
  warnRecord(call)
  const { report, finish } = applyReporter(call, dryRun)
  const { found, errors } = await locateManifests(call, await readManifests(flags, call.io))
  const chosen = selectByLabels(found, flags.text('selector'))
  if (chosen.length === 0 && errors.length === 0) throw new PlainError('no objects passed to apply')
  for (const f of chosen) {
    try {
      const { object, done } = await applyOne(call, { ...f, object: recorded(call, f.object) }, dryRun)
      if (metadataOf(object).deletionTimestamp)
        call.io.err(
          `Warning: Detected changes to resource ${metadataOf(object).name ?? ''} which is currently being deleted.\n`,
        )
      report(object, done)
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
  finish()
}

/** With -o, all objects are printed together once all are applied. */
function applyReporter(
  call: Call,
  dryRun: DryRun,
): { report: (object: Json, done: string) => void; finish: () => void } {
  const printer = objectPrinter(call.flags)
  const objects: Json[] = []
  if (!printer) return { report: reporter(call, dryRun), finish: () => undefined }
  return {
    report: object => void objects.push(object),
    finish: () => {
      const [first, ...more] = objects
      const list = { apiVersion: 'v1', items: objects, kind: 'List', metadata: {} }
      call.io.out(printer(more.length === 0 && first ? first : list))
    },
  }
}

function checkFlags(flags: Flags, dryRun: DryRun): void {
  const serverSide = flags.on('server-side')
  if (flags.on('force-conflicts') && !serverSide)
    throw new PlainError('--force-conflicts only works with --server-side')
  if (dryRun === 'client' && serverSide)
    throw new PlainError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
  if (flags.on('force') && serverSide) throw new PlainError('--force cannot be used with --server-side')
  if (flags.on('force') && dryRun === 'server') throw new PlainError('--dry-run=server cannot be used with --force')
  if (flags.text('subresource') && !serverSide)
    throw new PlainError('--subresource can only be specified for --server-side')
}

interface Applied {
  readonly object: Json
  readonly done: string
}

async function applyOne(call: Call, f: Found, dryRun: DryRun): Promise<Applied> {
  const { generateName } = metadataOf(f.object)
  if (!f.name && generateName) throw new PlainError(`from ${generateName}: cannot use generate name with apply`)
  if (call.flags.on('server-side')) return applyOnServer(call, f, dryRun)
  const modified = withLastApplied(f.object)
  const current = await readCurrent(call, f)
  if (!current) return { object: await createNew(call, f, modified, dryRun), done: 'created' }
  if (metadataOf(current).annotations?.[LAST_APPLIED] === undefined)
    call.io.err(
      `Warning: resource ${f.resource.plural}/${f.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    )
  return change(call, f, { modified, current, dryRun })
}

async function readCurrent(call: Call, f: Found): Promise<Json | undefined> {
  try {
    return await call.session.connection.json({ path: pathOf(f.resource, f.namespace, f.name) })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw withSource(error, `retrieving current configuration of:\n${infoText(f)}\nfrom server for:`, f.source)
  }
}

async function createNew(call: Call, f: Found, modified: Json, dryRun: DryRun): Promise<Json> {
  try {
    return await sendCreate(call, pathOf(f.resource, f.namespace), withoutNulls(modified) as Json, dryRun)
  } catch (error) {
    throw withSource(error, 'creating', f.source)
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== null)
      .map(([k, v]) => [k, withoutNulls(v)]),
  )
}

async function change(call: Call, f: Found, o: { modified: Json; current: Json; dryRun: DryRun }): Promise<Applied> {
  const schema = schemaOf(apiVersionOf(f.resource), f.resource.kind)
  const path = pathOf(f.resource, f.namespace, f.name)
  let { current } = o
  for (let tries = 1; ; tries++) {
    const patch = patchFor(schema, o.modified, current)
    if (Object.keys(patch).length === 0) return { object: current, done: 'unchanged' }
    if (o.dryRun === 'client') return { object: await patchedHere(schema, current, patch), done: 'configured' }
    try {
      const contentType = schema ? 'application/strategic-merge-patch+json' : 'application/merge-patch+json'
      const query = writeQuery(call.flags, o.dryRun)
      const object = await call.session.connection.json({ method: 'PATCH', path, query, contentType, body: patch })
      return { object, done: 'configured' }
    } catch (error) {
      if (isConflict(error) && tries < MAX_TRIES) {
        current = await call.session.connection.json({ path })
        continue
      }
      const code = error instanceof StatusError ? error.reason : undefined
      if (call.flags.on('force') && (code === 'Conflict' || code === 'Invalid'))
        return { object: await replace(call, f, o.modified), done: 'configured' }
      const told = withSource(error, 'patching', f.source)
      throw withSource(told, `applying patch:\n${JSON.stringify(patch)}\nto:\n${infoText(f)}\nfor:`, f.source)
    }
  }
}

function patchFor(schema: string | undefined, modified: Json, current: Json): Json {
  const text = metadataOf(current).annotations?.[LAST_APPLIED]
  const original = text ? (JSON.parse(text) as Json) : undefined
  return schema ? strategicPatch(schema, { original, modified, current }) : mergePatch(original, modified, current)
}

async function patchedHere(schema: string | undefined, current: Json, patch: Json): Promise<Json> {
  if (!schema) return (await import('../../registry/patch/merge-patch.ts')).applyMergePatch(current, patch)
  return (await import('../../registry/patch/strategic-merge.ts')).applyStrategicMerge(schema, current, patch)
}

/** --force: what cannot be changed goes and comes anew. */
async function replace(call: Call, f: Found, modified: Json): Promise<Json> {
  const { sendDelete, waitGone } = await import('./api/deletion.ts')
  const options = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', gracePeriodSeconds: 0 }
  const uid = await sendDelete(call, { ...f, options })
  await waitGone(call, { ...f, uid }, 5 * 60_000)
  return createNew(call, f, modified, 'none')
}

async function applyOnServer(call: Call, f: Found, dryRun: DryRun): Promise<Applied> {
  const { flags, session } = call
  const manager = flags.changed('field-manager') ? flags.text('field-manager') : 'kubectl'
  try {
    const object = await session.connection.json({
      method: 'PATCH',
      path: pathOf(f.resource, f.namespace, f.name, flags.text('subresource')),
      query: { ...writeQuery(flags, dryRun), fieldManager: manager, force: String(flags.on('force-conflicts')) },
      contentType: 'application/apply-patch+yaml',
      body: f.object,
    })
    return { object, done: 'serverside-applied' }
  } catch (error) {
    if (!isConflict(error)) throw error
    throw new PlainError(`${(error as Error).message}\n${CONFLICT_ADVICE}`)
  }
}

const CONFLICT_ADVICE = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`

/** How kubectl names an object in long error texts. */
function infoText(f: Found): string {
  const { resource: r } = f
  const gvr = `${r.group ? `${r.group}/` : '/'}${r.version}, Resource=${r.plural}`
  const gvk = `${r.group ? `${r.group}/` : '/'}${r.version}, Kind=${r.kind}`
  return `Resource: ${JSON.stringify(gvr)}, GroupVersionKind: ${JSON.stringify(gvk)}\nName: ${JSON.stringify(f.name)}, Namespace: ${JSON.stringify(f.namespace)}`
}
