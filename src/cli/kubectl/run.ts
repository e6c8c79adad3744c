import { parseImageName } from './base/images.ts'
import type { Json } from './api/connection.ts'
import { type Pod, podPath } from './api/pods.ts'
import { watchEvents } from './api/watching.ts'
import { createFlags, dryRunOf, recorded, reporter, sendCreate, warnRecord, withLastApplied } from './api/writing.ts'
import { ExitError, messageOf, PlainError, UsageError } from './base/errors.ts'
import { atoi, flag } from './base/flags.ts'
import { say } from './base/io.ts'
import type { Call, Verb } from './base/verb.ts'
import { attachTo } from './attach.ts'
import { sendDelete } from './api/deletion.ts'

/** `kubectl run`. */
export const run: Verb = {
  name: 'run',
  use: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  short: 'Run a particular image on the cluster',
  long: 'Create and run a particular image in a pod.',
  examples: [
    '# Start a nginx pod',
    'kubectl run nginx --image=nginx',
    '',
    '# A shell in a pod of its own, removed afterwards',
    'kubectl run -i -t busybox --image=busybox --restart=Never --rm',
    '',
    '# With other arguments, or another command',
    'kubectl run nginx --image=nginx -- <arg1> <arg2> ... <argN>',
    'kubectl run nginx --image=nginx --command -- <cmd> <arg1> ... <argN>',
  ],
  flags: [
    ...createFlags('kubectl-run'),
    flag('array', 'annotations', 'Annotations to apply to the pod.'),
    flag(
      'bool',
      'attach',
      "If true, wait for the Pod to start running, and then attach to the Pod as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true. With '--restart=Never' the exit code of the container process is returned.",
    ),
    flag(
      'bool',
      'command',
      "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.",
    ),
    flag('array', 'env', 'Environment variables to set in the container.'),
    flag('bool', 'expose', 'If true, create a ClusterIP service associated with the pod.  Requires `--port`.'),
    flag('string', 'image', 'The image for the container to run.'),
    flag(
      'string',
      'image-pull-policy',
      'The image pull policy for the container.  If left empty, this value will not be specified by the client and defaulted by the server.',
    ),
    flag('string', 'labels l', 'Comma separated labels to apply to the pod. Will override previous values.'),
    flag(
      'bool',
      'leave-stdin-open',
      'If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes.',
    ),
    flag('string', 'override-type', 'The method used to override the generated object: json, merge, or strategic.', {
      default: 'merge',
    }),
    flag(
      'string',
      'overrides',
      'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object.',
    ),
    flag(
      'duration',
      'pod-running-timeout',
      'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
      { default: '1m0s' },
    ),
    flag('string', 'port', 'The port that this container exposes.'),
    flag('bool', 'privileged', 'If true, run the container in privileged mode.'),
    flag('bool', 'quiet q', 'If true, suppress prompt messages.'),
    flag('string', 'restart', 'The restart policy for this Pod.  Legal values [Always, OnFailure, Never].', {
      default: 'Always',
    }),
    flag(
      'bool',
      'rm',
      "If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.",
    ),
    flag('bool', 'stdin i', 'Keep stdin open on the container in the pod, even if nothing is attached.'),
    flag('bool', 'tty t', 'Allocate a TTY for the container in the pod.'),
  ],
  run: runPod,
}

async function runPod(call: Call): Promise<number | void> {
  const { flags, session } = call
  const names = call.dash >= 0 ? call.args.slice(0, call.dash) : call.args
  const [name] = names
  if (!flags.changed('image')) throw new PlainError('required flag(s) "image" not set')
  if (!name) throw new UsageError(call.command, 'NAME is required for run')
  const attaches = flags.changed('attach') ? flags.on('attach') : flags.on('stdin')
  check(call, attaches)
  warnRecord(call)
  const dryRun = dryRunOf(flags)
  const report = reporter(call, dryRun)
  const pod = await overridden(call, podObject(call, name, call.args.slice(1)))
  const base = recorded(call, flags.on('save-config') ? withLastApplied(pod) : pod)
  const created = await sendCreate(call, podPath(session.namespace), base, dryRun)
  if (flags.on('expose')) await exposePod(call, name, dryRun, report)
  if (!attaches) return report(created, 'created')
  return attachAndWait(call, created as Pod)
}

