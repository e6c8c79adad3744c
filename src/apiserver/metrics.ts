import type { Registry as PromRegistry } from 'prom-client'
import type { RequestInfo } from './request-info.ts'

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'

/** Where parts add lines of their own to /metrics when it is read. */
export type MetricsSource = (registry: PromRegistry) => void | Promise<void>

/** Counts requests cheaply; what /metrics shows is made only when somebody reads it. */
export class Metrics {
  readonly #requests = new Map<string, { labels: Record<string, string>; count: number; seconds: number }>()
  readonly #sources: readonly MetricsSource[]

  constructor(sources: readonly MetricsSource[] = []) {
    this.#sources = sources
  }

  /** One answered request; `seconds` is how long it took. */
  count(info: RequestInfo, code: number, seconds: number): void {
    const scope = info.name ? 'resource' : info.namespace ? 'namespace' : info.isResource ? 'cluster' : ''
    const key = `${info.verb} ${info.group} ${info.version} ${info.resource} ${info.subresource} ${scope} ${code}`
    let entry = this.#requests.get(key)
    if (!entry) {
      const verb = info.verb.toUpperCase()
      entry = {
        labels: {
          verb,
          group: info.group,
          version: info.version,
          resource: info.resource,
          subresource: info.subresource,
          scope,
          component: 'apiserver',
          dry_run: '',
          code: String(code),
        },
        count: 0,
        seconds: 0,
      }
      // Unauthenticated clients choose paths: their number must not grow the map without bound.
      if (this.#requests.size < 5000) this.#requests.set(key, entry)
    }
    entry.count++
    entry.seconds += seconds
  }

  /** The text of /metrics. Loads prom-client. */
  async render(): Promise<string> {
    const { Counter, Gauge, Registry } = await import('prom-client')
    const registry = new Registry()
    // Not prom-client's own collection: it observes the event loop from then on, which would never be idle again.
    const gauge = (name: string, help: string, value: number): void =>
      new Gauge({ name, help, registers: [registry] }).set(value)
    const memory = process.memoryUsage()
    const cpu = process.cpuUsage()
    gauge('process_cpu_seconds_total', 'User and system CPU time spent, in seconds.', (cpu.user + cpu.system) / 1e6)
    gauge('process_resident_memory_bytes', 'Resident memory, in bytes.', memory.rss)
    gauge('process_uptime_seconds', 'Time since the process began, in seconds.', process.uptime())
    gauge('nodejs_heap_size_total_bytes', 'Heap that is allocated, in bytes.', memory.heapTotal)
    gauge('nodejs_heap_size_used_bytes', 'Heap that is used, in bytes.', memory.heapUsed)
    gauge('nodejs_external_memory_bytes', 'Memory outside the heap, in bytes.', memory.external)
    const total = new Counter({
      name: 'apiserver_request_total',
      help: 'Requests by verb, resource and answer.',
      labelNames: ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'],
      registers: [registry],
    })
    const seconds = new Counter({
      name: 'apiserver_request_duration_seconds_sum',
      help: 'Time spent on requests, in seconds.',
      labelNames: ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'],
      registers: [registry],
    })
    for (const { labels, count, seconds: spent } of this.#requests.values()) {
      total.inc(labels, count)
      seconds.inc(labels, spent)
    }
    for (const source of this.#sources) await source(registry)
    return registry.metrics()
  }
}
