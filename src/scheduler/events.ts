import { type Clock, formatMicroTime } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Client } from '../client/client.ts'
import { eventName, referenceTo } from '../client/events.ts'
import { eventsEvent } from '../kinds/events/event.ts'
import { objectKey } from '../kinds/object.ts'
import type { PodObject } from './framework.ts'

/** Name in pods' spec.schedulerName and in events. */
export const SCHEDULER_NAME = 'default-scheduler'

export interface SchedulerEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
  readonly related?: PodObject
}

interface Series {
  readonly name: string
  count: number
  at: number
  /** When its count was written last. */
  writtenAt: number
}

/** Equal events within this time become one with a series, as client-go's recorder of events.k8s.io does. */
const SERIES_MS = 6 * 60_000
/** A series is written when it begins, and then this often: pods that wait are tried again at each change around them. */
const SERIES_WRITE_MS = 60_000
/** Events that wait for the server; more are dropped: they must never hold up scheduling. */
const MAX_WAITING = 2_000
const MAX_SERIES = 4_096

/** Writes events.k8s.io/v1 Events. Nobody waits for them. */
export class SchedulerEvents {
  readonly #o: { readonly client: Client; readonly clock: Clock; readonly log: Logger }
  readonly #series = new Map<string, Series>()
  readonly #waiting = new Set<Promise<void>>()
  #nanos = 0n

  constructor(options: { readonly client: Client; readonly clock: Clock; readonly log: Logger }) {
    this.#o = options
  }

  event(regarding: PodObject, event: SchedulerEvent): void {
    if (this.#waiting.size >= MAX_WAITING) return
    const work = this.#write(regarding, event).catch((error: unknown) => {
      this.#o.log.debug('Event refused', { pod: objectKey(regarding), reason: event.reason, error: error as Error })
    })
    this.#waiting.add(work)
    void work.finally(() => this.#waiting.delete(work))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#waiting)
  }

  async #write(regarding: PodObject, event: SchedulerEvent): Promise<void> {
    const { client, clock } = this.#o
    const now = clock.now()
    const namespace = regarding.metadata.namespace ?? 'default'
    const key = JSON.stringify([regarding.metadata.uid, event.reason, event.action, event.note, event.type])
    const known = this.#series.get(key)
    if (known && now - known.at < SERIES_MS) {
      known.count++
      known.at = now
      if (known.count > 2 && now - known.writtenAt < SERIES_WRITE_MS) return
      known.writtenAt = now
      const series = { count: known.count, lastObservedTime: formatMicroTime(now) }
      await client.patch(eventsEvent, namespace, known.name, 'merge', { series })
      return
    }
    const name = eventName(regarding.metadata.name ?? '', this.#nextNanos(now))
    this.#remember(key, { name, count: 1, at: now, writtenAt: now })
    await client.create(eventsEvent, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace },
      eventTime: formatMicroTime(now),
      reportingController: SCHEDULER_NAME,
      reportingInstance: `${SCHEDULER_NAME}-kubelite`,
      action: event.action,
      reason: event.reason,
      regarding: referenceTo(regarding),
      ...(event.related ? { related: referenceTo(event.related) } : {}),
      note: event.note.slice(0, 1024),
      type: event.type,
    })
  }

  #remember(key: string, series: Series): void {
    this.#series.set(key, series)
    // The oldest goes: a map keeps the order in which its keys came.
    if (this.#series.size > MAX_SERIES) this.#series.delete(this.#series.keys().next().value ?? '')
  }

  #nextNanos(nowMs: number): bigint {
    const now = BigInt(nowMs) * 1_000_000n
    this.#nanos = now > this.#nanos ? now : this.#nanos + 1n
    return this.#nanos
  }
}
