import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Part } from '../../base/part.ts'
import type { Client } from '../../client/client.ts'
import type { Reconciler, Source } from '../../client/controller.ts'
import { Controller } from '../../client/controller.ts'
import type { EventRecorder } from '../../client/events.ts'
import type { Informers } from '../../client/informers.ts'
import type { AllKinds } from './all-kinds.ts'

/** What every controller gets. */
export interface ControllerContext {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly informers: Informers
  readonly config: ControllersConfig
  /** All objects of all kinds. */
  readonly allKinds: AllKinds
  /** An event recorder that speaks as `component`; the same one for the same name. */
  recorder(component: string): EventRecorder
}

export interface ControllersConfig {
  /** PEM of the CA that pods check the API server against. */
  readonly rootCa: string
  /** Pod addresses of all nodes: `10.42.0.0/16`. */
  readonly clusterCidr: string
  /** Prefix length of one node's share. */
  readonly nodeCidrMaskSize: number
  /** A node without a word for this long is not ready, in milliseconds. */
  readonly nodeMonitorGracePeriodMs: number
  /** Ended pods beyond this number are removed, oldest first. */
  readonly terminatedPodThreshold: number
  /** Signs the lasting token of a Secret of a service account. Missing: such Secrets get none. */
  readonly issueLegacyToken?: (order: LegacyTokenOrder) => Promise<string>
}

/** A token without end, good as long as the Secret that holds it is there. */
export interface LegacyTokenOrder {
  readonly namespace: string
  /** Name of the Secret. */
  readonly secret: string
  readonly serviceAccount: { readonly name: string; readonly uid: string }
}

/** The loop of one reconciler. */
export function controller(
  ctx: ControllerContext,
  options: {
    readonly name: string
    readonly reconciler: Reconciler
    readonly sources: readonly Source[]
    readonly workers?: number
    readonly maxDelayMs?: number
  },
): Part {
  return new Controller({ ...options, clock: ctx.clock, log: ctx.log })
}

/** Splits a work queue's key. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
