import { isNotFound } from '../../base/errors.ts'
import { byReadiness, chooseContainer, type Pod, podPath, podsOf, readAttachable } from './api/pods.ts'
import { SELECTOR } from './api/targets.ts'
import { messageOf, PlainError, UsageError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'

const USAGE =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command"

/** `kubectl logs`. */
export const logs: Verb = {
  name: 'logs',
  use: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  short: 'Print the logs for a container in a pod',
  long: 'Print the logs for a container in a pod or specified resource. If the pod has only one container, the container name is optional.',
  examples: [
    '# The logs of a pod, the last 20 lines, and what comes',
    'kubectl logs nginx',
    'kubectl logs --tail=20 nginx',
    'kubectl logs -f nginx',
    '',
    '# All containers of the pods with a label',
    'kubectl logs -l app=nginx --all-containers=true',
    '',
    '# The container that ran before',
    'kubectl logs -p -c ruby web-1',
  ],
  flags: [
    SELECTOR,
    flag('bool', 'all-containers', "Get all containers' logs in the pod(s)."),
    flag('bool', 'all-pods', 'Get logs from all pod(s). Sets prefix to true.'),
    flag('string', 'container c', 'Print the logs of this container'),
    flag('bool', 'follow f', 'Specify if the logs should be streamed.'),
    flag('bool', 'ignore-errors', 'If watching / following pod logs, allow for any errors that occur to be non-fatal'),
    flag(
      'bool',
      'insecure-skip-tls-verify-backend',
      'Skip verifying the identity of the kubelet that logs are requested from.',
    ),
    flag('int', 'limit-bytes', 'Maximum bytes of logs to return. Defaults to no limit.'),
    flag(
      'int',
      'max-log-requests',
      'Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.',
      { default: '5' },
    ),
    flag(
      'duration',
      'pod-running-timeout',
      'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
      { default: '20s' },
    ),
    flag('bool', 'prefix', 'Prefix each log line with the log source (pod name and container name)'),
    flag(
      'bool',
      'previous p',
      'If true, print the logs for the previous instance of the container in a pod if it exists.',
    ),
    flag(
      'duration',
      'since',
      'Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used.',
    ),
    flag(
      'string',
      'since-time',
      'Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used.',
    ),
    flag(
      'int',
      'tail',
      'Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.',
      { default: '-1' },
    ),
    flag('bool', 'timestamps', 'Include timestamps on each line in the log output'),
  ],
  run,
}

interface Source {
  readonly pod: Pod
  readonly container: string
}

async function run(call: Call): Promise<void> {
  validate(call)
  const sources = await findSources(call)
  const { flags } = call
  const limit = flags.number('max-log-requests')
  if (!flags.on('follow') || sources.length === 1) {
    for (const source of sources) await printLog(call, source)
    return
  }
  if (sources.length > limit)
    throw new PlainError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
    )
  await Promise.all(sources.map(source => printLog(call, source)))
}

function validate(call: Call): void {
  const { args, flags } = call
  const selector = flags.text('selector')
  if (args.length === 0 && !selector) throw new UsageError(call.command, USAGE)
  if (args.length > 0 && selector) throw new UsageError(call.command, 'only a selector (-l) or a POD name is allowed')
  if (args.length > 2) throw new UsageError(call.command, USAGE)
  if (flags.text('since-time') && flags.changed('since'))
    throw new PlainError('at most one of `sinceTime` or `sinceSeconds` may be specified')
  const since = flags.text('since-time')
  if (since && !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/.test(since))
    throw new PlainError(
      `parsing time ${JSON.stringify(since)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(since)} as "2006"`,
    )
  if (flags.on('all-containers') && flags.text('container'))
    throw new PlainError(`--all-containers=true should not be specified with container name ${flags.text('container')}`)
  if (flags.text('container') && args.length === 2)
    throw new PlainError('only one of -c or an inline [CONTAINER] arg is allowed')
  if (flags.number('limit-bytes') < 0) throw new PlainError('--limit-bytes must be greater than 0')
  if (flags.duration('since') < 0) throw new PlainError('--since must be greater than 0')
  if (flags.number('tail') < -1) throw new PlainError('--tail must be greater than or equal to -1')
}

