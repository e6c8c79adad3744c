import { byReadiness, chooseContainer, podPath, podsOf, readAttachable, type Pod } from './api/pods.ts'
import { isTerminal, joinStreams } from './api/streams.ts'
import { PlainError, UsageError } from './base/errors.ts'
import { flag, type FlagSpec } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'

const CONTAINER = flag(
  'string',
  'container c',
  'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen',
)
const RUNNING_TIMEOUT = flag(
  'duration',
  'pod-running-timeout',
  'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
  { default: '1m0s' },
)

/** Flags of verbs that join a container's streams. */
export const STREAM_FLAGS: readonly FlagSpec[] = [
  CONTAINER,
  RUNNING_TIMEOUT,
  flag('bool', 'quiet q', 'Only print output from the remote session'),
  flag('bool', 'stdin i', 'Pass stdin to the container'),
  flag('bool', 'tty t', 'Stdin is a TTY'),
]

/** `kubectl exec`. */
export const exec: Verb = {
  name: 'exec',
  use: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  short: 'Execute a command in a container',
  examples: [
    "# Get output from running 'date' in the first container of a pod",
    'kubectl exec mypod -- date',
    '',
    '# A shell in a container of your choice',
    'kubectl exec mypod -c app -i -t -- sh',
    '',
    '# In the first pod of a deployment or service',
    'kubectl exec deploy/mydeployment -- date',
  ],
  flags: STREAM_FLAGS,
  run,
}

async function run(call: Call): Promise<void> {
  const { args, dash, flags, session } = call
  if (dash < 0 && args.length > 1)
    throw new UsageError(
      call.command,
      'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead',
    )
  const word = args.length > 0 && dash !== 0 ? args[0] : undefined
  if (!word) throw new PlainError('pod, type/name or --filename must be specified')
  const command = dash >= 0 ? args.slice(dash) : []
  if (command.length === 0) throw new PlainError('you must specify at least one command for the container')
  const pod = await attachablePod(call, word)
  const phase = pod.status?.phase ?? ''
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new PlainError(`cannot exec into a container in a completed pod; current phase is ${phase}`)
  const container = chooseContainer(pod, flags.text('container'), line => flags.on('quiet') || call.io.err(`${line}\n`))
  const { stdin, tty } = terminal(call)
  const query = new URLSearchParams({ container })
  for (const part of command) query.append('command', part)
  query.set('stdin', String(stdin))
  query.set('stdout', 'true')
  query.set('stderr', String(!tty))
  query.set('tty', String(tty))
  const path = podPath(pod.metadata.namespace, pod.metadata.name, 'exec')
  await joinStreams({ connection: session.connection, io: call.io, path, query, stdin, raw: tty })
}

/** The pod itself, or the first of what has pods. */
export async function attachablePod(call: Call, word: string): Promise<Pod> {
  const object = await readAttachable(call, word)
  const [pod] = await podsOf(call, object, { order: byReadiness, doing: 'attach to' })
  if (!pod) throw new PlainError('timed out waiting for the condition')
  return pod
}

/** Whether input is passed and a terminal joined; tells where there is none to join. */
export function terminal(call: Call): { stdin: boolean; tty: boolean } {
  const stdin = call.flags.on('stdin')
  if (!stdin || !call.flags.on('tty')) return { stdin, tty: false }
  if (isTerminal(call.io)) return { stdin, tty: true }
  if (!call.flags.on('quiet')) call.io.err('Unable to use a TTY - input is not a terminal or the right kind of file\n')
  return { stdin, tty: false }
}
