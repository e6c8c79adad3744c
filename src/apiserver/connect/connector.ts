import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import { badRequest, failure, internalError, StatusError } from '../../base/errors.ts'
import type { Logger } from '../../base/log.ts'
import { node as nodeKind } from '../../kinds/core/node.ts'
import { pod as podKind } from '../../kinds/core/pod.ts'
import { service as serviceKind } from '../../kinds/core/service.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { Registry } from '../../registry/api.ts'
import { attributesOf } from '../authn/impersonation.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import { forbidden, methodNotAllowed } from '../errors.ts'
import type { Call } from '../call.ts'
import type { Subresource } from '../subresources.ts'
import { containerOf, hostOf, type PodView } from './containers.ts'
import { htmlRewriter } from './rewrite-html.ts'
import { sendLogOverSocket } from './log-socket.ts'
import { podBackend, portNumber, type ProxyName, proxyName, serviceBackend } from './locations.ts'
import { kubeletLogQuery, logOptions } from './log-options.ts'
import {
  type Backend,
  dialFailed,
  dialText,
  forwardedHeaders,
  joinSockets,
  openRequest,
  proxyUnreachable,
  relay,
  returnedHeaders,
  watchForEnd,
} from './tunnel.ts'

/** How to reach a node's kubelet. */
export interface NodeEndpoint {
  readonly host: string
  readonly port: number
  readonly tls: SecureContextOptions & { readonly servername?: string; readonly rejectUnauthorized?: boolean }
}

/** Finds the kubelet of a node. Throws where it is not known how to reach it. */
export type NodeDialer = (nodeName: string) => NodeEndpoint | Promise<NodeEndpoint>

export interface ConnectorOptions {
  readonly registry: Registry
  readonly authorizer: Authorizer
  readonly dialer: NodeDialer
  readonly log: Logger
  readonly clock: Clock
}

/** Connects clients with pods, services and nodes: log, exec, attach, portforward, proxy. */
export class Connector {
  readonly #o: ConnectorOptions
  /** Open tunnels, which end with the server. */
  readonly #open = new Set<Disposable>()

  constructor(options: ConnectorOptions) {
    this.#o = options
  }

  /** A response for a request that came as an upgrade: for errors, and for paths that do not upgrade. */
  responseFor(req: IncomingMessage, socket: Duplex): ServerResponse {
    const res = new ServerResponse(req)
    res.assignSocket(socket as never)
    res.shouldKeepAlive = false
    res.on('finish', () => {
      res.detachSocket(socket as never)
      socket.end()
    })
    return res
  }

  stop(): void {
    for (const tunnel of [...this.#open]) tunnel[Symbol.dispose]()
    this.#open.clear()
  }

  async serve(call: Call, kind: Kind, sub: Subresource): Promise<void> {
    if (kind.plural === 'nodes') return this.#proxyNode(call)
    if (kind.plural === 'services') return this.#proxyService(call)
    if (sub.name === 'proxy') return this.#proxyPod(call)
    // What is asked of a log is looked at before the pod.
    if (sub.name === 'log') logOptions(call.info.query, call.info.parts[1] ?? '')
    else this.#mayCreate(call)
    const pod = await this.#pod(call, call.info.parts[1] ?? '')
    switch (sub.name) {
      case 'log':
        return this.#log(call, pod)
      case 'exec':
      case 'attach':
        return this.#stream(call, pod, sub.name, containerOf(pod, call.info.query.get('container')))
      case 'portforward':
        return this.#stream(call, pod, 'portForward', undefined)
      default:
        throw methodNotAllowed()
    }
  }

  /** A WebSocket begins with GET: it must not open a stream for who may only look. */
  #mayCreate(call: Call): void {
    if (call.info.method !== 'GET' || !/websocket/i.test(call.req.headers.upgrade ?? '')) return
    const info = { ...call.info, verb: 'create' }
    const decision = this.#o.authorizer.authorize(attributesOf(call.user, info))
    if (!decision.allowed) throw forbidden(call.user, info, decision.reason)
  }

  async #pod(call: Call, name: string): Promise<PodView> {
    const target = { kind: podKind, namespace: call.info.namespace, name }
    return (await this.#o.registry.get(call.context, target)).object
  }

  async #kubelet(node: string, proxied = false): Promise<Backend> {
    try {
      const { host, port, tls } = await this.#o.dialer(node)
      return { protocol: 'https', host, port, tls }
    } catch (error) {
      if (proxied && !(error instanceof StatusError)) throw proxyUnreachable(error as Error)
      throw error instanceof StatusError ? error : internalError((error as Error).message)
    }
  }

