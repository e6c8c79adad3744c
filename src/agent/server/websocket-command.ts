import { PassThrough } from 'node:stream'
import type { WebSocket } from 'ws'
import { type CommandStatus, type CommandStreams, parseSizes, type WantedStreams } from './command-streams.ts'
import { channelsOf } from './websocket-channels.ts'

/** Subprotocols of exec and attach, the best first (k8s.io/apimachinery remotecommand). */
export const COMMAND_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
]

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const ERROR = 3
const RESIZE = 4
/** Version 5 only: the next byte names a channel that the client has closed. */
const CLOSE = 255
/** Bytes of standard input that may wait before the socket is read no further. */
const STDIN_HIGH_WATER = 64 * 1024

/** Exec and attach over a WebSocket: each message begins with the number of its channel. */
export function websocketCommand(socket: WebSocket, wanted: WantedStreams): CommandStreams {
  const protocol = socket.protocol
  const statusIsJson = protocol.startsWith('v4') || protocol.startsWith('v5')
  const stdin = wanted.stdin ? new PassThrough({ highWaterMark: STDIN_HIGH_WATER }) : undefined
  const resizes: ((columns: number, rows: number) => void)[] = []
  /** The client tells its size at once, before there is a process to have it. */
  let early: { columns: number; rows: number } | undefined
  const gone: (() => void)[] = []

  const { send, writer: output, onMessage } = channelsOf(socket)
  onMessage((channel, data) => {
    if (channel === STDIN && stdin) {
      if (!stdin.writableEnded && !stdin.write(data)) {
        socket.pause()
        stdin.once('drain', () => socket.resume())
      }
    } else if (channel === RESIZE) {
      for (const size of parseSizes(data.toString('utf8'))) {
        if (resizes.length === 0) early = size
        for (const fn of resizes) fn(size.columns, size.rows)
      }
    } else if (channel === CLOSE && data[0] === STDIN) stdin?.end()
  })
  socket.on('close', () => {
    stdin?.end()
    for (const fn of gone.splice(0)) fn()
  })
  socket.on('error', () => socket.terminate())
  // The channels' first messages are empty in the older protocols: clients wait for them.
  if (!protocol.startsWith('v5')) {
    for (const [channel, on] of [
      [STDOUT, wanted.stdout],
      [STDERR, wanted.stderr && !wanted.tty],
      [ERROR, true],
    ] as const)
      if (on) send(channel, Buffer.alloc(0))
  }

  return {
    ...(stdin ? { stdin } : {}),
    ...(wanted.stdout ? { stdout: output(STDOUT) } : {}),
    ...(wanted.stderr && !wanted.tty ? { stderr: output(STDERR) } : {}),
    onResize: fn => {
      resizes.push(fn)
      if (early) fn(early.columns, early.rows)
      early = undefined
    },
    onGone: fn => {
      if (socket.readyState === socket.OPEN) gone.push(fn)
      else fn()
    },
    finish: (status: CommandStatus) =>
      new Promise(resolve => {
        const text = statusIsJson
          ? JSON.stringify(status)
          : status.status === 'Success'
            ? ''
            : (status.message ?? 'failed')
        const end = (): void => {
          socket.close(1000)
          resolve()
        }
        if (text === '') end()
        else send(ERROR, Buffer.from(text), end)
      }),
  }
}
