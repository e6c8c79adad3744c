import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { Clock } from '../base/clock.ts'
import type { Status } from '../base/errors.ts'
import { StatusError } from '../base/errors.ts'
import type { AnyKind, Kind } from '../kinds/kind.ts'
import { apiVersionOf } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { Client, ClientEvent, ClientWatch, DeleteQuery, ListQuery, PatchKind, WriteQuery } from './client.ts'
import { kindsFromDiscovery } from './discovery.ts'
import { LineSplitter } from './lines.ts'

export interface RemoteClientOptions {
  /** `https://host:6443`, without a path. */
  readonly server: string
  /** PEM of the cluster's CA. */
  readonly ca: string
  /** PEM of the client certificate and its key. */
  readonly cert?: string
  readonly key?: string
  /** Bearer token, asked for with each request so that it may be renewed. */
  readonly token?: () => string
  readonly userAgent: string
  readonly clock: Clock
  /** How long a request other than a watch may take. Defaults to 30 s. */
  readonly timeoutMs?: number
}

/** A watch without a word for this long is taken for dead: the server sends a bookmark each minute. */
const WATCH_SILENCE_MS = 150_000

const PATCH_TYPES: Record<PatchKind, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

interface Call {
  readonly method: string
  readonly path: string
  readonly query?: Record<string, string | undefined>
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
}

/** The client of agents: HTTPS with kept connections. `close` ends them. */
export class RemoteClient implements Client {
  readonly #options: RemoteClientOptions
  readonly #base: URL
  #agent: Agent

  constructor(options: RemoteClientOptions) {
    this.#options = options
    this.#base = new URL(options.server)
    this.#agent = this.#newAgent(options)
  }

  /** From now on connects with another client certificate; watches under way go on. */
  useCertificate(cert: string, key: string): void {
    const old = this.#agent
    this.#agent = this.#newAgent({ ...this.#options, cert, key })
    for (const sockets of Object.values(old.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
  }

  /** Ends all connections, watches too. */
  close(): void {
    this.#agent.destroy()
  }

  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): Promise<Frozen<T>> {
    return this.#call({ method: 'GET', path: objectPath(kind, namespace, name) })
  }

  async list<T extends KubeObject>(
    kind: Kind<T>,
    query: ListQuery = {},
  ): Promise<{ items: Frozen<T>[]; resourceVersion: string }> {
    const { namespace = '', ...selectors } = query
    const list = await this.#call<{ items: T[] | null; metadata: { resourceVersion: string } }>({
      method: 'GET',
      path: listPath(kind, namespace),
      query: selectors,
    })
    const named = { apiVersion: apiVersionOf(kind), kind: kind.kind }
    const items = (list.items ?? []).map(item => ({ ...named, ...item }) as Frozen<T>)
    return { items, resourceVersion: list.metadata.resourceVersion }
  }

  watch<T extends KubeObject>(kind: Kind<T>, options: ClientWatch<T>): Promise<Disposable> {
    const { namespace = '', resourceVersion, labelSelector, fieldSelector } = options
    const query = {
      labelSelector,
      fieldSelector,
      watch: 'true',
      allowWatchBookmarks: 'true',
      ...(resourceVersion === undefined
        ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
        : { resourceVersion }),
    }
    return this.#stream({ method: 'GET', path: listPath(kind, namespace), query }, options)
  }

  create<T extends KubeObject>(
    kind: Kind<T>,
    object: NoInfer<T | Frozen<T>>,
    query: WriteQuery = {},
  ): Promise<Frozen<T>> {
    const { subresource, ...options } = query
    const { namespace = '', name = '' } = object.metadata
    const path = subresource ? objectPath(kind, namespace, name, subresource) : listPath(kind, namespace)
    return this.#call({ method: 'POST', path, query: writeQuery(options), body: object })
  }

  update<T extends KubeObject>(
    kind: Kind<T>,
    object: NoInfer<T | Frozen<T>>,
    query: WriteQuery = {},
  ): Promise<Frozen<T>> {
    const { subresource, ...options } = query
    const { namespace = '', name = '' } = object.metadata
    const path = objectPath(kind, namespace, name, subresource)
    return this.#call({ method: 'PUT', path, query: writeQuery(options), body: object })
  }

  patch<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    name: string,
    type: PatchKind,
    body: unknown,
    query: WriteQuery & { readonly force?: boolean } = {},
  ): Promise<Frozen<T>> {
    const { subresource, force, ...options } = query
    return this.#call({
      method: 'PATCH',
      path: objectPath(kind, namespace, name, subresource),
      query: { ...writeQuery(options), ...(force ? { force: 'true' } : {}) },
      contentType: PATCH_TYPES[type],
      body,
    })
  }

  async delete(kind: AnyKind, namespace: string, name: string, query: DeleteQuery = {}): Promise<void> {
    await this.#call({ method: 'DELETE', path: objectPath(kind, namespace, name), body: deleteBody(query) })
  }

  async deleteCollection(kind: AnyKind, query: ListQuery, options: DeleteQuery = {}): Promise<void> {
    const { namespace = '', ...selectors } = query
    await this.#call({ method: 'DELETE', path: listPath(kind, namespace), query: selectors, body: deleteBody(options) })
  }

  createSub<R>(kind: AnyKind, namespace: string, name: string, subresource: string, body: object): Promise<R> {
    return this.#call({ method: 'POST', path: objectPath(kind, namespace, name, subresource), body })
  }

  async kinds(): Promise<readonly Kind[]> {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const [core, groups] = await Promise.all([
      this.#call({ method: 'GET', path: '/api', accept }),
      this.#call({ method: 'GET', path: '/apis', accept }),
    ])
    return kindsFromDiscovery(core, groups)
  }

  #newAgent({ ca, cert, key }: Pick<RemoteClientOptions, 'ca' | 'cert' | 'key'>): Agent {
    return new Agent({ keepAlive: true, keepAliveMsecs: 15_000, ca, ...(cert && key ? { cert, key } : {}) })
  }

  /** Sends a request and resolves with the answer, whose body has not been read. */
  #send(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const search = new URLSearchParams()
    for (const [key, value] of Object.entries(call.query ?? {})) if (value !== undefined) search.set(key, value)
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body))
    const token = this.#options.token?.()
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
          port: this.#base.port || 443,
          method: call.method,
          path: search.size ? `${call.path}?${search}` : call.path,
          signal,
          headers: {
            accept: call.accept ?? 'application/json',
            'user-agent': this.#options.userAgent,
            ...(token ? { authorization: `Bearer ${token}` } : {}),
            ...(body ? { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length } : {}),
          },
        },
        resolve,
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }

  async #call<R>(call: Call): Promise<R> {
    const abort = new AbortController()
    using _timer = this.#patience(call, abort)
    try {
      const response = await this.#send(call, abort.signal)
      const text = await readAll(response)
      const code = response.statusCode ?? 0
      if (code >= 200 && code < 300) return (text ? JSON.parse(text) : undefined) as R
      throw statusError(code, text)
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : error
    }
  }

  async #stream<T extends KubeObject>(call: Call, options: ClientWatch<T>): Promise<Disposable> {
    const abort = new AbortController()
    const response = await this.#opened(call, abort)
    const lines = new LineSplitter()
    let silence = this.#silence(abort)
    let ended = false
    const end = (error?: Error): void => {
      if (ended) return
      ended = true
      silence[Symbol.dispose]()
      abort.abort()
      options.onEnd(error)
    }
    response.on('data', (chunk: Buffer) => {
      silence[Symbol.dispose]()
      silence = this.#silence(abort)
      for (const line of lines.push(chunk)) {
        if (ended) return
        const event = decodeEvent<T>(line)
        if (event instanceof Error) end(event)
        else options.onEvent(event)
      }
    })
    response.on('end', () => end())
    response.on('error', error => end(error))
    return {
      [Symbol.dispose]: () => {
        ended = true
        silence[Symbol.dispose]()
        abort.abort()
      },
    }
  }

  /** The answer to a watch. A server that does not begin to answer in time is one that does not answer. */
  async #opened(call: Call, abort: AbortController): Promise<IncomingMessage> {
    using _timer = this.#patience(call, abort)
    try {
      const response = await this.#send(call, abort.signal)
      const code = response.statusCode ?? 0
      if (code === 200) return response
      throw statusError(code, await readAll(response))
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : error
    }
  }

  #patience(call: Call, abort: AbortController): Disposable {
    const { clock, timeoutMs = 30_000 } = this.#options
    return clock.setTimer(timeoutMs, () =>
      abort.abort(new Error(`${call.method} ${call.path} took longer than ${timeoutMs} ms`)),
    )
  }

  #silence(abort: AbortController): Disposable {
    return this.#options.clock.setTimer(WATCH_SILENCE_MS, () => abort.abort(new Error('watch fell silent')))
  }
}

