import { createServer, type Server } from 'node:http'
import type { Logger } from '../../base/log.ts'
import type { ServicePort } from './model.ts'

/** What a load balancer that asks one port is told. */
interface Health {
  readonly namespace: string
  readonly name: string
  readonly localEndpoints: number
}

/** Services that are asked for, by port: how many of their endpoints are on this node. */
export function planHealthChecks(services: readonly ServicePort[]): Map<number, Health> {
  const found = new Map<number, Health>()
  for (const s of services) {
    if (!s.healthCheckPort || !s.externalLocal) continue
    const [namespace = '', name = ''] = s.id.slice(0, s.id.indexOf(':')).split('/')
    const before = found.get(s.healthCheckPort)?.localEndpoints ?? 0
    // Several ports of a service have the same pods.
    const localEndpoints = Math.max(before, new Set(s.localEndpoints.map(e => e.ip)).size)
    found.set(s.healthCheckPort, { namespace, name, localEndpoints })
  }
  return found
}

/** What a load balancer gets: 200 where the node has endpoints, else 503. */
export function healthAnswer({ namespace, name, localEndpoints }: Health): { code: number; body: string } {
  const told = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }
  return { code: localEndpoints > 0 ? 200 : 503, body: JSON.stringify(told, undefined, '\t') }
}

/** Answers load balancers that ask whether this node has endpoints of a service (`healthCheckNodePort`). */
export class HealthChecks {
  readonly #log: Logger
  readonly #servers = new Map<number, Server>()
  #wanted: ReadonlyMap<number, Health> = new Map()
  #stopped = false

  constructor(log: Logger) {
    this.#log = log
  }

  /** Listens on the ports of these services, and on no others any more. */
  update(wanted: ReadonlyMap<number, Health>): void {
    this.#wanted = wanted
    if (this.#stopped) return
    for (const [port, server] of this.#servers) if (!wanted.has(port)) this.#close(port, server)
    for (const port of wanted.keys()) if (!this.#servers.has(port)) this.#listen(port)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const [port, server] of this.#servers) this.#close(port, server)
  }

  #listen(port: number): void {
    const server = createServer((_req, res) => {
      const health = this.#wanted.get(port)
      const { code, body } = health ? healthAnswer(health) : { code: 404, body: '' }
      res.writeHead(code, {
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
        'x-load-balancing-endpoint-weight': String(health?.localEndpoints ?? 0),
        connection: 'close',
      })
      res.end(body)
    })
    this.#servers.set(port, server)
    server.on('error', error => {
      // Taken by somebody else: tried again with the next change.
      this.#log.warn('Cannot answer health checks of a service', { port, error })
      if (this.#servers.get(port) === server) this.#servers.delete(port)
    })
    server.listen(port)
  }

  #close(port: number, server: Server): void {
    this.#servers.delete(port)
    server.close()
    server.closeAllConnections()
  }
}
