import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { yamlText } from '../../base/yaml-text.ts'
import { StatusError } from '../../base/errors.ts'
import type { Json } from './api/connection.ts'
import { apiVersionOf } from './api/discovery.ts'
import { FILE_FLAGS, parseManifest } from './api/manifests.ts'
import { type Found, metadataOf, requireObjects } from './api/targets.ts'
import {
  fieldManager,
  recorded,
  RECORD,
  reporter,
  SAVE_CONFIG,
  sendPatch,
  VALIDATE,
  withLastApplied,
} from './api/writing.ts'
import { equal, mergePatch, schemaOf, strategicPatch } from './apply/three-way.ts'
import { ExitError, messageOf, PlainError, tellError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { jsonText } from './print/json.ts'
import { PRINT_FLAGS, withoutManagedFields } from './print/output.ts'

/** `kubectl edit`. */
export const edit: Verb = {
  name: 'edit',
  use: 'edit (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit a resource on the server',
  long: `Edit a resource from the default editor.

 The editor is that of KUBE_EDITOR or EDITOR, or 'vi'. What was changed is sent when it ends; where the server refuses it, the editor opens again with the reason.`,
  examples: [
    "# Edit the service named 'registry'",
    'kubectl edit svc/registry',
    '',
    '# Use an alternative editor',
    'KUBE_EDITOR="nano" kubectl edit svc/registry',
  ],
  flags: [
    ...FILE_FLAGS('Filename, directory, or URL to files to use to edit the resource'),
    ...PRINT_FLAGS,
    RECORD,
    SAVE_CONFIG,
    VALIDATE,
    fieldManager('kubectl-edit'),
    flag('string', 'subresource', 'If specified, edit will operate on the subresource of the requested object.'),
  ],
  run,
}

const HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`

async function run(call: Call): Promise<number> {
  const found = await requireObjects(call, call.args)
  if (found.length === 0) throw new PlainError('edit cancelled, no objects found')
  const dir = mkdtempSync(join(tmpdir(), 'kubectl-edit-'))
  const path = join(dir, 'object.yaml')
  const format = call.flags.text('output') === 'json' ? jsonText : yamlText
  const shown = found.map(f => ({ found: f, object: withoutManagedFields(f.object) }))
  let text = shown.map(({ object }) => format(object)).join('---\n')
  let faults: Fault[] = []
  let keep = false
  try {
    for (;;) {
      writeFileSync(path, HEADER + faults.map(f => `# ${f.whole.replaceAll('\n', '\n# ')}\n#\n`).join('') + text)
      await openEditor(call, path)
      const edited = withoutHeader(readFileSync(path, 'utf8'))
      if (edited.trim() === '') return cancelled(call, 'saved file was empty.')
      if (edited === text) {
        if (faults.length === 0) return cancelled(call, 'no changes made.')
        keep = true
        call.io.err(`A copy of your changes has been stored to ${JSON.stringify(path)}\n`)
        throw new ExitError(1, 'error: Edit cancelled, no valid changes were saved.')
      }
      text = edited
      faults = await save(call, shown, edited)
      if (faults.length === 0) return 0
      for (const fault of faults) call.io.err(`${fault.told}\n`)
    }
  } finally {
    if (!keep) rmSync(dir, { recursive: true, force: true })
  }
}

function cancelled(call: Call, why: string): number {
  call.io.err(`Edit cancelled, ${why}\n`)
  return 0
}

/** What stands in the file but for the lines that are for the reader. */
export function withoutHeader(text: string): string {
  return text
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .join('\n')
}

interface Shown {
  readonly found: Found
  readonly object: Json
}

/** Sends what has changed; gives what is wrong with it. */
async function save(call: Call, shown: readonly Shown[], text: string): Promise<Fault[]> {
  const faults: Fault[] = []
  try {
    const report = reporter(call, 'none')
    for (const { object } of parseManifest(text, 'edited-file')) {
      const one = shown.find(s => sameObject(s.object, object))
      if (!one) throw new PlainError('At least one of apiVersion, kind and name was changed')
      if (equal(one.object, object)) continue
      const wanted = recorded(call, call.flags.on('save-config') ? withLastApplied(object) : object)
      report(await sendEdited(call, one, wanted), 'edited')
    }
  } catch (error) {
    faults.push(faultOf(error, shown))
  }
  return faults
}

/** What is wrong with an edited object: on the terminal, and above it in the file. */
interface Fault {
  readonly told: string
  readonly whole: string
}

function faultOf(error: unknown, shown: readonly Shown[]): Fault {
  const whole = messageOf(error)
  if (!(error instanceof StatusError) || error.reason !== 'Invalid') return { told: whole, whole }
  const { name = '' } = error.status.details ?? {}
  const resource = shown.find(s => s.found.name === name)?.found.resource
  const kind = resource ? `${resource.plural}${resource.group ? `.${resource.group}` : ''}` : ''
  return { told: `error: ${kind} ${JSON.stringify(name)} is invalid`, whole: tellError(error).text }
}

function sameObject(a: Json, b: Json): boolean {
  return (
    a['apiVersion'] === b['apiVersion'] &&
    a['kind'] === b['kind'] &&
    metadataOf(a).name === metadataOf(b).name &&
    metadataOf(a).namespace === metadataOf(b).namespace
  )
}

function sendEdited(call: Call, { found, object }: Shown, modified: Json): Promise<Json> {
  const schema = schemaOf(apiVersionOf(found.resource), found.resource.kind)
  const body = schema
    ? strategicPatch(schema, { original: object, modified, current: object })
    : mergePatch(object, modified, object)
  const type = schema ? 'strategic' : 'merge'
  return sendPatch(call, found, { type, body, dryRun: 'none', subresource: call.flags.text('subresource') })
}

/** Runs the user's editor on the terminal of this process. */
function openEditor(call: Call, path: string): Promise<void> {
  const editor = call.io.env['KUBE_EDITOR'] || call.io.env['EDITOR'] || 'vi'
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `${editor} "$0"`, path], { stdio: 'inherit', env: call.io.env })
    const failed = (): void => reject(new PlainError(`there was a problem with the editor ${JSON.stringify(editor)}`))
    child.on('error', failed)
    child.on('exit', code => (code === 0 ? resolve() : failed()))
  })
}
