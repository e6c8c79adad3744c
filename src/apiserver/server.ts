import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Express } from 'express'
import type { Clock } from '../base/clock.ts'
import { StatusError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Registry, UserInfo } from '../registry/api.ts'
import { ANONYMOUS, type Authenticator } from './authn/authenticator.ts'
import { attributesOf, impersonate } from './authn/impersonation.ts'
import type { Authorizer } from './authz/authorizer.ts'
import type { Call, ResourceServer } from './call.ts'
import { Connector, type NodeDialer } from './connect/connector.ts'
import { Discovery } from './discovery/routes.ts'
import { forbidden, unauthorized } from './errors.ts'
import type { HealthCheck } from './health.ts'
import { DEFAULT_LIMITS, InFlight, isLongRunning, type Limits } from './limits.ts'
import { Metrics, type MetricsSource } from './metrics.ts'
import type { OidcFacts } from './oidc.ts'
import { checkTimeout } from './options.ts'
import { createPlainRoutes } from './plain-routes.ts'
import { BadPathError, type RequestInfo, requestInfo } from './request-info.ts'
import { serveResource } from './resources.ts'
import { addWarnings, sendError, sendText } from './respond.ts'
import { reviews } from './reviews/index.ts'
import { coreVirtuals } from './reviews/core.ts'
import type { VersionFacts } from './version.ts'

export interface ApiServerOptions {
  readonly registry: Registry
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly clock: Clock
  readonly log: Logger
  /** How to reach the kubelets. */
  readonly nodeDialer: NodeDialer
  /** `host:port` under which clients know the server, for discovery. */
  readonly address: string
  readonly version: VersionFacts
  readonly health: readonly HealthCheck[]
  readonly oidc: OidcFacts
  /** Audiences of the API's own tokens. Defaults to the issuer. */
  readonly apiAudiences?: readonly string[]
  readonly limits?: Limits
  readonly metrics?: readonly MetricsSource[]
}

/** The HTTP face of the registry: give its functions to a node:https server. */
export interface ApiServer {
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Requests being worked on now, without watches and streams. */
  readonly inFlight: () => number
  /** Ends tunnels. Watches end with the registry, connections with the https server. */
  stop(): void
}

export function createApiServer(options: ApiServerOptions): ApiServer {
  return new Server(options)
}

class Server implements ApiServer {
  readonly #o: ApiServerOptions
  readonly #limits: InFlight
  readonly #metrics: Metrics
  readonly #resources: ResourceServer
  readonly #discovery: Discovery
  readonly #connector: Connector
  readonly #plain: Express

  constructor(options: ApiServerOptions) {
    this.#o = options
    this.#limits = new InFlight(options.limits ?? DEFAULT_LIMITS)
    this.#metrics = new Metrics(options.metrics)
    this.#connector = new Connector({
      registry: options.registry,
      authorizer: options.authorizer,
      dialer: options.nodeDialer,
      log: options.log,
      clock: options.clock,
    })
    const virtual = [
      ...coreVirtuals(options.registry, options.health),
      ...reviews({ ...options, apiAudiences: options.apiAudiences ?? [options.oidc.issuer] }),
    ]
    this.#resources = {
      registry: options.registry,
      clock: options.clock,
      virtual,
      connect: (call, kind, sub) => this.#connector.serve(call, kind, sub),
    }
    this.#discovery = new Discovery({ kinds: options.registry.kinds, virtual, address: options.address })
    this.#plain = createPlainRoutes({
      health: options.health,
      metrics: this.#metrics,
      version: options.version,
      oidc: options.oidc,
      discovery: this.#discovery,
      kinds: options.registry.kinds,
      virtual,
    })
  }

  readonly handler = (req: IncomingMessage, res: ServerResponse): void => {
    void this.#handle(req, res, undefined)
  }

  readonly upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Without a listener a client that goes away at the wrong time would end the process.
    socket.on('error', () => socket.destroy())
    const res = this.#connector.responseFor(req, socket)
    void this.#handle(req, res, { socket, head })
  }

  readonly inFlight = (): number => this.#limits.reads + this.#limits.writes

  stop(): void {
    this.#connector.stop()
  }

  async #handle(
    req: IncomingMessage,
    res: ServerResponse,
    upgrade: { socket: Duplex; head: Buffer } | undefined,
  ): Promise<void> {
    let leave: (() => void) | undefined
    let info: RequestInfo | undefined
    const warnings: string[] = []
    const started = this.#o.clock.now()
    try {
      res.setHeader('Audit-Id', auditId(req))
      res.setHeader('Cache-Control', 'no-cache, private')
      info = requestInfo(req.method ?? 'GET', req.url ?? '/')
      const longRunning = isLongRunning(info)
      if (!longRunning && !info.query.empty) checkTimeout(info.query)
      const user = await this.#whoIs(req, info)
      if (!longRunning) leave = this.#limits.enter(info, user.groups)
      const decision = this.#o.authorizer.authorize(attributesOf(user, info))
      if (!decision.allowed) throw forbidden(user, info, decision.reason)
      await this.#serve(req, res, info, user, warnings, upgrade)
    } catch (error) {
      if (!res.headersSent) addWarnings(res, warnings)
      this.#fail(req, res, error)
    } finally {
      leave?.()
      if (info) this.#metrics.count(info, res.statusCode, (this.#o.clock.now() - started) / 1000)
    }
  }

  #serve(
    req: IncomingMessage,
    res: ServerResponse,
    info: RequestInfo,
    user: UserInfo,
    warnings: string[],
    upgrade: { socket: Duplex; head: Buffer } | undefined,
  ): Promise<void> | void {
    if (!info.isResource) return this.#servePlain(req, res, info)
    const call: Call = {
      req,
      res,
      info,
      user,
      context: { user, userAgent: req.headers['user-agent'] ?? '', warnings },
      ...(upgrade ? { upgrade } : {}),
    }
    return serveResource(this.#resources, call)
  }

  #servePlain(req: IncomingMessage, res: ServerResponse, info: RequestInfo): void {
    if (this.#discovery.handles(info)) {
      this.#discovery.serve(req, res, info)
      return
    }
    // express wants to own the request's prototype: only paths off the fast lane go through it.
    res.locals = { info }
    this.#plain(req as never, res as never, (error?: unknown) => {
      if (error) this.#fail(req, res, error)
    })
  }

  async #whoIs(req: IncomingMessage, info: RequestInfo): Promise<UserInfo> {
    const found = this.#o.authenticator.authenticate(req)
    const user = found instanceof Promise ? await found : found
    if (user === 'invalid') throw unauthorized()
    return impersonate(req, user === 'anonymous' ? ANONYMOUS : user, info, this.#o.authorizer)
  }

  #fail(req: IncomingMessage, res: ServerResponse, error: unknown): void {
    if (error instanceof BadPathError) {
      sendText(res, 400, '400 Bad Request')
      return
    }
    if (!(error instanceof StatusError))
      this.#o.log.error('Request failed', {
        method: req.method,
        url: req.url,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
    sendError(req, res, error)
  }
}

/** The client's own ID of the request where it is one, else a new one. */
function auditId(req: IncomingMessage): string {
  const given = req.headers['audit-id']
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID()
}

declare module 'node:http' {
  interface ServerResponse {
    /** Where express keeps what goes with one request. */
    locals?: Record<string, unknown>
  }
}