function check(call: Call, attaches: boolean): void {
  const { flags } = call
  const image = flags.text('image')
  if (!image) throw new PlainError('--image is required')
  if (!parseImageName(image))
    throw new PlainError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`)
  const usage = (message: string): never => {
    throw new UsageError(call.command, message)
  }
  if (flags.on('tty') && !flags.on('stdin')) usage('-i/--stdin is required for containers with -t/--tty=true')
  if (flags.on('expose') && !flags.text('port')) usage('--port must be set when exposing a service')
  if (flags.on('rm') && !attaches) usage('--rm should only be used for attached containers')
  if (attaches && dryRunOf(flags) !== 'none')
    usage("--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)")
  if (!['Always', 'OnFailure', 'Never'].includes(flags.text('restart')))
    usage(`invalid restart policy: ${flags.text('restart')}`)
  const policy = flags.text('image-pull-policy')
  if (policy && !['Always', 'IfNotPresent', 'Never'].includes(policy)) usage(`invalid image pull policy: ${policy}`)
}

function podObject(call: Call, name: string, words: readonly string[]): Json {
  const { flags } = call
  const labels = flags.text('labels') ? pairsOf(flags.text('labels').split(','), 'label spec') : { run: name }
  const annotations = pairsOf(flags.texts('annotations'), 'annotation')
  const port = flags.text('port')
  const env = flags.texts('env').map(envOf)
  const stdin = flags.on('stdin')
  const container = {
    ...(words.length ? { [flags.on('command') ? 'command' : 'args']: words } : {}),
    ...(env.length ? { env } : {}),
    image: flags.text('image'),
    ...(flags.text('image-pull-policy') ? { imagePullPolicy: flags.text('image-pull-policy') } : {}),
    name,
    ...(port ? { ports: [{ containerPort: atoi(port) }] } : {}),
    resources: {},
    ...(flags.on('privileged') ? { securityContext: { privileged: true } } : {}),
    ...(stdin ? { stdin: true, ...(flags.on('leave-stdin-open') ? {} : { stdinOnce: true }) } : {}),
    ...(flags.on('tty') ? { tty: true } : {}),
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(flags.texts('annotations').length ? { annotations } : {}),
      labels,
      name,
      ...(call.session.namespaceGiven ? { namespace: call.session.namespace } : {}),
    },
    spec: { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy: flags.text('restart') },
    status: {},
  }
}

function pairsOf(texts: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(
    texts.map(text => {
      const at = text.indexOf('=')
      if (at <= 0) throw new PlainError(`unexpected ${what}: ${text}`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

function envOf(text: string): Json {
  const at = text.indexOf('=')
  if (at <= 0) throw new PlainError(`invalid env: ${text}`)
  return { name: text.slice(0, at), value: text.slice(at + 1) }
}

async function overridden(call: Call, pod: Json): Promise<Json> {
  const text = call.flags.text('overrides')
  if (!text) return pod
  const { parseYaml } = await import('../../base/yaml.ts')
  const { plainNumbers } = await import('../../base/json.ts')
  const patch = plainNumbers(parseYaml(text).value)
  if (call.flags.text('override-type') === 'strategic')
    return (await import('../../registry/patch/strategic-merge.ts')).applyStrategicMerge(
      'io.k8s.api.core.v1.Pod',
      pod,
      patch,
    )
  if (call.flags.text('override-type') === 'json')
    return (await import('../../registry/patch/json-patch.ts')).applyJsonPatch(pod, patch as never) as Json
  return (await import('../../registry/patch/merge-patch.ts')).applyMergePatch(pod, patch)
}

async function exposePod(
  call: Call,
  name: string,
  dryRun: ReturnType<typeof dryRunOf>,
  report: ReturnType<typeof reporter>,
): Promise<void> {
  const port = atoi(call.flags.text('port'))
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ port, protocol: 'TCP', targetPort: port }], selector: { run: name } },
    status: { loadBalancer: {} },
  }
  const path = `/api/v1/namespaces/${encodeURIComponent(call.session.namespace)}/services`
  report(await sendCreate(call, path, object, dryRun), 'created')
}

/** Attaches once the pod runs, or prints its log where it has ended already; then removes it where asked. */
async function attachAndWait(call: Call, created: Pod): Promise<number | void> {
  const { flags, io } = call
  try {
    const pod = await waitPhase(
      call,
      created,
      ['Running', 'Succeeded', 'Failed'],
      flags.duration('pod-running-timeout'),
    )
    await joinOrLog(call, pod)
    if (flags.text('restart') !== 'Never') {
      if (flags.text('restart') === 'Always' && !flags.on('quiet') && flags.on('stdin') && !flags.on('rm'))
        io.err(
          `Session ended, resume using '${call.command.split(' ')[0]} attach ${pod.metadata.name} -c ${pod.spec.containers[0]?.name ?? ''} -i -t' command when the pod is running\n`,
        )
      return
    }
    return exitCode(await waitPhase(call, pod, ['Succeeded', 'Failed'], flags.duration('pod-running-timeout')))
  } finally {
    if (flags.on('rm')) await remove(call, created)
  }
}

/** Attaches to the pod; where that fails, or it has ended already, its log tells the same. */
async function joinOrLog(call: Call, pod: Pod): Promise<void> {
  const { name, namespace } = pod.metadata
  const printLog = async (): Promise<void> => {
    const path = podPath(namespace, name, 'log')
    const response = await call.session.connection.open({ path, query: { follow: 'true' } }, call.io.signal)
    for await (const chunk of response) call.io.out(chunk as Buffer)
  }
  if (pod.status?.phase !== 'Running') return printLog()
  try {
    await attachTo(call, pod, { container: pod.spec.containers[0]?.name ?? '' })
  } catch (error) {
    if (call.io.signal.aborted) throw error
    const why = messageOf(error).replace(/^error: /, '')
    call.io.err(`warning: couldn't attach to pod/${name}, falling back to streaming logs: ${why}\n`)
    await printLog()
  }
}

