import { type Duplex, PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { WebSocket } from 'ws'
import { KubeletError } from './host.ts'
import { refusal } from './port-forward.ts'
import { channelsOf } from './websocket-channels.ts'

/** Subprotocols of port-forward without SPDY inside, as the JavaScript and Python clients speak it. */
export const PORT_FORWARD_CHANNELS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io']

/** Bytes of one connection that may wait before the socket is read no further. */
const HIGH_WATER_BYTES = 64 * 1024

/** The ports of a request. Throws a refusal in the kubelet's words. */
export function portsOf(query: URLSearchParams): number[] {
  const texts = query.getAll('port').flatMap(p => p.split(','))
  if (texts.length === 0) throw new KubeletError(400, 'query parameter "port" is required')
  return texts.map(text => {
    if (text === '') throw new KubeletError(400, 'query parameter "port" cannot be empty')
    const port = Number(text)
    if (!/^\d+$/.test(text) || port > 65_535) throw new KubeletError(400, `unable to parse "${text}" as a port`)
    if (port < 1) throw new KubeletError(400, `port "${text}" must be > 0`)
    return port
  })
}

/**
 * Forwards one connection for each port: channel 2n carries the data, 2n+1 what went wrong, and the first message of
 * either names the port (two bytes, the lower first). Resolves when all are over.
 */
export async function serveChannelForward(
  socket: WebSocket,
  ports: readonly number[],
  dial: (port: number) => Promise<Duplex>,
): Promise<void> {
  const channels = channelsOf(socket)
  const inputs = ports.map(() => new PassThrough({ highWaterMark: HIGH_WATER_BYTES }))
  channels.onMessage((channel, data) => {
    const input = channel % 2 === 0 ? inputs[channel / 2] : undefined
    if (!input || input.writableEnded || input.destroyed || input.write(data)) return
    socket.pause()
    for (const event of ['drain', 'close']) input.once(event, () => socket.resume())
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    for (const input of inputs) input.end()
  })
  const forward = async (port: number, index: number): Promise<void> => {
    const name = Buffer.of(port & 255, port >> 8)
    for (const channel of [2 * index, 2 * index + 1]) channels.send(channel, name)
    const input = inputs[index] as PassThrough
    let target: Duplex
    try {
      target = await dial(port)
    } catch (error) {
      input.destroy()
      await new Promise<void>(sent =>
        channels.send(2 * index + 1, Buffer.from(refusal(port, error as Error)), () => sent()),
      )
      return
    }
    const gone = (): void => void target.destroy()
    socket.once('close', gone)
    if (socket.readyState !== socket.OPEN) gone()
    // Channels cannot tell that only one way has ended: what the pod has said last is the end of both. Ends that are
    // cut off are no failure either.
    void pipeline(input, target).catch(() => {})
    await pipeline(target, channels.writer(2 * index)).catch(() => {})
    socket.off('close', gone)
    target.destroy()
    input.destroy()
  }
  await Promise.all(ports.map(forward))
  socket.close(1000)
}
