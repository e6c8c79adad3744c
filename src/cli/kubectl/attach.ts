import { chooseContainer, podPath, type Pod } from './api/pods.ts'
import { joinStreams } from './api/streams.ts'
import { PlainError, UsageError } from './base/errors.ts'
import type { Call, Verb } from './base/verb.ts'
import { attachablePod, STREAM_FLAGS, terminal } from './exec.ts'

/** `kubectl attach`. */
export const attach: Verb = {
  name: 'attach',
  use: 'attach (POD | TYPE/NAME) -c CONTAINER',
  short: 'Attach to a running container',
  long: 'Attach to a process that is already running inside an existing container.',
  examples: [
    '# Get output from a running pod',
    'kubectl attach mypod',
    '',
    '# Join its terminal',
    'kubectl attach mypod -c app -i -t',
  ],
  flags: STREAM_FLAGS,
  run: async call => {
    const [word, ...more] = call.args
    if (!word) throw new PlainError('at least 1 argument is required for attach')
    if (more.length)
      throw new UsageError(
        call.command,
        `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${call.args.length}: [${call.args.join(' ')}]`,
      )
    await attachTo(call, await attachablePod(call, word), { container: call.flags.text('container') })
  },
}

/** Joins the terminal or the output of a container that runs. */
export async function attachTo(call: Call, pod: Pod, o: { container: string }): Promise<void> {
  const phase = pod.status?.phase ?? ''
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new PlainError(`cannot attach a container in a completed pod; current phase is ${phase}`)
  const quiet = call.flags.on('quiet')
  const container = chooseContainer(pod, o.container, line => quiet || call.io.err(`${line}\n`))
  const spec = pod.spec.containers.find(c => c.name === container)
  const wanted = terminal(call)
  if (wanted.tty && spec && spec['tty'] !== true && !quiet)
    call.io.err(`error: Unable to use a TTY - container ${container} did not allocate one\n`)
  const tty = wanted.tty && spec?.['tty'] === true
  if (!quiet) {
    call.io.err(
      'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n',
    )
    call.io.err("If you don't see a command prompt, try pressing enter.\n")
  }
  const query = new URLSearchParams({
    container,
    stdin: String(wanted.stdin),
    stdout: 'true',
    stderr: String(!tty),
    tty: String(tty),
  })
  await joinStreams({
    connection: call.session.connection,
    io: call.io,
    path: podPath(pod.metadata.namespace, pod.metadata.name, 'attach'),
    query,
    stdin: wanted.stdin,
    raw: tty,
  })
}
