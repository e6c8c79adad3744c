import type { IncomingMessage } from 'node:http'
import type { Status } from '../../../base/errors.ts'
import { StatusError } from '../../../base/errors.ts'
import { ExitError, PlainError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import { type Connection, connectionError, readAll, statusError } from './connection.ts'

const CHANNEL = { input: 0, output: 1, errors: 2, status: 3, resize: 4, close: 255 } as const
/** Bytes not yet sent above which standard input is not read further. */
const HIGH_WATER = 1024 * 1024

export interface StreamOptions {
  readonly connection: Connection
  readonly io: Io
  readonly path: string
  readonly query: URLSearchParams
  readonly stdin: boolean
  /** True where the terminal is put into raw mode and its size passed on. */
  readonly raw: boolean
}

/** Whether standard input is a terminal that can be put into raw mode. */
export const isTerminal = (io: Io): boolean => io.input.isTTY === true && typeof io.input.setRawMode === 'function'

/**
 * Joins standard input and output with a command in a container (exec, attach), until it ends.
 * Throws ExitError with the command's code where that is not 0, PlainError or StatusError for other faults.
 */
export async function joinStreams(o: StreamOptions): Promise<void> {
  const { WebSocket } = await import('ws')
  const { url, options } = o.connection.webSocket(o.path, o.query)
  const socket = new WebSocket(url, ['v5.channel.k8s.io', 'v4.channel.k8s.io'], {
    ...options,
    perMessageDeflate: false,
    handshakeTimeout: 60_000,
  })
  const status = await new Promise<Status | undefined>((resolve, reject) => {
    let last: Status | undefined
    let stop = (): void => {}
    const onAbort = (): void => socket.terminate()
    socket.on('unexpected-response', (_, response: IncomingMessage) => {
      readAll(response).then(text => {
        socket.terminate()
        reject(refusal(response.statusCode ?? 0, text))
      }, reject)
    })
    socket.on('error', error => reject(connectionError(error as NodeJS.ErrnoException, new URL(url))))
    socket.on('open', () => {
      stop = feed(o, socket)
      o.io.signal.addEventListener('abort', onAbort, { once: true })
    })
    socket.on('message', (data: Buffer) => {
      const rest = data.subarray(1)
      if (data[0] === CHANNEL.output) o.io.out(rest)
      else if (data[0] === CHANNEL.errors) o.io.err(rest.toString('utf8'))
      else if (data[0] === CHANNEL.status) last = JSON.parse(rest.toString('utf8')) as Status
    })
    socket.on('close', () => {
      stop()
      o.io.signal.removeEventListener('abort', onAbort)
      resolve(last)
    })
  })
  throwStatus(status)
}

interface Socket {
  send(data: Uint8Array, done?: () => void): void
  readonly bufferedAmount: number
  readonly protocol: string
}

/** Sends standard input and the size of the terminal; returns what undoes it. */
function feed(o: StreamOptions, socket: Socket): () => void {
  const { input, output } = o.io
  const send = (channel: number, data: Uint8Array): void => {
    socket.send(Buffer.concat([Buffer.from([channel]), data]), () => {
      if (socket.bufferedAmount < HIGH_WATER) input.resume()
    })
    if (socket.bufferedAmount >= HIGH_WATER) input.pause()
  }
  const resize = (): void => {
    const size = { Width: output.columns, Height: output.rows }
    if (size.Width) send(CHANNEL.resize, Buffer.from(JSON.stringify(size)))
  }
  const onData = (data: Buffer): void => send(CHANNEL.input, data)
  const onEnd = (): void => {
    if (socket.protocol.startsWith('v5')) socket.send(Buffer.from([CHANNEL.close, CHANNEL.input]))
  }
  if (o.raw) {
    input.setRawMode(true)
    output.on('resize', resize)
    resize()
  }
  if (o.stdin) {
    input.on('data', onData)
    input.on('end', onEnd)
    input.resume()
  }
  return () => {
    input.off('data', onData)
    input.off('end', onEnd)
    output.off('resize', resize)
    if (o.raw) input.setRawMode(false)
    if (o.stdin) {
      input.pause()
      // A pipe that is still open must not keep the process.
      input.unref?.()
    }
  }
}

/** The server's refusal to open the stream, as kubectl tells it. */
function refusal(code: number, text: string): Error {
  const error = statusError(code, text)
  if (error.reason === 'Forbidden' || error.reason === 'Unauthorized') return error
  return new PlainError(`unable to upgrade connection: ${error.message}`)
}

function throwStatus(status: Status | undefined): void {
  if (!status || status.status === 'Success') return
  if (String(status.reason) === 'NonZeroExitCode') {
    const code = Number(status.details?.causes?.find(c => c.reason === 'ExitCode')?.message ?? '1')
    throw new ExitError(code, `command terminated with exit code ${code}`)
  }
  if (status.reason) throw new StatusError(status)
  throw new PlainError(status.message ?? 'unknown error')
}