  async #log(call: Call, pod: PodView): Promise<void> {
    const { req, res, info } = call
    const name = pod.metadata.name ?? ''
    const options = logOptions(info.query, name)
    const container = containerOf(pod, options.container)
    const nodeName = pod.spec?.nodeName
    if (!nodeName) {
      res.statusCode = 204
      res.end()
      return
    }
    const backend = await this.#kubelet(nodeName)
    const query = kubeletLogQuery(options)
    const path = `/containerLogs/${info.namespace}/${name}/${container}${query ? `?${query}` : ''}`
    const answer = await this.#ask(call, backend, path, {})
    const code = answer.statusCode ?? 500
    if (code < 200 || code > 206) throw kubeletRefusal(code, await textOf(answer), name)
    if (call.upgrade && /websocket/i.test(req.headers.upgrade ?? '')) {
      res.detachSocket(call.upgrade.socket as never)
      await this.#own(() => answer.destroy(), sendLogOverSocket(req, call.upgrade, answer))
      return
    }
    const done = relay(answer, res, { 'content-type': 'text/plain' })
    req.resume()
    await this.#own(() => answer.destroy(), done)
  }

  /** GET of a kubelet path without a body. */
  #ask(call: Call, backend: Backend, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const out = openRequest({ backend, method: 'GET', path, headers })
      out.on('response', resolve)
      out.on('error', error => {
        const url = `https://${backend.host}:${backend.port}${path}`
        reject(failure({ code: 500, message: `Get ${JSON.stringify(url)}: ${dialText(error)}` }))
      })
      call.res.on('close', () => out.destroy())
      out.end()
    })
  }

  /** exec, attach and portforward: an upgraded connection straight to the kubelet. */
  async #stream(call: Call, pod: PodView, verb: string, container: string | undefined): Promise<void> {
    const { info } = call
    const node = hostOf(pod)
    const query = new URLSearchParams()
    for (const [from, to] of STREAMS[verb] ?? []) if (info.query.flag(from)) query.set(to, '1')
    for (const key of verb === 'portForward' ? ['port', 'ports'] : ['command'])
      for (const v of info.query.all(key)) query.append(key === 'ports' ? 'port' : key, v)
    if (!call.upgrade) throw badRequest('Upgrade request required')
    const path = `/${verb}/${info.namespace}/${pod.metadata.name ?? ''}${container === undefined ? '' : `/${container}`}`
    const text = query.toString()
    await this.#forward(call, await this.#kubelet(node), text ? `${path}?${text}` : path)
  }

  async #proxyPod(call: Call): Promise<void> {
    const name = this.#proxyName(call)
    const pod = await this.#pod(call, name.name)
    await this.#forward(call, podBackend(pod, name), restOfPath(call), true)
  }

  async #proxyService(call: Call): Promise<void> {
    const name = this.#proxyName(call)
    const target = { kind: serviceKind, namespace: call.info.namespace, name: name.name }
    const stored = await this.#o.registry.get(call.context, target)
    const backend = await serviceBackend(this.#o.registry, stored.object, name)
    await this.#forward(call, backend, restOfPath(call), true)
  }

  async #proxyNode(call: Call): Promise<void> {
    const name = this.#proxyName(call)
    await this.#o.registry.get(call.context, { kind: nodeKind, namespace: '', name: name.name })
    const kubelet = await this.#kubelet(name.name, true)
    const other = name.port !== '' && Number(name.port) !== kubelet.port
    const backend: Backend = other
      ? {
          protocol: name.scheme === 'https' ? 'https' : 'http',
          host: kubelet.host,
          port: portNumber(name.port),
          tls: { rejectUnauthorized: false },
        }
      : kubelet
    await this.#forward(call, backend, restOfPath(call), true)
  }

  #proxyName(call: Call): ProxyName {
    const text = call.info.parts[1] ?? ''
    const name = proxyName(text)
    if (!name) throw badRequest(`invalid ${call.info.resource} request ${JSON.stringify(text)}`)
    return name
  }

  /** Sends the request on and the answer, or the upgraded connection, back. */
  #forward(call: Call, backend: Backend, path: string, proxied = false): Promise<void> {
    const { req, res, upgrade } = call
    if (proxied && !upgrade && endsWithoutSlash(call)) {
      // A page at `…/proxy` would have its relative links beside the proxy, not below it.
      const [own = '', query] = (req.url ?? '').split('?')
      res.writeHead(301, { location: `${own}/${query === undefined ? '' : `?${query}`}` })
      res.end()
      return Promise.resolve()
    }
    const headers = forwardedHeaders(req, upgrade !== undefined)
    headers.host = backend.host.includes(':') ? `[${backend.host}]:${backend.port}` : `${backend.host}:${backend.port}`
    if (proxied) {
      headers['x-forwarded-host'] = req.headers.host ?? ''
      headers['x-forwarded-uri'] = call.info.path
      headers['x-forwarded-for'] = req.socket.remoteAddress ?? ''
    }
    return new Promise((resolve, reject) => {
      const out = openRequest({ backend, method: req.method ?? 'GET', path, headers })
      const waiting = upgrade && watchForEnd(upgrade.socket, () => out.destroy())
      out.on('error', error => {
        waiting?.[Symbol.dispose]()
        reject(proxied ? proxyUnreachable(error) : dialFailed(error))
      })
      out.on('upgrade', (answer, socket, head) => {
        waiting?.[Symbol.dispose]()
        if (!upgrade) {
          socket.destroy()
          reject(internalError('the backend upgraded a connection that was not to be upgraded'))
          return
        }
        // From here on the socket carries raw bytes: the response object has no part in it any more.
        res.detachSocket(upgrade.socket as never)
        const tunnel = joinSockets(upgrade, answer, socket, head)
        this.#open.add(tunnel)
        socket.on('close', () => this.#open.delete(tunnel))
        res.statusCode = answer.statusCode ?? 101
        resolve()
      })
      out.on('response', answer => {
        waiting?.[Symbol.dispose]()
        const back = returnedHeaders(answer)
        const location = back.location
        if (proxied && typeof location === 'string') back.location = movedLocation(location, call)
        const rewriter =
          proxied && isHtml(answer)
            ? htmlRewriter(
                { prefix: proxyPath(call), backendHost: String(headers.host) },
                answer.headers['content-encoding'] ?? '',
              )
            : undefined
        // The length is another after rewriting.
        if (rewriter) delete back['content-length']
        void relay(answer, res, back, rewriter).then(resolve)
      })
      res.on('close', () => {
        if (!upgrade) out.destroy()
      })
      if (upgrade) out.end()
      else req.pipe(out)
    })
  }

  async #own(end: () => void, until: Promise<void>): Promise<void> {
    const owned = { [Symbol.dispose]: end }
    this.#open.add(owned)
    try {
      await until
    } finally {
      this.#open.delete(owned)
    }
  }
}

