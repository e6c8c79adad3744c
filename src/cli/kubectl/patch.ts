import { readFileSync } from 'node:fs'
import { JsonSyntaxError, plainNumbers } from '../../base/json.ts'
import { parseYaml, YamlError } from '../../base/yaml.ts'
import { apiVersionOf } from './api/discovery.ts'
import { FILE_FLAGS } from './api/manifests.ts'
import { findObjects } from './api/targets.ts'
import {
  causePatch,
  DRY_RUN,
  type DryRun,
  dryRunOf,
  fieldManager,
  type PatchType,
  RECORD,
  reporter,
  sendPatch,
  warnRecord,
} from './api/writing.ts'
import type { Json } from './api/connection.ts'
import type { Found } from './api/targets.ts'
import { equal, schemaOf } from './apply/three-way.ts'
import { PlainError, throwAll } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { PRINT_FLAGS } from './print/output.ts'

/** `kubectl patch`. */
export const patch: Verb = {
  name: 'patch',
  use: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  short: 'Update fields of a resource',
  long: 'Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch. JSON and YAML formats are accepted.',
  examples: [
    '# Partially update a node',
    `kubectl patch node k8s-node-1 -p '{"spec":{"unschedulable":true}}'`,
    '',
    '# With a JSON patch',
    `kubectl patch pod valid-pod --type='json' -p='[{"op": "replace", "path": "/spec/containers/0/image", "value":"new image"}]'`,
  ],
  flags: [
    ...FILE_FLAGS('Filename, directory, or URL to files identifying the resource to update'),
    ...PRINT_FLAGS,
    DRY_RUN,
    RECORD,
    fieldManager('kubectl-patch'),
    flag('string', 'patch p', 'The patch to be applied to the resource JSON file.'),
    flag('string', 'patch-file', 'A file containing a patch to be applied to the resource.'),
    flag('string', 'subresource', 'If specified, patch will operate on the subresource of the requested object.'),
    flag('string', 'type', 'The type of patch being provided; one of [json merge strategic]', { default: 'strategic' }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  const given = flags.text('patch')
  const file = flags.text('patch-file')
  if (given && file) throw new PlainError('cannot specify --patch and --patch-file together')
  if (!given && !file) throw new PlainError('must specify --patch or --patch-file containing the contents of the patch')
  const type = flags.text('type').toLowerCase()
  if (type !== 'json' && type !== 'merge' && type !== 'strategic')
    throw new PlainError(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.text('type'))}`)
  const body = readPatch(given, file)
  warnRecord(call)
  const dryRun = dryRunOf(flags)
  const report = reporter(call, dryRun)
  const { found, errors } = await findObjects(call, args)
  for (const f of found) {
    try {
      const object = await patchOne(call, f, { type, body, dryRun })
      report(object, equal(object, f.object) ? 'patched (no change)' : 'patched')
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
  if (found.length === 0) throw new PlainError('no objects passed to patch')
}

async function patchOne(call: Call, f: Found, o: { type: PatchType; body: unknown; dryRun: DryRun }): Promise<Json> {
  if (o.dryRun === 'client') return patchedHere(f, o.type, o.body)
  const subresource = call.flags.text('subresource')
  const object = await sendPatch(call, f, { ...o, subresource })
  const cause = causePatch(call, object)
  return cause ? sendPatch(call, f, { type: 'merge', body: cause, dryRun: o.dryRun }) : object
}

function readPatch(given: string, file: string): unknown {
  let text = given
  try {
    if (file) text = readFileSync(file, 'utf8')
  } catch {
    throw new PlainError(`unable to read patch file: open ${file}: no such file or directory`)
  }
  try {
    return plainNumbers(parseYaml(text).value)
  } catch (error) {
    // What looks like JSON is the server's to judge.
    if (text.trimStart().startsWith('{')) return text
    if (error instanceof YamlError || error instanceof JsonSyntaxError)
      throw new PlainError(`unable to parse ${JSON.stringify(text)}: ${error.message}`)
    throw error
  }
}

async function patchedHere(f: Found, type: PatchType, body: unknown): Promise<Json> {
  if (type === 'json')
    return (await import('../../registry/patch/json-patch.ts')).applyJsonPatch(f.object, body as never) as Json
  const schema = type === 'strategic' ? schemaOf(apiVersionOf(f.resource), f.resource.kind) : undefined
  if (!schema) return (await import('../../registry/patch/merge-patch.ts')).applyMergePatch(f.object, body)
  return (await import('../../registry/patch/strategic-merge.ts')).applyStrategicMerge(schema, f.object, body)
}
