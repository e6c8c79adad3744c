import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Clock } from '../../base/clock.ts'

/** Milliseconds to wait for one upstream server before the next is asked. */
const PATIENCE_MS = 2_000
const DNS_PORT = 53
/** A server that did not answer is asked after the others for so long. */
const REST_MS = 10_000
/** Questions under way; more are answered with a failure, so that a dead server does not fill the memory. */
const MOST_QUESTIONS = 1_000

/** The name servers of a resolver file, in order. `own` addresses are left out: asking ourselves would never end. */
export function readNameservers(path: string, own: readonly string[]): string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map(m => m[1] ?? '')
    .filter(ip => ip !== '' && !own.includes(ip))
}

export interface UpstreamOptions {
  readonly clock: Clock
  /** Read for every question: the host's resolver file may change. */
  readonly nameservers: () => readonly string[]
  /** Defaults to 53. */
  readonly port?: number
}

/** Passes questions on as they came, by the transport they came by. */
export class Upstream {
  readonly #o: UpstreamOptions
  readonly #abort = new AbortController()
  /** Servers that did not answer, with the time until which they come last. */
  readonly #resting = new Map<string, number>()
  #asking = 0

  constructor(options: UpstreamOptions) {
    this.#o = options
  }

  /** The answer's bytes; undefined where no server answers. */
  async ask(query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    if (this.#asking >= MOST_QUESTIONS) return undefined
    this.#asking++
    try {
      for (const server of this.#inOrder()) {
        if (this.#abort.signal.aborted) return undefined
        const answer = await (transport === 'udp' ? this.#udp(server, query) : this.#tcp(server, query))
        if (answer) {
          this.#resting.delete(server)
          return answer
        }
        this.#resting.set(server, this.#o.clock.now() + REST_MS)
      }
      return undefined
    } finally {
      this.#asking--
    }
  }

  /** As the resolver file has them, those that rest last. */
  #inOrder(): string[] {
    const now = this.#o.clock.now()
    const servers = this.#o.nameservers()
    const rests = (server: string): boolean => (this.#resting.get(server) ?? 0) > now
    for (const server of this.#resting.keys()) if (!servers.includes(server)) this.#resting.delete(server)
    return [...servers.filter(s => !rests(s)), ...servers.filter(rests)]
  }

  /** Ends questions under way. */
  close(): void {
    this.#abort.abort()
  }

  #udp(server: string, query: Buffer): Promise<Buffer | undefined> {
    return new Promise(resolve => {
      const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4')
      const end = (answer?: Buffer): void => {
        timer[Symbol.dispose]()
        this.#abort.signal.removeEventListener('abort', onAbort)
        socket.close()
        resolve(answer)
      }
      const onAbort = (): void => end()
      const timer = this.#o.clock.setTimer(PATIENCE_MS, () => end())
      this.#abort.signal.addEventListener('abort', onAbort, { once: true })
      socket.once('error', () => end())
      socket.on('message', message => {
        if (message.length >= 2 && message.readUInt16BE(0) === query.readUInt16BE(0)) end(message)
      })
      socket.connect(this.#o.port ?? DNS_PORT, server, () => socket.send(query))
    })
  }

  #tcp(server: string, query: Buffer): Promise<Buffer | undefined> {
    return new Promise(resolve => {
      const socket = connect(this.#o.port ?? DNS_PORT, server)
      const chunks: Buffer[] = []
      const end = (answer?: Buffer): void => {
        timer[Symbol.dispose]()
        this.#abort.signal.removeEventListener('abort', onAbort)
        socket.destroy()
        resolve(answer)
      }
      const onAbort = (): void => end()
      const timer = this.#o.clock.setTimer(PATIENCE_MS, () => end())
      this.#abort.signal.addEventListener('abort', onAbort, { once: true })
      socket.once('error', () => end())
      socket.once('close', () => end())
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        const all = Buffer.concat(chunks)
        if (all.length >= 2 && all.length >= 2 + all.readUInt16BE(0)) end(all.subarray(2, 2 + all.readUInt16BE(0)))
      })
      socket.write(framed(query))
    })
  }
}

/** A DNS message with its length before it, as TCP carries it. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
