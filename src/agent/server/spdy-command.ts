import type { Duplex } from 'node:stream'
import { SpdyConnection, type SpdyStream } from '../../base/spdy/connection.ts'
import type { Clock } from '../../base/clock.ts'
import { type CommandStatus, type CommandStreams, parseSizes, type WantedStreams } from './command-streams.ts'

/** Versions of the streams' meaning, the best first (k8s.io/apimachinery remotecommand). */
export const STREAM_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
]

/** How long a client may take to open the streams that it asked for. */
const STREAMS_TIMEOUT_MS = 30_000

/** Exec and attach over SPDY: one stream for each of error, stdin, stdout, stderr, resize. Rejects where they do not come. */
export function spdyCommand(
  transport: Duplex,
  wanted: WantedStreams,
  protocol: string,
  clock: Clock,
): Promise<CommandStreams> {
  const statusIsJson = protocol.startsWith('v4') || protocol.startsWith('v5')
  const hasResize = statusIsJson || protocol.startsWith('v3')
  const expected = new Set([
    'error',
    ...(wanted.stdin ? ['stdin'] : []),
    ...(wanted.stdout ? ['stdout'] : []),
    ...(wanted.stderr && !wanted.tty ? ['stderr'] : []),
    ...(wanted.tty && hasResize ? ['resize'] : []),
  ])
  const streams = new Map<string, SpdyStream>()
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(STREAMS_TIMEOUT_MS, () => {
      connection.close()
      reject(new Error('timed out waiting for client to create streams'))
    })
    const connection = new SpdyConnection(transport, {
      onStream: stream => {
        const type = stream.headers.streamtype ?? ''
        if (!expected.has(type) || streams.has(type)) {
          stream.destroy()
          return
        }
        streams.set(type, stream)
        if (streams.size < expected.size) return
        timer[Symbol.dispose]()
        resolve(commandOf(connection, streams, statusIsJson))
      },
    })
    void connection.closed.then(() => {
      timer[Symbol.dispose]()
      reject(new Error('the client has gone'))
    })
  })
}

function commandOf(
  connection: SpdyConnection,
  streams: ReadonlyMap<string, SpdyStream>,
  statusIsJson: boolean,
): CommandStreams {
  const stdin = streams.get('stdin')
  const stdout = streams.get('stdout')
  const stderr = streams.get('stderr')
  const error = streams.get('error')
  return {
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
    onResize: fn => {
      streams.get('resize')?.on('data', (chunk: Buffer) => {
        for (const size of parseSizes(chunk.toString('utf8'))) fn(size.columns, size.rows)
      })
    },
    onGone: fn => void connection.closed.then(fn),
    finish: async (status: CommandStatus) => {
      await Promise.all([stdout, stderr].map(s => ended(s)))
      if (statusIsJson) error?.write(JSON.stringify(status))
      else if (status.status === 'Failure') error?.write(status.message ?? 'failed')
      await ended(error)
      connection.close()
    },
  }
}

function ended(stream: SpdyStream | undefined): Promise<void> {
  if (!stream || stream.destroyed) return Promise.resolve()
  return new Promise(resolve => {
    stream.once('close', () => resolve())
    stream.end(() => resolve())
  })
}
