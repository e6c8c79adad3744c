import { tooManyRequests } from '../base/errors.ts'
import type { RequestInfo } from './request-info.ts'

/** Bounds on requests in flight, as kube-apiserver's flags have them by default together. */
export interface Limits {
  readonly readsInFlight: number
  readonly writesInFlight: number
}

export const DEFAULT_LIMITS: Limits = { readsInFlight: 400, writesInFlight: 200 }

const READS = new Set(['get', 'list'])

/** Counts what is being worked on. Requests that stay open (watches, streams) are not counted. */
export class InFlight {
  readonly #limits: Limits
  #reads = 0
  #writes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  get reads(): number {
    return this.#reads
  }

  get writes(): number {
    return this.#writes
  }

  /** Takes a place; the result gives it back. Throws 429. Administrators always get one. */
  enter(info: RequestInfo, groups: readonly string[]): () => void {
    const read = READS.has(info.verb)
    const full = read ? this.#reads >= this.#limits.readsInFlight : this.#writes >= this.#limits.writesInFlight
    if (full && !groups.includes('system:masters'))
      throw tooManyRequests('too many requests, please try again later', 1)
    if (read) this.#reads++
    else this.#writes++
    return () => {
      if (read) this.#reads--
      else this.#writes--
    }
  }
}

const STREAMS = new Set(['attach', 'exec', 'proxy', 'log', 'portforward'])

/** Requests that stay open for as long as the client likes. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.verb === 'watch' || info.verb === 'proxy' || (info.isResource && STREAMS.has(info.subresource))
}