/** What of a kind is in its paths. */
type Place = Pick<Kind, 'group' | 'version' | 'plural' | 'namespaced'>

function listPath(kind: Place, namespace: string): string {
  const root = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`
  return namespace && kind.namespaced
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}`
    : `${root}/${kind.plural}`
}

function objectPath(kind: Place, namespace: string, name: string, subresource?: string): string {
  const path = `${listPath(kind, namespace)}/${encodeURIComponent(name)}`
  return subresource ? `${path}/${subresource}` : path
}

const writeQuery = (query: { fieldManager?: string; dryRun?: boolean }): Record<string, string | undefined> => ({
  fieldManager: query.fieldManager,
  ...(query.dryRun ? { dryRun: 'All' } : {}),
})

const deleteBody = (options: DeleteQuery): object => ({ kind: 'DeleteOptions', apiVersion: 'v1', ...options })

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The Status of a refusal, also where something before the API server answered with plain text. */
function statusError(code: number, text: string): StatusError {
  try {
    const status = JSON.parse(text) as Status
    if (status.kind === 'Status') return new StatusError(status)
  } catch {
    // Not JSON: told as text below.
  }
  const message = text.trim() || `the server answered ${code}`
  return new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code })
}

/** One line of a watch stream; an Error for an ERROR event, and for a line that is none. */
function decodeEvent<T extends KubeObject>(line: string): ClientEvent<T> | Error {
  let event: { type: string; object: unknown }
  try {
    event = JSON.parse(line) as typeof event
  } catch (error) {
    return new Error('the watch sent a line that is not JSON', { cause: error })
  }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: event.object as Frozen<T> }
    case 'BOOKMARK': {
      const { metadata } = event.object as KubeObject
      return {
        type: 'BOOKMARK',
        resourceVersion: metadata.resourceVersion ?? '',
        initialEventsEnd: metadata.annotations?.['k8s.io/initial-events-end'] === 'true',
      }
    }
    default:
      return new StatusError(event.object as Status)
  }
}
