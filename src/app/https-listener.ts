import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Part } from '../base/part.ts'
import { ConfigError } from './options.ts'
import type { KeyPair } from './pki.ts'

export interface HttpsListenerOptions {
  readonly address: string
  /** 0 for any that is free. */
  readonly port: number
  /** Named in the error where the port is taken. */
  readonly portFlag: string
  readonly serving: KeyPair
  /** Whose client certificates are believed. PEM. */
  readonly clientCa: string
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Which requests that offer an upgrade are meant; the others go to `handler`. Defaults to all. */
  readonly shouldUpgrade?: (req: IncomingMessage) => boolean
}

/** Time for a client to send its headers, and a whole request, in milliseconds. */
const HEADERS_TIMEOUT_MS = 32_000
const REQUEST_TIMEOUT_MS = 120_000
/** Idle connections are kept this long for the next request. */
const KEEP_ALIVE_MS = 180_000
const MAX_HEADER_BYTES = 1024 * 1024

/** An HTTPS port that asks for client certificates without insisting. Its stop ends all connections. */
export class HttpsListener implements Part {
  readonly #o: HttpsListenerOptions
  readonly #sockets = new Set<Socket>()
  #serving: KeyPair
  #server: Server | undefined

  constructor(options: HttpsListenerOptions) {
    this.#o = options
    this.#serving = options.serving
  }

  /** The port that is listened on. */
  get port(): number {
    const address = this.#server?.address()
    return typeof address === 'object' && address ? address.port : this.#o.port
  }

  /** Shows another certificate to those who connect from now on. */
  useCertificate(serving: KeyPair): void {
    this.#serving = serving
    this.#server?.setSecureContext(this.#secureContext())
  }

  #secureContext(): { cert: string; key: string; ca: string; minVersion: 'TLSv1.2' } {
    const { certificate, key } = this.#serving
    return { cert: certificate, key, ca: this.#o.clientCa, minVersion: 'TLSv1.2' }
  }

  async start(): Promise<void> {
    const { address, port, portFlag, handler, upgrade, shouldUpgrade } = this.#o
    const server = createServer(
      {
        ...this.#secureContext(),
        requestCert: true,
        // Tokens need no certificate: who shows a wrong one is told so by the authenticator.
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        noDelay: true,
        ...(shouldUpgrade ? { shouldUpgradeCallback: shouldUpgrade } : {}),
      },
      handler,
    )
    server.on('upgrade', upgrade)
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    // A client that speaks no TLS, or leaves in the middle of the handshake: its own trouble.
    server.on('tlsClientError', (_, socket) => socket.destroy())
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(explained(error, address, port, portFlag)))
      server.listen({ port, host: address }, resolve)
    })
    server.removeAllListeners('error')
    this.#server = server
  }

  /** Refuses new connections; those that are open go on. */
  closeDoor(): void {
    this.#server?.close()
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

function explained(error: NodeJS.ErrnoException, address: string, port: number, flag: string): Error {
  if (error.code === 'EADDRINUSE')
    return new ConfigError(
      `port ${port} is taken by another program: stop it (ss -ltnp shows it), or give another --${flag}`,
    )
  if (error.code === 'EACCES') return new ConfigError(`port ${port} needs root, or another --${flag}`)
  if (error.code === 'EADDRNOTAVAIL') return new ConfigError(`--bind-address: ${address} is no address of this machine`)
  return error
}
