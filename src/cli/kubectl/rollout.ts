import type { Deployment, ReplicaSet } from '../../kinds/generated/types.ts'
import { formatTime } from '../../base/clock.ts'
import type { Json } from './api/connection.ts'
import { pathOf } from './api/discovery.ts'
import { FILE_FLAGS } from './api/manifests.ts'
import { type Found, findObjects, metadataOf, SELECTOR } from './api/targets.ts'
import { DRY_RUN, LAST_APPLIED, dryRunNote, dryRunOf, fieldManager, reporter, sendPatch } from './api/writing.ts'
import { watchEvents } from './api/watching.ts'
import { PlainError, throwAll } from './base/errors.ts'
import { flag } from './base/flags.ts'
import { say } from './base/io.ts'
import type { Call, Verb } from './base/verb.ts'
import { podTemplateLines } from './describe/pod.ts'
import type { Described } from './describe/shared.ts'
import { sameTemplate, splitReplicaSets, withoutHash } from './describe/workloads.ts'
import { Writer } from './describe/writer.ts'
import { nameOf, objectPrinter, PRINT_FLAGS } from './print/output.ts'
import { selectorText } from '../../kinds/columns.ts'
import { alignTabs, DESCRIBE_TABS } from './print/tabwriter.ts'
import { rolloutStatus } from './rollout/status.ts'

const FILES = FILE_FLAGS('Filename, directory, or URL to files identifying the resource to get from a server.')
const CHANGE_CAUSE = 'kubernetes.io/change-cause'
const REVISION = 'deployment.kubernetes.io/revision'

const history: Verb = {
  name: 'history',
  use: 'rollout history (TYPE NAME | TYPE/NAME) [flags]',
  short: 'View rollout history',
  long: 'View previous rollout revisions and configurations.',
  examples: [
    '# View the rollout history of a deployment, and one revision',
    'kubectl rollout history deployment/abc',
    'kubectl rollout history deployment/abc --revision=3',
  ],
  flags: [
    ...FILES,
    ...PRINT_FLAGS,
    SELECTOR,
    flag('int', 'revision', 'See the details, including podTemplate of the revision specified'),
  ],
  run: showHistory,
}
const pause = patchVerb('pause', 'Mark the provided resource as paused', 'paused', pausePatch(true))
const resume = patchVerb('resume', 'Resume a paused resource', 'resumed', pausePatch(false))
const restart = patchVerb('restart', 'Restart a resource', 'restarted', restartPatch)
const status: Verb = {
  name: 'status',
  use: 'rollout status (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Show the status of the rollout',
  long: 'Show the status of the rollout, until it is done.',
  examples: ['# Watch the rollout status of a deployment', 'kubectl rollout status deployment/nginx'],
  flags: [
    ...FILES,
    SELECTOR,
    flag('int', 'revision', 'Pin to a specific revision for showing its status. Defaults to 0 (last revision).'),
    flag(
      'duration',
      'timeout',
      'The length of time to wait before ending watch, zero means never. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).',
    ),
    flag('bool', 'watch w', "Watch the status of the rollout until it's done.", { default: 'true' }),
  ],
  run: showStatus,
}
const undo: Verb = {
  name: 'undo',
  use: 'rollout undo (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Undo a previous rollout',
  long: 'Roll back to a previous rollout.',
  examples: [
    '# Roll back to the previous deployment, or to a revision',
    'kubectl rollout undo deployment/abc',
    'kubectl rollout undo deployment/abc --to-revision=3',
  ],
  flags: [
    ...FILES,
    ...PRINT_FLAGS,
    SELECTOR,
    DRY_RUN,
    flag('int', 'to-revision', 'The revision to rollback to. Default to 0 (last revision).'),
  ],
  run: rollBack,
}

/** `kubectl rollout`. */
export const rollout: Verb = {
  name: 'rollout',
  use: 'rollout SUBCOMMAND',
  short: 'Manage the rollout of a resource',
  long: 'Manage the rollout of one or many resources.',
  verbs: [history, pause, restart, resume, status, undo],
}

async function targets(call: Call): Promise<{ found: Found[]; errors: unknown[] }> {
  const { flags, args } = call
  if (args.length === 0 && flags.texts('filename').length === 0) throw new PlainError('required resource not specified')
  return findObjects(call, args, { listing: true })
}

