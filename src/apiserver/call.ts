import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Registry, RequestContext, UserInfo } from '../registry/api.ts'
import type { Upgrade } from './connect/tunnel.ts'
import type { RequestInfo } from './request-info.ts'
import type { Subresource } from './subresources.ts'
import type { VirtualResource } from './virtual.ts'

/** What serving resources needs. */
export interface ResourceServer {
  readonly registry: Registry
  readonly clock: Clock
  readonly virtual: readonly VirtualResource[]
  /** Serves log, exec, attach, portforward and proxy. */
  readonly connect: (call: Call, kind: Kind, subresource: Subresource) => Promise<void>
}

/** One authorized request to a resource. */
export interface Call {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly info: RequestInfo
  readonly user: UserInfo
  readonly context: RequestContext
  /** Set where the client asked to upgrade the connection. */
  readonly upgrade?: Upgrade
}