/** The API's names of stream options, and the kubelet's. */
const STREAMS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  exec: [
    ['stdin', 'input'],
    ['stdout', 'output'],
    ['stderr', 'error'],
    ['tty', 'tty'],
  ],
  attach: [
    ['stdin', 'input'],
    ['stdout', 'output'],
    ['stderr', 'error'],
    ['tty', 'tty'],
  ],
}

/** What comes after `…/proxy` in the request's URL, with its query; at least a slash. */
export function restOfPath(call: Call): string {
  const url = call.req.url ?? ''
  const at = url.indexOf('?')
  const path = at < 0 ? url : url.slice(0, at)
  const query = at < 0 ? '' : url.slice(at)
  const skip = call.info.verbInPath
    ? /^(?:\/[^/]+)*?\/proxy\/(?:namespaces\/[^/]+\/)?[^/]+\/[^/]+/
    : /^.*?\/(?:pods|services|nodes)\/[^/]+\/proxy/
  const rest = path.replace(skip, '')
  return `${rest.startsWith('/') ? rest : `/${rest}`}${query}`
}

/** A GET or HEAD of the proxy itself, without any path behind it. */
function endsWithoutSlash(call: Call): boolean {
  const { method, url = '' } = call.req
  if (method !== 'GET' && method !== 'HEAD') return false
  const path = url.split('?')[0] ?? ''
  return restOfPath(call).split('?')[0] === '/' && !path.endsWith('/')
}

/** A redirect of a proxied backend leads back through the proxy. */
function movedLocation(location: string, call: Call): string {
  return location.startsWith('/') ? `${proxyPath(call)}${location}` : location
}

/** The request's path up to and with `proxy`, without a slash at the end. */
function proxyPath(call: Call): string {
  const url = (call.req.url ?? '').split('?')[0] ?? ''
  const rest = restOfPath(call).split('?')[0] ?? '/'
  return url.endsWith(rest) ? url.slice(0, url.length - rest.length) : url.replace(/\/$/, '')
}

const isHtml = (answer: IncomingMessage): boolean => /^text\/html\b/i.test(answer.headers['content-type'] ?? '')

/** Beyond this a kubelet's error text is cut. */
const MAX_REFUSAL_BYTES = 50_000

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_REFUSAL_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function kubeletRefusal(code: number, text: string, pod: string): Error {
  if (code === 400) return badRequest(text)
  if (code === 404)
    return failure({
      code: 404,
      reason: 'NotFound',
      message: `the server could not find the requested resource ( pods/log ${pod})`,
      details: { name: pod, kind: 'pods/log' },
    })
  return internalError(text)
}
