import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SpdyConnection, type SpdyStream } from '../../base/spdy/connection.ts'

/** The one version of port-forward's streams. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io'

interface Pair {
  readonly port: number
  data?: SpdyStream
  error?: SpdyStream
}

/**
 * Forwards over SPDY, directly or inside a WebSocket: the client opens an error and a data stream with the same
 * requestID for each connection. Resolves when the client has gone.
 */
export async function servePortForward(transport: Duplex, dial: (port: number) => Promise<Duplex>): Promise<void> {
  const pairs = new Map<string, Pair>()
  const connection = new SpdyConnection(transport, {
    onStream: stream => {
      const { streamtype, port, requestid = port ?? '' } = stream.headers
      const number = Number(port)
      if (
        !Number.isInteger(number) ||
        number < 1 ||
        number > 65_535 ||
        (streamtype !== 'data' && streamtype !== 'error')
      ) {
        stream.destroy()
        return
      }
      const pair = pairs.get(requestid) ?? { port: number }
      pair[streamtype] = stream
      pairs.set(requestid, pair)
      if (!pair.data || !pair.error) return
      pairs.delete(requestid)
      void forward(pair.data, pair.error, number, dial)
    },
  })
  await connection.closed
}

/** What the client is told of a port that cannot be reached. */
export function refusal(port: number, error: Error): string {
  return `error forwarding port ${port} to pod: ${error.message}`
}

async function forward(
  data: SpdyStream,
  error: SpdyStream,
  port: number,
  dial: (port: number) => Promise<Duplex>,
): Promise<void> {
  error.resume()
  let target: Duplex
  try {
    target = await dial(port)
  } catch (e) {
    error.end(refusal(port, e as Error))
    data.destroy()
    return
  }
  data.once('close', () => target.destroy())
  if (data.destroyed) target.destroy()
  await Promise.all([pipeline(data, target), pipeline(target, data)]).catch(() => {
    // Cut off by one of the ends: the other sees the end of its stream, and nothing went wrong here.
    data.destroy()
  })
  error.end()
  target.destroy()
}