async function showStatus(call: Call): Promise<void> {
  const { flags, io, session } = call
  const revision = flags.number('revision')
  if (revision < 0) throw new PlainError(`revision must be a positive integer: ${revision}`)
  const { found, errors } = await targets(call)
  throwAll(errors)
  for (const f of found) await followStatus(call, f, revision)
  if (found.length === 0) io.err(`No resources found in ${session.namespace} namespace.\n`)
}

async function followStatus(call: Call, f: Found, revision: number): Promise<void> {
  const { flags, io, session } = call
  const show = (object: Json): boolean => {
    const { text, done } = rolloutStatus(object, revision)
    io.out(text)
    return done
  }
  if (show(f.object) || !flags.on('watch')) return
  const abort = new AbortController()
  const timeout = flags.duration('timeout')
  using _timer = timeout > 0 ? io.clock.setTimer(timeout, () => abort.abort()) : undefined
  const signal = AbortSignal.any([abort.signal, io.signal])
  let resourceVersion = metadataOf(f.object).resourceVersion ?? '0'
  while (!signal.aborted) {
    const query = { fieldSelector: `metadata.name=${f.name}`, resourceVersion }
    for await (const event of watchEvents(session.connection, {
      path: pathOf(f.resource, f.namespace),
      query,
      signal,
    })) {
      resourceVersion = metadataOf(event.object).resourceVersion ?? resourceVersion
      if (event.type === 'DELETED') throw new PlainError('object has been deleted')
      if (event.type !== 'BOOKMARK' && show(event.object)) return
    }
  }
  throw new PlainError('timed out waiting for the condition')
}

/** The sets of a deployment with their revisions, in order. */
async function revisionsOf(call: Call, f: Found): Promise<{ revision: number; set: Described<ReplicaSet> }[]> {
  if (f.resource.kind !== 'Deployment' || f.resource.group !== 'apps')
    throw new PlainError(
      `error retrieving history for ${JSON.stringify(f.resource.kind)}, no visitor method exists for {${f.resource.group} ${f.resource.kind}}`,
    )
  const d = f.object as unknown as Described<Deployment>
  const list = await call.session.connection.json<{ items?: Described<ReplicaSet>[] | null }>({
    path: `/apis/apps/v1/namespaces/${encodeURIComponent(f.namespace)}/replicasets`,
    query: { labelSelector: selectorText(d.spec?.selector as never) },
  })
  const { old, current } = splitReplicaSets(d, list.items ?? [])
  return [...old, ...(current ? [current] : [])]
    .map(set => ({ revision: Number(set.metadata.annotations?.[REVISION] ?? 'NaN'), set }))
    .filter(r => Number.isInteger(r.revision))
    .sort((a, b) => a.revision - b.revision)
}

