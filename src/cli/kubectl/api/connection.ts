import type { IncomingMessage } from 'node:http'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Status } from '../../../base/errors.ts'
import { StatusError } from '../../../base/errors.ts'
import { ToldError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import { type Access, refused } from './access.ts'

/** One request to the API. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
}

/** An object as JSON has it. */
export type Json = Record<string, unknown>

/** Requests to one server over kept connections. Warnings of the server go to standard error, each once. */
export class Connection {
  readonly #access: Access
  readonly #io: Io
  readonly #agent: Agent | HttpAgent
  readonly #warnings = new Set<string>()

  constructor(options: { access: Access; io: Io }) {
    this.#access = options.access
    this.#io = options.io
    this.#agent = options.access.server.startsWith('http:')
      ? new HttpAgent({ keepAlive: true })
      : new Agent({ keepAlive: true, ...tlsOptions(options.access) })
  }

  get server(): string {
    return this.#access.server
  }

  /** How many different warnings came. */
  get warned(): number {
    return this.#warnings.size
  }

  close(): void {
    this.#agent.destroy()
  }

  /** The answer as JSON. Throws StatusError for refusals, ToldError where the server is not to be had. */
  async json<T = Json>(call: ApiRequest): Promise<T> {
    const text = await this.text(call)
    return (text ? JSON.parse(text) : undefined) as T
  }

  /** The answer as text. Throws as {@link json}. */
  async text(call: ApiRequest): Promise<string> {
    const { timeoutMs } = this.#access
    const abort = new AbortController()
    using _timer = timeoutMs > 0 ? this.#io.clock.setTimer(timeoutMs, () => abort.abort()) : undefined
    try {
      const response = await this.open(call, abort.signal)
      return await readAll(response)
    } catch (error) {
      if (!abort.signal.aborted) throw error
      throw new ToldError(
        `Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)`,
      )
    }
  }

  /** Sends a request; resolves with the answer whose body is to be read. Throws as {@link json}. */
  async open(call: ApiRequest, signal?: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#send(call, signal)
    this.#showWarnings(response)
    const code = response.statusCode ?? 0
    if (code >= 200 && code < 300) return response
    throw statusError(code, await readAll(response))
  }

  /** What a WebSocket to `path` needs: address, TLS and headers. */
  webSocket(path: string, query: URLSearchParams): { url: string; options: Json } {
    const base = this.#access.server.replace(/^http/, 'ws')
    return {
      url: `${base}${path}?${query.toString()}`,
      options: { ...tlsOptions(this.#access), headers: this.#headers() },
    }
  }

  /** Changes to another protocol on a connection of its own. Throws as {@link json}. */
  upgrade(path: string, headers: Readonly<Record<string, string>>): Promise<Duplex> {
    const url = new URL(this.#access.server)
    const plain = url.protocol === 'http:'
    return new Promise((resolve, reject) => {
      const sent = (plain ? httpRequest : httpsRequest)({
        ...tlsOptions(this.#access),
        agent: false,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (plain ? 80 : 443),
        method: 'POST',
        path: `${url.pathname.replace(/\/$/, '')}${path}`,
        headers: { ...this.#headers(), ...headers, connection: 'Upgrade' },
      })
      sent.on('upgrade', (_, socket, head) => {
        if (head.length) socket.unshift(head)
        resolve(socket)
      })
      sent.on('response', response => {
        readAll(response).then(text => reject(statusError(response.statusCode ?? 0, text)), reject)
      })
      sent.on('error', error => reject(connectionError(error, url)))
      sent.end()
    })
  }

  #headers(): Record<string, string | string[]> {
    const { impersonate } = this.#access
    const token = this.#access.token?.()
    return {
      'user-agent': 'kubelite-kubectl',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(impersonate.user ? { 'impersonate-user': impersonate.user } : {}),
      ...(impersonate.uid ? { 'impersonate-uid': impersonate.uid } : {}),
      ...(impersonate.groups.length ? { 'impersonate-group': [...impersonate.groups] } : {}),
    }
  }

  #send(call: ApiRequest, signal?: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(this.#access.server)
    const body = call.body === undefined ? undefined : Buffer.from(bodyText(call.body))
    const search = searchOf(call.query ?? {})
    const plain = url.protocol === 'http:'
    return new Promise((resolve, reject) => {
      const sent = (plain ? httpRequest : httpsRequest)(
        {
          agent: this.#agent,
          hostname: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port || (plain ? 80 : 443),
          method: call.method ?? 'GET',
          path: `${url.pathname.replace(/\/$/, '')}${call.path}${search ? `${call.path.includes('?') ? '&' : '?'}${search}` : ''}`,
          ...(signal ? { signal } : {}),
          headers: {
            accept: call.accept ?? 'application/json',
            ...this.#headers(),
            ...(body ? { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length } : {}),
          },
        },
        resolve,
      )
      sent.on('error', error => reject(signal?.aborted ? error : connectionError(error, url)))
      sent.end(body)
    })
  }

  #showWarnings(response: IncomingMessage): void {
    const lines = response.headersDistinct['warning'] ?? []
    for (const line of lines) {
      for (const match of line.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
        const text = (match[1] ?? '').replace(/\\(.)/g, '$1')
        if (this.#warnings.has(text)) continue
        this.#warnings.add(text)
        this.#io.err(`Warning: ${text}\n`)
      }
    }
  }
}

const bodyText = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))

function searchOf(query: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query))
    for (const one of value === undefined ? [] : [value].flat()) search.append(key, one as string)
  return search.toString()
}

function tlsOptions({ ca, cert, key, insecure, serverName }: Access): Json {
  return {
    ...(ca && !insecure ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...(insecure ? { rejectUnauthorized: false } : {}),
    ...(serverName ? { servername: serverName } : {}),
  }
}

const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
])

/** Node's error in the words of Go's client. */
export function connectionError(error: NodeJS.ErrnoException, url: URL): Error {
  const inner = (error as { errors?: NodeJS.ErrnoException[] }).errors?.[0]
  const code = error.code ?? inner?.code ?? ''
  if (code === 'ECONNREFUSED') return refused(url.host)
  const told = (why: string): ToldError => new ToldError(`Unable to connect to the server: ${why}`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return told(`dial tcp: lookup ${url.hostname}: no such host`)
  if (UNTRUSTED.has(code))
    return told('tls: failed to verify certificate: x509: certificate signed by unknown authority')
  if (code === 'ECONNRESET' || error.message === 'socket hang up') return told('EOF')
  return told(error.message)
}

/** The whole body as text. */
export async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const REASONS: Record<number, Status['reason']> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  500: 'InternalError',
  503: 'ServiceUnavailable',
}

/** The Status of a refusal, also where something before the API server answered with plain text. */
export function statusError(code: number, text: string): StatusError {
  try {
    const status = JSON.parse(text) as Status
    if (status.kind === 'Status') return new StatusError(status)
  } catch {
    // Not JSON: told as text below.
  }
  const reason = REASONS[code]
  const message =
    code === 404
      ? 'the server could not find the requested resource'
      : text.trim() || `an error on the server ("") has prevented the request from succeeding`
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    code,
    ...(reason ? { reason } : {}),
  })
}