async function findSources(call: Call): Promise<Source[]> {
  const { args, flags, session } = call
  const selector = flags.text('selector')
  const pods = selector ? await selectedPods(call, selector) : await namedPods(call, args[0] ?? '')
  if (selector && pods.length === 0) call.io.err(`No resources found in ${session.namespace} namespace.\n`)
  const asked = flags.text('container') || (args[1] ?? '')
  return pods.flatMap(pod => {
    if (flags.on('all-containers')) {
      const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec
      return [...initContainers, ...containers, ...ephemeralContainers].map(c => ({ pod, container: c.name }))
    }
    const tell = (line: string): void => (flags.on('all-pods') ? undefined : call.io.err(`${line}\n`))
    return [{ pod, container: chooseContainer(pod, asked, tell) }]
  })
}

async function selectedPods(call: Call, labelSelector: string): Promise<Pod[]> {
  const list = await call.session.connection.json<{ items?: Pod[] | null }>({
    path: podPath(call.session.namespace),
    query: { labelSelector },
  })
  return list.items ?? []
}

async function namedPods(call: Call, word: string): Promise<Pod[]> {
  const { flags, session } = call
  let object
  try {
    object = await readAttachable(call, word)
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new PlainError(
      `error from server (NotFound): ${(error as Error).message} in namespace ${JSON.stringify(session.namespace)}`,
    )
  }
  const pods = await podsOf(call, object, { order: byLogging, doing: 'get the logs from' })
  if (pods.length <= 1 || flags.on('all-pods')) return pods
  const [first] = pods
  if (!first) return []
  call.io.err(`Found ${pods.length} pods, using pod/${first.metadata.name}\n`)
  return [first]
}

/** As byReadiness: those that have most to tell first. */
const byLogging = byReadiness

/** The query of the log subresource. */
export function logQuery(call: Call, container: string): Record<string, string | undefined> {
  const { flags } = call
  const tail = flags.changed('tail') ? flags.number('tail') : flags.text('selector') && !flags.changed('tail') ? 10 : -1
  const since = flags.duration('since')
  return {
    container,
    follow: flags.on('follow') ? 'true' : undefined,
    previous: flags.on('previous') ? 'true' : undefined,
    timestamps: flags.on('timestamps') ? 'true' : undefined,
    tailLines: tail >= 0 ? String(tail) : undefined,
    sinceSeconds: since > 0 ? String(Math.ceil(since / 1000)) : undefined,
    sinceTime: flags.text('since-time') || undefined,
    limitBytes: flags.number('limit-bytes') > 0 ? flags.text('limit-bytes') : undefined,
    insecureSkipTLSVerifyBackend: flags.on('insecure-skip-tls-verify-backend') ? 'true' : undefined,
  }
}

async function printLog(call: Call, { pod, container }: Source): Promise<void> {
  const { flags, io, session } = call
  const prefix = flags.on('prefix') || flags.on('all-pods') ? `[pod/${pod.metadata.name}/${container}] ` : ''
  try {
    const response = await session.connection.open(
      { path: podPath(pod.metadata.namespace, pod.metadata.name, 'log'), query: logQuery(call, container) },
      io.signal,
    )
    let open = false
    for await (const chunk of response) {
      if (!prefix) io.out(chunk as Buffer)
      else {
        const text = (chunk as Buffer).toString('utf8')
        const lines = text.replaceAll(/\n(?!$)/g, `\n${prefix}`)
        io.out((open ? '' : prefix) + lines)
        open = !text.endsWith('\n')
      }
    }
  } catch (error) {
    if (io.signal.aborted || !flags.on('ignore-errors')) throw error
    io.err(`error: ${messageOf(error).replace(/^error: /, '')}\n`)
  }
}