async function showHistory(call: Call): Promise<void> {
  const { flags, io } = call
  const wanted = flags.number('revision')
  if (wanted < 0) throw new PlainError(`revision must be a positive integer: ${wanted}`)
  const print = objectPrinter(flags)
  const { found, errors } = await targets(call)
  for (const f of found) {
    try {
      const revisions = await revisionsOf(call, f)
      if (print) {
        const chosen = wanted > 0 ? revisions.filter(r => r.revision === wanted) : revisions
        if (wanted > 0 && chosen.length === 0) throw new PlainError('unable to find the specified revision')
        for (const { set } of chosen) io.out(print({ ...set, apiVersion: 'apps/v1', kind: 'ReplicaSet' }))
        continue
      }
      const text = wanted > 0 ? templateOf(revisions, wanted) : historyText(revisions)
      say(io, `${nameOf(f.object)} ${wanted > 0 ? `with revision #${wanted}` : ''}\n${text}`)
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
}

type Revisions = readonly { revision: number; set: Described<ReplicaSet> }[]

function historyText(revisions: Revisions): string {
  if (revisions.length === 0) return 'No rollout history found.'
  const rows = revisions.map(r => `${r.revision}\t${r.set.metadata.annotations?.[CHANGE_CAUSE] || '<none>'}\n`)
  return alignTabs(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`, DESCRIBE_TABS)
}

function templateOf(revisions: Revisions, wanted: number): string {
  const found = revisions.find(r => r.revision === wanted)?.set
  if (!found) throw new PlainError('unable to find the specified revision')
  const template = found.spec?.template
  const cause = found.metadata.annotations?.[CHANGE_CAUSE]
  const annotations = { ...template?.metadata?.annotations, ...(cause ? { [CHANGE_CAUSE]: cause } : {}) }
  const w = new Writer()
  podTemplateLines(w, template && { ...template, metadata: { ...template.metadata, annotations } })
  return w.unaligned
}

/** Annotations that belong to the deployment, not to the revision. */
const KEPT = [
  LAST_APPLIED,
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]

async function rollBack(call: Call): Promise<void> {
  const { flags, io } = call
  const dryRun = dryRunOf(flags)
  const { found, errors } = await targets(call)
  for (const f of found) {
    try {
      const d = f.object as unknown as Described<Deployment>
      const wanted = flags.number('to-revision')
      if (d.metadata.annotations?.[LAST_APPLIED])
        io.err(
          `Warning: resource ${f.resource.plural}/${f.name} was previously managed with 'kubectl apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
        )
      const target = chooseRevision(await revisionsOf(call, f), wanted, f.name)
      if (d.spec?.paused)
        throw new PlainError(
          "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        )
      const done = sameTemplate(target.spec?.template, d.spec?.template)
        ? `skipped rollback (current template already matches revision ${wanted})`
        : 'rolled back'
      if (done === 'rolled back' && dryRun !== 'client')
        await sendPatch(call, f, { type: 'json', body: rollbackPatch(d, target), dryRun })
      if (flags.text('output')) reporter(call, dryRun)(f.object, done)
      else say(io, `${nameOf(f.object)} ${done}${dryRunNote(dryRun)}`)
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
}

/** The set of a revision; of the one before the last where none is named. */
function chooseRevision(revisions: Revisions, wanted: number, name: string): Described<ReplicaSet> {
  const found = wanted > 0 ? revisions.find(r => r.revision === wanted) : revisions.at(-2)
  if (found) return found.set
  if (wanted !== 0) throw new PlainError(`unable to find specified revision ${wanted} in history`)
  throw new PlainError(`no rollout history found for deployment ${JSON.stringify(name)}`)
}

/** The JSON patch that brings template and annotations of a revision back. */
function rollbackPatch(d: Described<Deployment>, target: Described<ReplicaSet>): Json[] {
  const own = Object.entries(d.metadata.annotations ?? {}).filter(([k]) => KEPT.includes(k))
  const theirs = Object.entries(target.metadata.annotations ?? {}).filter(([k]) => !KEPT.includes(k))
  return [
    { op: 'replace', path: '/spec/template', value: withoutHash(target.spec?.template) },
    { op: 'replace', path: '/metadata/annotations', value: Object.fromEntries([...own, ...theirs]) },
  ]
}

/** The patch for an object, or why there is none. */
type PatchFor = (f: Found, now: number) => Json

function patchVerb(name: string, short: string, done: string, patchFor: PatchFor): Verb {
  return {
    name,
    use: `rollout ${name} RESOURCE`,
    short,
    examples: [`kubectl rollout ${name} deployment/nginx`],
    flags: [...FILES, ...PRINT_FLAGS, SELECTOR, fieldManager('kubectl-rollout')],
    run: call => patchAll(call, done, patchFor),
  }
}

async function patchAll(call: Call, done: string, patchFor: PatchFor): Promise<void> {
  const { found, errors } = await targets(call)
  const report = reporter(call, 'none')
  for (const f of found) {
    try {
      report(
        await sendPatch(call, f, { type: 'strategic', body: patchFor(f, call.io.clock.now()), dryRun: 'none' }),
        done,
      )
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
  if (found.length === 0) call.io.err(`No resources found in ${call.session.namespace} namespace.\n`)
}

const resourceText = (f: Found): string =>
  `${f.resource.plural}${f.resource.group ? `.${f.resource.group}` : ''} ${JSON.stringify(f.name)}`

function pausePatch(paused: boolean): PatchFor {
  return f => {
    if (f.resource.kind !== 'Deployment')
      throw new PlainError(`error: ${resourceText(f)} ${paused ? 'pausing' : 'resuming'} is not supported`)
    const now = (f.object['spec'] as { paused?: boolean } | undefined)?.paused === true
    if (now === paused) throw new PlainError(`error: ${resourceText(f)} is ${paused ? 'already' : 'not'} paused`)
    return { spec: { paused: paused ? true : null } }
  }
}

function restartPatch(f: Found, now: number): Json {
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(f.resource.kind))
    throw new PlainError(`error: ${resourceText(f)} restarting is not supported`)
  if ((f.object['spec'] as { paused?: boolean } | undefined)?.paused)
    throw new PlainError(`error: ${resourceText(f)} can't restart paused deployment (run rollout resume first)`)
  const annotations = { 'kubectl.kubernetes.io/restartedAt': formatTime(now) }
  return { spec: { template: { metadata: { annotations } } } }
}
