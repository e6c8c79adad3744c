import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import * as packet from 'dns-packet'
import type { Logger } from '../../base/log.ts'
import type { Part } from '../../base/part.ts'
import { answerQuestion, type DnsAnswer, type DnsRecord, type DnsWorld, soaRecord } from './records.ts'
import { framed, type Upstream } from './upstream.ts'

export interface DnsServerOptions {
  /** Address to listen on; it must be on a link of this machine. */
  readonly address: string
  /** Defaults to 53. */
  readonly port?: number
  /** Domain of the cluster, without dots at the ends. */
  readonly domain: string
  readonly world: DnsWorld
  readonly upstream: Upstream
  readonly log: Logger
}

/** What fits in a UDP answer where the client says nothing else (RFC 1035), and the most that we send (RFC 9715). */
const SMALL_UDP_BYTES = 512
const LARGE_UDP_BYTES = 1232
/** An idle TCP connection is closed after this. */
const TCP_IDLE_MS = 10_000
const TRUNCATED = 1 << 9

/** Answers DNS over UDP and TCP: cluster names by itself, everything else by asking upstream. */
export class DnsServer implements Part {
  readonly #o: DnsServerOptions
  #udp: UdpSocket | undefined
  #tcp: Server | undefined
  readonly #connections = new Set<Socket>()

  constructor(options: DnsServerOptions) {
    this.#o = options
  }

  /** The port that is listened on. */
  get port(): number {
    return this.#udp?.address().port ?? 0
  }

  async start(): Promise<void> {
    const { address, port = 53 } = this.#o
    const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    this.#udp = udp
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject)
      udp.bind(port, address, resolve)
    })
    udp.removeAllListeners('error')
    udp.on('error', error => this.#o.log.warn('DNS socket failed', { error }))
    udp.on('message', (query, from) => {
      void this.#answer(query, 'udp').then(answer => {
        if (answer) this.#udp?.send(answer, from.port, from.address)
      })
    })
    const tcp = createServer(socket => this.#serve(socket))
    this.#tcp = tcp
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject)
      tcp.listen(this.port, address, resolve)
    })
  }

  async stop(): Promise<void> {
    this.#o.upstream.close()
    const { udp, tcp } = { udp: this.#udp, tcp: this.#tcp }
    this.#udp = undefined
    this.#tcp = undefined
    for (const socket of this.#connections) socket.destroy()
    if (udp) await new Promise<void>(resolve => udp.close(() => resolve()))
    if (tcp) await new Promise<void>(resolve => tcp.close(() => resolve()))
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket)
    let buffered = Buffer.alloc(0)
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#connections.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk])
      while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
        const end = 2 + buffered.readUInt16BE(0)
        const query = buffered.subarray(2, end)
        buffered = buffered.subarray(end)
        void this.#answer(query, 'tcp').then(answer => {
          if (answer && !socket.destroyed) socket.write(framed(answer))
        })
      }
    })
  }

  /** The answer's bytes; undefined for what is no DNS question: such a sender gets nothing. */
  async #answer(query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    let parsed: packet.DecodedPacket
    try {
      parsed = packet.decode(query)
    } catch {
      return undefined
    }
    const question = parsed.questions?.[0]
    if (parsed.type !== 'query' || !question) return undefined
    try {
      const name = question.name.toLowerCase().replace(/\.$/, '')
      const own = answerQuestion(this.#o.world, this.#o.domain, name, question.type)
      if (own) return fit(await this.#encode(parsed, own, question.type), parsed, transport)
      const upstream = await this.#o.upstream.ask(query, transport)
      return upstream ?? encodeFailure(parsed)
    } catch (error) {
      this.#o.log.warn('Cannot answer a DNS question', {
        name: question.name,
        type: question.type,
        error: error as Error,
      })
      return encodeFailure(parsed)
    }
  }

  async #encode(query: packet.DecodedPacket, own: DnsAnswer, type: string): Promise<packet.Packet> {
    const chased = own.chase ? await this.#chase(own.chase, type, query.id ?? 0) : []
    const empty = own.answers.length === 0
    return {
      type: 'response',
      id: query.id,
      flags:
        packet.AUTHORITATIVE_ANSWER |
        ((query.flags ?? 0) & packet.RECURSION_DESIRED) |
        packet.RECURSION_AVAILABLE |
        (own.rcode === 'NXDOMAIN' ? 3 : 0),
      questions: query.questions,
      answers: [...own.answers, ...chased].map(toAnswer),
      authorities: empty ? [toAnswer(soaRecord(this.#o.domain))] : [],
      additionals: [...own.additionals.map(toAnswer), ...ednsOf(query)],
    } as packet.Packet
  }

  /** The addresses of the name that an ExternalName service stands for. */
  async #chase(name: string, type: string, id: number): Promise<DnsRecord[]> {
    const inside = answerQuestion(this.#o.world, this.#o.domain, name.toLowerCase(), type)
    if (inside) return [...inside.answers]
    const query = packet.encode({
      type: 'query',
      id,
      flags: packet.RECURSION_DESIRED,
      questions: [{ type: type as 'A', name, class: 'IN' }],
    })
    const bytes = await this.#o.upstream.ask(query, 'udp')
    if (!bytes) return []
    return (packet.decode(bytes).answers ?? []) as unknown as DnsRecord[]
  }
}

function toAnswer(record: DnsRecord): packet.Answer {
  return { ...record, class: 'IN' } as packet.Answer
}

/** Our EDNS record where the question has one (RFC 6891). */
function ednsOf(query: packet.DecodedPacket): packet.Answer[] {
  if (!query.additionals?.some(a => a.type === 'OPT')) return []
  return [
    { type: 'OPT', name: '.', udpPayloadSize: LARGE_UDP_BYTES, flags: 0, options: [] } as unknown as packet.Answer,
  ]
}

/** The bytes; over UDP a larger answer goes out empty with the bit that asks the client to come by TCP. */
function fit(answer: packet.Packet, query: packet.DecodedPacket, transport: 'udp' | 'tcp'): Buffer {
  const bytes = packet.encode(answer)
  if (transport === 'tcp') return bytes
  const edns = query.additionals?.find(a => a.type === 'OPT') as { udpPayloadSize?: number } | undefined
  const limit = Math.max(SMALL_UDP_BYTES, Math.min(edns?.udpPayloadSize ?? SMALL_UDP_BYTES, LARGE_UDP_BYTES))
  if (bytes.length <= limit) return bytes
  return packet.encode({
    ...answer,
    flags: (answer.flags ?? 0) | TRUNCATED,
    answers: [],
    authorities: [],
    additionals: ednsOf(query),
  })
}

/** SERVFAIL. */
function encodeFailure(query: packet.DecodedPacket): Buffer {
  return packet.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: packet.RECURSION_AVAILABLE | 2,
    questions: query.questions ?? [],
  })
}
