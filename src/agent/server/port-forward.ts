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

async function forward(
  data: SpdyStream,
  error: SpdyStream,
  port: number,
  dial: (port: number) => Promise<Duplex>,
): Promise<void> {
  let target: Duplex | undefined
  try {
    target = await dial(port)
    const connected = target
    data.once('close', () => connected.destroy())
    await Promise.all([pipeline(data, connected, { end: true }), pipeline(connected, data, { end: true })])
    error.end()
  } catch (e) {
    // A client that ends its side early is the ordinary end of a connection.
    if (!data.destroyed && !error.destroyed) error.end(`an error occurred forwarding ${port}: ${(e as Error).message}`)
    data.end()
  } finally {
    target?.destroy()
  }
}
