import { labelKeyFaults, labelValueFaults } from '../../../base/label-syntax.ts'
import type { Taint } from '../../../kinds/generated/types.ts'
import { requireResource } from '../api/discovery.ts'
import { ALL, type Found, findObjects, SELECTOR } from '../api/targets.ts'
import { DRY_RUN, dryRunOf, fieldManager, reporter, sendPatch, VALIDATE } from '../api/writing.ts'
import { PlainError, throwAll, UsageError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { PRINT_FLAGS } from '../print/output.ts'

/** `kubectl taint`. */
export const taint: Verb = {
  name: 'taint',
  use: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  short: 'Update the taints on one or more nodes',
  long: `Update the taints on one or more nodes.

  *  A taint consists of a key, value, and effect. As an argument here, it is expressed as key=value:effect.
  *  The effect must be NoSchedule, PreferNoSchedule or NoExecute.
  *  Currently taint can only apply to node.`,
  examples: [
    '# Update node "foo" with a taint with key "dedicated" and value "special-user" and effect "NoSchedule"',
    'kubectl taint nodes foo dedicated=special-user:NoSchedule',
    '',
    '# Remove from node "foo" the taint with key "dedicated" and effect "NoSchedule" if one exists, and all with that key',
    'kubectl taint nodes foo dedicated:NoSchedule-',
    'kubectl taint nodes foo dedicated-',
  ],
  flags: [
    ...PRINT_FLAGS,
    SELECTOR,
    ALL,
    DRY_RUN,
    VALIDATE,
    fieldManager('kubectl-taint'),
    flag(
      'bool',
      'overwrite',
      'If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.',
    ),
  ],
  run,
}

/** What the command line wants: taints to have, and keys (with an effect or all) to have no more. */
export interface TaintChanges {
  readonly set: readonly Taint[]
  readonly remove: readonly { readonly key: string; readonly effect: string }[]
}

async function run(call: Call): Promise<void> {
  const { args, flags } = call
  const at = args.findIndex(a => a.includes('=') || a.endsWith('-') || a.includes(':'))
  const targets = at < 0 ? args : args.slice(0, at)
  if (targets.length === 0) throw new PlainError('one or more resources must be specified as <resource> <name>')
  if (at < 0) throw new PlainError('at least one taint update is required')
  const type = (targets[0] ?? '').split('/')[0] ?? ''
  const resource = requireResource(await call.session.resources(), type)
  if (resource.kind !== 'Node') throw new PlainError(`invalid resource type ${type}, only node types are supported`)
  const changes = parseTaints(args.slice(at), call.command)
  const dryRun = dryRunOf(flags)
  const report = reporter(call, dryRun)
  const { found, errors } = await findObjects(call, targets)
  for (const f of found) {
    try {
      const { taints, done } = planTaints(taintsOf(f), changes, { node: f.name, overwrite: flags.on('overwrite') })
      const body = { metadata: { resourceVersion: versionOf(f) }, spec: { taints } }
      const object =
        dryRun === 'client'
          ? { ...f.object, spec: { ...(f.object['spec'] as object | undefined), taints } }
          : await sendPatch(call, f, { type: 'merge', body, dryRun })
      report(object, done)
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
}

const taintsOf = (f: Found): Taint[] => (f.object['spec'] as { taints?: Taint[] } | undefined)?.taints ?? []
const versionOf = (f: Found): string | undefined =>
  (f.object['metadata'] as { resourceVersion?: string } | undefined)?.resourceVersion

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Reads `key=value:effect`, `key:effect`, and with a dash at the end what is to go. Throws UsageError. */
export function parseTaints(words: readonly string[], command: string): TaintChanges {
  const set: Taint[] = []
  const remove: { key: string; effect: string }[] = []
  for (const word of words) {
    if (word.endsWith('-')) {
      const { key, effect } = parts(word.slice(0, -1))
      remove.push({ key, effect })
      continue
    }
    const { key, value, effect } = parts(word)
    const fault =
      labelKeyFaults(effect ? key : word)[0] ?? labelValueFaults(value)[0] ?? (effect ? undefined : 'no effect')
    if (fault) throw new UsageError(command, `invalid taint spec: ${word}, ${fault}`)
    if (!EFFECTS.includes(effect))
      throw new UsageError(command, `invalid taint effect: ${effect}, unsupported taint effect`)
    if (set.some(t => t.key === key && t.effect === effect))
      throw new UsageError(command, `duplicated taints with the same key and effect: ${key}:${effect}`)
    set.push({ key, effect, ...(value ? { value } : {}) })
  }
  for (const r of remove)
    if (set.some(t => t.key === r.key && (!r.effect || t.effect === r.effect)))
      throw new UsageError(command, 'can not both modify and remove the following taint(s) in the same command')
  return { set, remove }
}

function parts(text: string): { key: string; value: string; effect: string } {
  const colon = text.lastIndexOf(':')
  const [pair, effect] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
  const at = pair.indexOf('=')
  return at < 0 ? { key: pair, value: '', effect } : { key: pair.slice(0, at), value: pair.slice(at + 1), effect }
}

/** The taints of a node after the changes, and the word for what was done. Throws PlainError. */
export function planTaints(
  now: readonly Taint[],
  { set, remove }: TaintChanges,
  o: { readonly node: string; readonly overwrite: boolean },
): { taints: Taint[]; done: string } {
  const same = (a: { key: string; effect: string }, b: { key: string; effect: string }): boolean =>
    a.key === b.key && (!b.effect || a.effect === b.effect)
  const clashes = set.some(t => now.some(n => same(n, t)))
  if (clashes && !o.overwrite)
    throw new PlainError(`node ${o.node} already has a taint(s) with same effect(s) and --overwrite is false`)
  for (const r of remove)
    if (!now.some(n => same(n, r)))
      throw new PlainError(`taint ${JSON.stringify(r.effect ? `${r.key}:${r.effect}` : r.key)} not found`)
  const kept = now.filter(n => !set.some(t => same(n, t)) && !remove.some(r => same(n, r)))
  const done = clashes || (set.length > 0 && remove.length > 0) ? 'modified' : set.length > 0 ? 'tainted' : 'untainted'
  return { taints: [...set, ...kept], done }
}
