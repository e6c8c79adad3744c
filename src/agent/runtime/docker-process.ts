import type Dockerode from 'dockerode'
import { type Duplex, PassThrough, type Readable, type Transform, Writable } from 'node:stream'
import type { Clock } from '../../base/clock.ts'
import { demultiplex, emptyStream } from './docker-streams.ts'
import { ExecOutput } from './exec-output.ts'
import { killInContainer } from './kill-in-container.ts'
import {
  type AttachOptions,
  type ExecOptions,
  type LogOptions,
  type LogStreams,
  type ProcessStreams,
  RuntimeError,
} from './runtime.ts'

/** How long the engine may need to know the exit code after the output has ended. */
const EXIT_CODE_TRIES = 50
const EXIT_CODE_WAIT_MS = 20

/** What a container wrote. The engine keeps both streams in one file, in order. */
export async function readLogs(container: Dockerode.Container, options: LogOptions): Promise<LogStreams> {
  const abort = new AbortController()
  const tty = (await container.inspect()).Config.Tty
  const raw = await openLog(container, options, abort.signal)
  const merged = new PassThrough()
  const close = (): void => {
    abort.abort()
    merged.destroy()
  }
  merged.on('close', () => abort.abort())
  if (tty) raw.on('error', () => merged.end()).pipe(merged)
  else void demultiplex(raw, merged, merged)
  return { merged, close }
}

/** dockerode's own `logs` reads all of a log into memory, and takes one that happens to be JSON for an object. */
function openLog(container: Dockerode.Container, options: LogOptions, signal: AbortSignal): Promise<Readable> {
  const { follow, timestamps, tail, since } = options
  const query = {
    stdout: true,
    stderr: true,
    follow,
    timestamps,
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since: (since / 1000).toFixed(3) }),
  }
  const request = {
    path: `/containers/${container.id}/logs?`,
    method: 'GET',
    abortSignal: signal,
    isStream: true,
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
    options: query,
  }
  const modem = container.modem as {
    dial(r: typeof request, done: (error: Error | null, answer: Readable) => void): void
  }
  return new Promise((resolve, reject) => {
    modem.dial(request, (error, answer) => (error ? reject(error) : resolve(answer)))
  })
}

/** Starts a command in a container and connects to it. `exited` rejects with {@link RuntimeError} where it cannot be started. */
export async function execProcess(
  docker: Dockerode,
  id: string,
  options: ExecOptions,
  clock: Clock,
): Promise<ProcessStreams> {
  const exec = await docker.getContainer(id).exec({
    Cmd: [...options.command],
    Tty: options.tty,
    AttachStdin: options.stdin,
    AttachStdout: options.stdout,
    AttachStderr: options.stderr && !options.tty,
  })
  // Always a connection of its own: without input it can still be cut.
  const socket = await exec.start({ hijack: true, stdin: options.stdin, Tty: options.tty })
  const output = new ExecOutput({ framed: !options.tty, hasStarted: async () => (await exec.inspect()).Pid > 0 })
  const streams = connect(socket, options.tty, options.stdin, output)
  const exited = streams.ended.then(async () => {
    if (output.refusal) throw new RuntimeError(startFailure(exec.id, output.refusal), 500)
    for (let i = 0; i < EXIT_CODE_TRIES; i++) {
      const state = await exec.inspect()
      if (!state.Running && state.ExitCode !== null) return state.ExitCode
      await clock.sleep(EXIT_CODE_WAIT_MS)
    }
    return -1
  })
  exited.catch(() => {})
  return {
    ...streams.process,
    exited,
    resize: async (columns, rows) => void (await exec.resize({ w: columns, h: rows })),
    kill: async () => killInContainer((await exec.inspect()).Pid, id),
  }
}

/** As containerd's CRI plugin says it. */
const startFailure = (execId: string, reason: string): string =>
  `failed to exec in container: failed to start exec "${execId}": ${reason}`

/** Connects to a container's own process. */
export async function attachProcess(container: Dockerode.Container, options: AttachOptions): Promise<ProcessStreams> {
  const { stdin, stdout, stderr } = options
  const socket = (await container.attach({ stream: true, hijack: true, stdin, stdout, stderr })) as Duplex
  const streams = connect(socket, options.tty, stdin)
  const exited = streams.ended.then(async () => {
    const { State } = await container.inspect()
    return State.Running ? -1 : State.ExitCode
  })
  exited.catch(() => {})
  return {
    ...streams.process,
    exited,
    resize: async (columns, rows) => void (await container.resize({ w: columns, h: rows })),
    kill: async () => {},
  }
}

interface Connected {
  readonly process: Pick<ProcessStreams, 'stdin' | 'stdout' | 'stderr' | 'close'>
  /** Resolves when the other side has said all. */
  readonly ended: Promise<void>
}

/** `through` sees all that the other side says before it is taken apart. */
function connect(socket: Duplex, tty: boolean, stdin: boolean, through = new PassThrough() as Transform): Connected {
  // A cut connection is the end of the streams, which the reader sees; it must not end the node.
  socket.on('error', () => {})
  through.on('error', () => {})
  socket.pipe(through)
  socket.once('close', () => through.end())
  const ended = new Promise<void>(resolve => {
    through.once('end', resolve)
    through.once('close', resolve)
  })
  const stdout = new PassThrough()
  const stderr = tty ? emptyStream() : new PassThrough()
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  if (tty) through.pipe(stdout)
  else void demultiplex(through, stdout, stderr as PassThrough)
  return {
    process: {
      stdin: stdin ? socket : new Writable({ write: (_chunk, _encoding, done) => done() }),
      stdout,
      stderr,
      close: () => socket.destroy(),
    },
    ended,
  }
}
