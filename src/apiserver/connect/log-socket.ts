import type { IncomingMessage } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Upgrade } from './tunnel.ts'

/** Subprotocols of a log: bytes as they are, or as base64 texts (k8s.io/apiserver wsstream). None means bytes. */
const PROTOCOLS = ['binary.k8s.io', 'base64.binary.k8s.io']

const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  handleProtocols: offered => PROTOCOLS.find(p => offered.has(p)) ?? false,
})

/** Sends a log over a WebSocket, a message for each piece, and closes it at the end. Resolves when either side is done. */
export function sendLogOverSocket(req: IncomingMessage, upgrade: Upgrade, log: IncomingMessage): Promise<void> {
  return new Promise(resolve => {
    server.handleUpgrade(req, upgrade.socket, upgrade.head, socket => {
      socket.on('error', () => socket.terminate())
      socket.on('close', () => {
        log.destroy()
        resolve()
      })
      log.on('data', (chunk: Buffer) => send(socket, chunk, log))
      log.on('end', () => socket.close(1000))
      log.on('error', () => socket.terminate())
    })
  })
}

/** Waits with the log where the client is slow. */
function send(socket: WebSocket, chunk: Buffer, log: IncomingMessage): void {
  if (socket.readyState !== socket.OPEN) return
  log.pause()
  const data = socket.protocol.startsWith('base64') ? chunk.toString('base64') : chunk
  socket.send(data, { binary: typeof data !== 'string' }, () => log.resume())
}
