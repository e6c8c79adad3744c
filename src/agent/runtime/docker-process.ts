import type Dockerode from 'dockerode'
import { type Duplex, PassThrough, type Readable, Writable } from 'node:stream'
import type { Clock } from '../../base/clock.ts'
import { demultiplex, emptyStream } from './docker-streams.ts'
import type { AttachOptions, ExecOptions, LogOptions, LogStreams, ProcessStreams } from './runtime.ts'

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

/** Starts a command in a container and connects to it. */
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
  const streams = connect(socket, options.tty, options.stdin)
  const exited = streams.ended.then(async () => {
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
  }
}

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
  }
}

interface Connected {
  readonly process: Pick<ProcessStreams, 'stdin' | 'stdout' | 'stderr' | 'close'>
  /** Resolves when the other side has said all. */
  readonly ended: Promise<void>
}

function connect(socket: Duplex, tty: boolean, stdin: boolean): Connected {
  // A cut connection is the end of the streams, which the reader sees; it must not end the node.
  socket.on('error', () => {})
  const ended = new Promise<void>(resolve => {
    socket.once('end', resolve)
    socket.once('close', resolve)
  })
  const stdout = new PassThrough()
  const stderr = tty ? emptyStream() : new PassThrough()
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  if (tty) socket.pipe(stdout)
  else void demultiplex(socket, stdout, stderr as PassThrough)
  if (tty) socket.once('close', () => stdout.end())
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
