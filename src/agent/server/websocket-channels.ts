import { Writable } from 'node:stream'
import type { WebSocket } from 'ws'

/** A WebSocket whose messages begin with the number of their channel: as a byte, or as a digit before base64. */
export interface Channels {
  /** Sends one message; `done` when it is on its way. Does nothing once the socket is closed. */
  send(channel: number, data: Buffer, done?: (error?: Error | null) => void): void
  /** Everything written here goes to one channel. */
  writer(channel: number): Writable
  onMessage(fn: (channel: number, data: Buffer) => void): void
}

/** The channels of an accepted socket, in the encoding of its subprotocol. */
export function channelsOf(socket: WebSocket): Channels {
  const base64 = socket.protocol.includes('base64')
  const send: Channels['send'] = (channel, data, done) => {
    const message = base64 ? String(channel) + data.toString('base64') : Buffer.concat([Buffer.of(channel), data])
    if (socket.readyState === socket.OPEN) socket.send(message, { binary: !base64 }, error => done?.(error ?? null))
    else done?.(null)
  }
  return {
    send,
    writer: channel => new Writable({ write: (chunk: Buffer, _encoding, done) => send(channel, chunk, done) }),
    onMessage: fn =>
      void socket.on('message', (raw: Buffer) => {
        const first = raw[0]
        if (first === undefined) return
        if (base64) fn(Number(String.fromCharCode(first)), Buffer.from(raw.subarray(1).toString('latin1'), 'base64'))
        else fn(first, raw.subarray(1))
      }),
  }
}
