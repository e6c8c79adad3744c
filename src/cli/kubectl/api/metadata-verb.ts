import { labelValueFaults } from '../../../base/label-syntax.ts'
import { compactJson } from '../print/json.ts'
import { PRINT_FLAGS, nameOf } from '../print/output.ts'
import { flag, type FlagSpec } from '../base/flags.ts'
import { PlainError, throwAll } from '../base/errors.ts'
import type { Call } from '../base/verb.ts'
import { FILE_FLAGS } from './manifests.ts'
import { ALL, ALL_NAMESPACES, FIELD_SELECTOR, type Found, findObjects, metadataOf, SELECTOR } from './targets.ts'
import {
  causePatch,
  DRY_RUN,
  dryRunNote,
  dryRunOf,
  fieldManager,
  RECORD,
  reporter,
  sendPatch,
  warnRecord,
} from './writing.ts'

/** What label and annotate differ in. */
export interface MetadataVerb {
  readonly field: 'labels' | 'annotations'
  /** `label` in messages. */
  readonly noun: string
  /** What is said of an object that changed, and of one that did not. */
  readonly done: (change: { added: number; removed: number }) => string
}

export const metadataFlags = (noun: string, manager: string): readonly FlagSpec[] => [
  ...FILE_FLAGS(`Filename, directory, or URL to files identifying the resource to update the ${noun}s`),
  ...PRINT_FLAGS,
  SELECTOR,
  FIELD_SELECTOR,
  ALL,
  ALL_NAMESPACES,
  DRY_RUN,
  RECORD,
  fieldManager(manager),
  flag('bool', 'list', `If true, display the ${noun}s for a given resource.`),
  flag(
    'bool',
    'overwrite',
    `If true, allow ${noun}s to be overwritten, otherwise reject ${noun} updates that overwrite existing ${noun}s.`,
  ),
  flag(
    'string',
    'resource-version',
    `If non-empty, the ${noun} update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.`,
  ),
]

interface Changes {
  readonly set: Record<string, string>
  readonly remove: readonly string[]
}

/** Resources come first; a word with `=` or a dash at its end begins the changes. */
export function splitChanges(args: readonly string[]): { targets: string[]; changes: string[] } {
  const isChange = (word: string): boolean => word.includes('=') || word.endsWith('-')
  const at = args.findIndex(isChange)
  return at < 0 ? { targets: [...args], changes: [] } : { targets: args.slice(0, at), changes: args.slice(at) }
}

function parseChanges(words: readonly string[], noun: string): Changes {
  const set: Record<string, string> = {}
  const remove: string[] = []
  for (const word of words) {
    const at = word.indexOf('=')
    if (at > 0) set[word.slice(0, at)] = word.slice(at + 1)
    else if (word.endsWith('-')) remove.push(word.slice(0, -1))
    else throw new PlainError(`unknown ${noun} spec: ${word}`)
  }
  if (noun === 'label')
    for (const [key, value] of Object.entries(set)) {
      const fault = labelValueFaults(value)[0]
      if (fault) throw new PlainError(`invalid label value: ${JSON.stringify(`${key}=${value}`)}: ${fault}`)
    }
  for (const key of remove)
    if (key in set)
      throw new PlainError(
        `can not both modify and remove ${noun === 'label' ? 'a label' : 'an annotation'} in the same command`,
      )
  return { set, remove }
}

/** Runs label or annotate. */
export async function changeMetadata(call: Call, verb: MetadataVerb): Promise<void> {
  const { flags, args } = call
  const { targets, changes: words } = splitChanges(args)
  const files = flags.texts('filename').length > 0
  if (targets.length === 0 && !files)
    throw new PlainError('one or more resources must be specified as <resource> <name> or <resource>/<name>')
  if (words.length === 0 && !flags.on('list')) throw new PlainError(`at least one ${verb.noun} update is required`)
  if (flags.on('all') && flags.text('selector'))
    throw new PlainError('cannot set --all and --selector at the same time')
  const changes = parseChanges(words, verb.noun)
  warnRecord(call)
  const { found, errors } = await findObjects(call, targets)
  if (flags.text('resource-version') && found.length > 1)
    throw new PlainError('--resource-version may only be used with a single resource')
  for (const f of found) {
    try {
      if (flags.on('list')) list(call, f, verb, found.length === 1)
      else await changeOne(call, f, verb, changes)
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
}

async function changeOne(call: Call, f: Found, verb: MetadataVerb, { set, remove }: Changes): Promise<void> {
  const { flags, io } = call
  const now = (metadataOf(f.object)[verb.field] ?? {}) as Record<string, string>
  const dryRun = dryRunOf(flags)
  const clashes = Object.keys(set).filter(k => now[k] !== undefined && now[k] !== set[k])
  if (clashes.length && !flags.on('overwrite'))
    throw new PlainError(
      verb.noun === 'label'
        ? oneOrList(clashes.map(k => `'${k}' already has a value (${now[k]}), and --overwrite is false`))
        : `--overwrite is false but found the following declared annotation(s): ${clashes.map(k => `'${k}' already has a value (${now[k]})`).join('; ')}`,
    )
  if (verb.noun === 'label')
    for (const key of remove) if (!(key in now)) io.out(`label ${JSON.stringify(key)} not found.\n`)
  const added = Object.keys(set).filter(k => now[k] !== set[k])
  const removed = remove.filter(k => k in now)
  const change: Record<string, string | null> = Object.fromEntries([
    ...added.map(k => [k, set[k] ?? '']),
    ...removed.map(k => [k, null]),
  ])
  const version = flags.text('resource-version')
  const done = verb.done({ added: added.length, removed: removed.length })
  const cause = causePatch(call, f.object) as { metadata: { annotations: Record<string, string> } } | undefined
  const annotations = cause ? { annotations: cause.metadata.annotations } : {}
  const merged =
    verb.field === 'annotations'
      ? { annotations: { ...annotations.annotations, ...change } }
      : { ...annotations, labels: change }
  const body = { metadata: { ...merged, ...(version ? { resourceVersion: version } : {}) } }
  const same = added.length + removed.length === 0
  const object =
    same || dryRun === 'client'
      ? preview(f, verb.field, change)
      : await sendPatch(call, f, { type: 'merge', body, dryRun })
  if (flags.text('output')) reporter(call, dryRun)(object, done)
  else io.out(`${nameOf(f.object)} ${done}${dryRunNote(dryRun)}\n`)
}

const oneOrList = (texts: readonly string[]): string =>
  texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`

function preview(f: Found, field: 'labels' | 'annotations', change: Record<string, string | null>): Found['object'] {
  const metadata = metadataOf(f.object)
  const all = { ...(metadata[field] as Record<string, string> | undefined), ...change }
  return {
    ...f.object,
    metadata: { ...metadata, [field]: Object.fromEntries(Object.entries(all).filter(([, v]) => v !== null)) },
  }
}

function list(call: Call, f: Found, verb: MetadataVerb, single: boolean): void {
  const values = (metadataOf(f.object)[verb.field] ?? {}) as Record<string, string>
  if (!single) call.io.out(`Listing ${verb.noun}s for ${f.resource.kind}.${f.resource.group}/${f.name}:\n`)
  for (const [key, value] of Object.entries(values))
    call.io.out(`${single ? '' : ' '}${key}=${typeof value === 'string' ? value : compactJson(value)}\n`)
}