function exitCode(pod: Pod): number {
  if (pod.status?.phase === 'Succeeded') return 0
  const ended = pod.status?.containerStatuses?.[0]?.state?.terminated
  const { name, namespace } = pod.metadata
  if (ended?.exitCode === undefined || ended.exitCode === 0)
    throw new PlainError(`pod ${namespace}/${name} failed with unknown exit code`)
  throw new ExitError(
    ended.exitCode,
    `pod ${namespace}/${name} terminated (${ended.reason ?? ''})\n${ended.message ?? ''}`.trimEnd(),
  )
}

async function remove(call: Call, pod: Pod): Promise<void> {
  const { name, namespace } = pod.metadata
  const { requireResource } = await import('./api/discovery.ts')
  const { deletedText } = await import('./delete.ts')
  const resource = requireResource(await call.session.resources(), 'pods')
  const options = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }
  await sendDelete(call, { resource, namespace, name, options })
  if (!call.flags.on('quiet')) say(call.io, deletedText({ resource, namespace, name }, false, 'none'))
}

/** The pod once it is in one of these phases. Throws where `timeoutMs` pass first. */
async function waitPhase(call: Call, pod: Pod, phases: readonly string[], timeoutMs: number): Promise<Pod> {
  const abort = new AbortController()
  using _timer = call.io.clock.setTimer(timeoutMs, () => abort.abort())
  const events = watchEvents(call.session.connection, {
    path: podPath(pod.metadata.namespace),
    query: { fieldSelector: `metadata.name=${pod.metadata.name}`, resourceVersion: '0' },
    signal: AbortSignal.any([abort.signal, call.io.signal]),
  })
  for await (const event of events) {
    const now = event.object as Pod
    if (event.type === 'DELETED') throw new PlainError(`pods ${JSON.stringify(pod.metadata.name)} not found`)
    if (now.metadata.uid === pod.metadata.uid && phases.includes(now.status?.phase ?? '')) return now
  }
  throw new PlainError('timed out waiting for the condition')
}
