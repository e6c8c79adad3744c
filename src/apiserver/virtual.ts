import type { IncomingMessage } from 'node:http'
import type { RequestContext } from '../registry/api.ts'
import type { RequestInfo } from './request-info.ts'

/** A request to a resource that is not stored. */
export interface VirtualCall {
  readonly req: IncomingMessage
  readonly info: RequestInfo
  readonly context: RequestContext
  /** The body, read whole; empty for verbs without one. */
  readonly body: Buffer
}

/** A resource that is answered rather than stored: reviews, bindings, component statuses. */
export interface VirtualResource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly shortNames?: readonly string[]
  /** Text of a Warning header with every answer. */
  readonly deprecation?: string
  readonly create?: (call: VirtualCall) => Promise<unknown>
  readonly list?: (call: VirtualCall) => Promise<unknown>
  readonly get?: (call: VirtualCall) => Promise<unknown>
}

export function virtualVerbs(v: VirtualResource): string[] {
  return [v.create && 'create', v.get && 'get', v.list && 'list'].filter(x => x !== undefined)
}
