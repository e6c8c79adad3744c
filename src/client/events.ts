import type { Clock } from '../base/clock.ts'
import { formatTime } from '../base/clock.ts'
import { isAlreadyExists, isNotFound, StatusError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { event as eventKind } from '../kinds/core/event.ts'
import type { Event as CoreEvent, ObjectMeta, ObjectReference } from '../kinds/generated/types.ts'
import type { KubeObject } from '../kinds/object.ts'
import type { Client } from './client.ts'
import { EventCorrelator } from './event-correlator.ts'

/** The object that an event is about, or a reference to it. */
export type EventTarget =
  | { readonly apiVersion: string; readonly kind: string; readonly metadata: Readonly<Partial<ObjectMetaNames>> }
  | { readonly ref: ObjectReference }

type ObjectMetaNames = Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'resourceVersion'>

export interface EventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** `replicaset-controller`, `kubelet`. */
  readonly component: string
  /** The node's name where the component is one of many. */
  readonly host?: string
}

type Event = KubeObject & CoreEvent

/** Further tries after an error that is not the server's answer, and the time between them. */
const RETRIES = 12
const RETRY_MS = 10_000
/** Events that wait while the server does not answer; the newest are dropped beyond that. */
const MAX_WAITING = 1000

/**
 * Writes core/v1 Events as client-go's recorder does: equal ones raise `count`, many similar ones are combined,
 * a flood about one object is cut. Nobody waits for events and their loss is only logged.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #correlator: EventCorrelator
  readonly #abort = new AbortController()
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0
  #lastNanos = 0n

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#correlator = new EventCorrelator(options.clock)
  }

  /** Tells of `target`. Returns at once. */
  event(target: EventTarget, type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (this.#abort.signal.aborted || this.#waiting >= MAX_WAITING) return
    const event = this.#newEvent('ref' in target ? target.ref : referenceTo(target), type, reason, message)
    this.#waiting++
    this.#tail = this.#tail.then(() => this.#write(event)).finally(() => this.#waiting--)
  }

  /** Resolves when all events so far are written or dropped. */
  flush(): Promise<void> {
    return this.#tail
  }

  /** Drops what waits. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('Event recorder stops'))
    await this.#tail
  }

  #newEvent(ref: ObjectReference, type: string, reason: string, message: string): Event {
    const { clock, component, host } = this.#options
    const time = formatTime(clock.now())
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: this.#name(ref.name ?? ''), namespace: ref.namespace || 'default' },
      involvedObject: ref,
      reason,
      message,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      type,
      source: { component, ...(host ? { host } : {}) },
      reportingComponent: component,
      reportingInstance: host ?? '',
    }
  }

  /** `name.HEX`: the nanoseconds since the epoch, never the same twice. */
  #name(of: string): string {
    const now = BigInt(this.#options.clock.now()) * 1_000_000n
    this.#lastNanos = now > this.#lastNanos ? now : this.#lastNanos + 1n
    return eventName(of, this.#lastNanos)
  }

  async #write(event: Event): Promise<void> {
    if (this.#abort.signal.aborted) return
    const correlated = this.#correlator.correlate(event)
    if (!correlated) return
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      try {
        const stored = await this.#send(correlated.event, correlated.repeats)
        this.#correlator.remember(stored)
        return
      } catch (error) {
        // The server's own refusal will not change: its namespace ends, or it is there already.
        if (error instanceof StatusError) {
          if (!isAlreadyExists(error))
            this.#options.log.debug('Event refused', { event: event.metadata.name, reason: event.reason, error })
          return
        }
        const slept = await this.#options.clock.sleep(RETRY_MS, this.#abort.signal).then(
          () => true,
          () => false,
        )
        if (!slept) return
      }
    }
  }

  async #send(event: Event, repeats: boolean): Promise<Event> {
    const { client } = this.#options
    if (repeats) {
      const change = { count: event.count, lastTimestamp: event.lastTimestamp, message: event.message }
      const { namespace = '', name = '' } = event.metadata
      try {
        return (await client.patch(eventKind, namespace, name, 'strategic', change)) as Event
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
    return (await client.create(eventKind, event)) as Event
  }
}

/** An event's name from its object's name, cut where it would be too long. */
export function eventName(of: string, nanos: bigint): string {
  const suffix = `.${nanos.toString(16)}`
  return of.slice(0, 253 - suffix.length) + suffix
}

/** How events and slices refer to an object. */
export function referenceTo(object: Exclude<EventTarget, { ref: unknown }>): ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata
  return {
    kind: object.kind,
    ...(namespace ? { namespace } : {}),
    name,
    uid,
    apiVersion: object.apiVersion,
    resourceVersion,
  }
}
