import { isNotFound, StatusError } from '../../../base/errors.ts'
import type { Pod } from '../../../kinds/generated/types.ts'
import { sendDelete, waitGone } from '../api/deletion.ts'
import type { Json } from '../api/connection.ts'
import { pathOf, requireResource, type Resource } from '../api/discovery.ts'
import type { Found } from '../api/targets.ts'
import { dryRunNote, dryRunOf } from '../api/writing.ts'
import { ExitError, messageOf, PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { markNode } from './cordon.ts'
import { planDrain } from './drain-plan.ts'
import { chosenNodes, NODE_FLAGS } from './select.ts'

/** `kubectl drain`. */
export const drain: Verb = {
  name: 'drain',
  use: 'drain NODE',
  short: 'Drain node in preparation for maintenance',
  long: `Drain node in preparation for maintenance.

 The given node is marked unschedulable, and its pods are evicted, within their disruption budgets; pods of DaemonSets, pods that nothing would make anew and pods with local data only where flags say so.`,
  examples: [
    '# Drain node "foo", even if there are pods not managed by a controller',
    'kubectl drain foo --force',
    '',
    '# With a grace period of 15 minutes',
    'kubectl drain foo --grace-period=900',
  ],
  flags: [
    ...NODE_FLAGS,
    flag('int', 'chunk-size', 'Taken for the sake of scripts: lists come whole.', { default: '500' }),
    flag(
      'bool',
      'delete-emptydir-data',
      'Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).',
    ),
    flag('bool', 'disable-eviction', 'Delete pods even where they could be evicted, past their disruption budgets.'),
    flag('bool', 'force', 'Continue even if there are pods that do not declare a controller.'),
    flag(
      'int',
      'grace-period',
      'Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used.',
      { default: '-1' },
    ),
    flag('bool', 'ignore-daemonsets', 'Ignore DaemonSet-managed pods.'),
    flag('string', 'pod-selector', 'Label selector to filter pods on the node'),
    flag(
      'int',
      'skip-wait-for-delete-timeout',
      'If a pod has been going for longer than this many seconds, it is not waited for. 0 waits for all.',
    ),
    flag('duration', 'timeout', 'The length of time to wait before giving up, zero means infinite'),
  ],
  run,
}

const RETRY_MS = 5_000

async function run(call: Call): Promise<void> {
  const { io } = call
  const nodes = await chosenNodes(call)
  const dryRun = dryRunOf(call.flags)
  for (const node of nodes) await markNode(call, node, true, dryRun)
  const faults: string[] = []
  const left: string[] = []
  for (const node of nodes) {
    const found = await drainNode(call, node).catch((error: unknown) => [plainText(error)])
    const fault = found.length > 1 ? `[${found.join(', ')}]` : found[0]
    if (fault === undefined) io.out(`node/${node.name} drained${dryRunNote(dryRun)}\n`)
    else {
      io.err(`error: unable to drain node ${JSON.stringify(node.name)} due to error: ${fault}, continuing command...\n`)
      faults.push(...found)
      left.push(node.name)
    }
  }
  if (left.length === 0) return
  io.err(`There are pending nodes to be drained:\n${left.map(n => ` ${n}\n`).join('')}`)
  throw new ExitError(1, faults.join('\n'))
}

const plainText = (error: unknown): string => messageOf(error).replace(/^error: /, '')

/** Takes all pods away that must go. Gives what hindered it. */
async function drainNode(call: Call, node: Found): Promise<readonly string[]> {
  const { flags, io, session } = call
  const resource = requireResource(await session.resources(), 'pods')
  const list = await session.connection.json<{ items?: Pod[] | null }>({
    path: pathOf(resource, ''),
    query: { fieldSelector: `spec.nodeName=${node.name}`, labelSelector: flags.text('pod-selector') || undefined },
  })
  const { pods, warnings, faults } = planDrain(list.items ?? [], {
    force: flags.on('force'),
    ignoreDaemonSets: flags.on('ignore-daemonsets'),
    deleteEmptyDir: flags.on('delete-emptydir-data'),
    skipGoingMs: flags.number('skip-wait-for-delete-timeout') * 1000,
    now: io.clock.now(),
  })
  if (faults.length > 0) return faults
  if (warnings.length > 0) io.err(`Warning: ${warnings.join('; ')}\n`)
  const dryRun = dryRunOf(flags)
  if (dryRun === 'client') {
    for (const { metadata } of pods) io.out(`evicting pod ${metadata?.namespace}/${metadata?.name} (dry run)\n`)
    return []
  }
  const timeout = flags.duration('timeout')
  const until = timeout > 0 ? io.clock.now() + timeout : Infinity
  const done = await Promise.allSettled(pods.map(pod => remove(call, { resource, pod, until })))
  return done.flatMap(d => (d.status === 'rejected' ? [plainText(d.reason)] : []))
}

interface Removal {
  readonly resource: Resource
  readonly pod: Pod
  /** When to give up, in milliseconds since the epoch. */
  readonly until: number
}

async function remove(call: Call, { resource, pod, until }: Removal): Promise<void> {
  const { flags, io } = call
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {}
  const grace = flags.number('grace-period')
  const options = { ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}), preconditions: { uid } }
  const dryRun = dryRunOf(flags) === 'server'
  const evicts = !flags.on('disable-eviction')
  try {
    if (evicts) await evict(call, { resource, pod, until }, options)
    else await sendDelete(call, { resource, namespace, name, options, dryRun })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  if (!dryRun) await waitGone(call, { resource, namespace, name, uid }, Math.min(until - io.clock.now(), LONGEST_MS))
  io.out(`pod/${name} ${evicts ? 'evicted' : 'deleted'}${dryRun ? ' (server dry run)' : ''}\n`)
}

/** A day: no pod is waited for longer. */
const LONGEST_MS = 86_400_000

/** Asks for the eviction until no budget stands against it. */
async function evict(call: Call, { resource, pod, until }: Removal, deleteOptions: Json): Promise<void> {
  const { io, session } = call
  const { name = '', namespace = '' } = pod.metadata ?? {}
  for (;;) {
    io.out(`evicting pod ${namespace}/${name}\n`)
    try {
      await session.connection.json({
        method: 'POST',
        path: pathOf(resource, namespace, name, 'eviction'),
        query: { dryRun: dryRunOf(call.flags) === 'server' ? 'All' : undefined },
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions },
      })
      return
    } catch (error) {
      if (!(error instanceof StatusError) || error.status.code !== 429) throw error
      const text = `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}`
      if (io.clock.now() + RETRY_MS > until) throw new PlainError(`${text}: global timeout reached`)
      io.err(`${text} (will retry after 5s): ${error.status.message ?? ''}\n`)
      await io.clock.sleep(RETRY_MS, io.signal)
    }
  }
}
