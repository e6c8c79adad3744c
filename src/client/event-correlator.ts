import type { Clock } from '../base/clock.ts'
import type { Event as CoreEvent } from '../kinds/generated/types.ts'
import type { KubeObject } from '../kinds/object.ts'

type Event = KubeObject & CoreEvent

/** More different messages than this in the interval, and further ones are combined into one event. */
const MAX_SIMILAR = 10
const SIMILAR_INTERVAL_MS = 600_000
/** A source may tell this much of one object at once, and then one event in this time. */
const BURST = 25
const REFILL_MS = 300_000
const MAX_REMEMBERED = 4096

interface Group {
  readonly messages: Set<string>
  last: number
}

interface Seen {
  count: number
  readonly firstTimestamp: string | undefined
  name: string
}

interface Bucket {
  tokens: number
  at: number
}

/** Decides what becomes of an event, from those before it; the rules and limits are client-go's. */
export class EventCorrelator {
  readonly #clock: Clock
  readonly #groups = new Recent<Group>(MAX_REMEMBERED)
  readonly #seen = new Recent<Seen>(MAX_REMEMBERED)
  readonly #buckets = new Recent<Bucket>(MAX_REMEMBERED)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The event to write, and whether it repeats a written one (patch its count); undefined drops it. */
  correlate(event: Event): { event: Event; repeats: boolean } | undefined {
    const { event: combined, key } = this.#combine(event)
    const seen = this.#seen.get(key)
    const counted = seen
      ? {
          ...combined,
          metadata: { ...combined.metadata, name: seen.name },
          firstTimestamp: seen.firstTimestamp,
          count: seen.count + 1,
        }
      : combined
    this.#seen.set(key, {
      count: counted.count ?? 1,
      firstTimestamp: counted.firstTimestamp,
      name: counted.metadata.name ?? '',
    })
    if (!this.#mayTell(event)) return undefined
    return { event: counted, repeats: seen !== undefined }
  }

  /** Takes note of what was written under which name and count. */
  remember(stored: Event): void {
    const seen = { count: stored.count ?? 1, firstTimestamp: stored.firstTimestamp, name: stored.metadata.name ?? '' }
    this.#seen.set(messageKey(stored), seen)
    if (stored.message?.startsWith(COMBINED)) this.#seen.set(groupKey(stored), seen)
  }

  #combine(event: Event): { event: Event; key: string } {
    const now = this.#clock.now()
    const key = groupKey(event)
    let group = this.#groups.get(key)
    if (!group || now - group.last > SIMILAR_INTERVAL_MS) group = { messages: new Set(), last: now }
    group.messages.add(event.message ?? '')
    group.last = now
    this.#groups.set(key, group)
    if (group.messages.size < MAX_SIMILAR) return { event, key: messageKey(event) }
    group.messages.delete(group.messages.values().next().value ?? '')
    return { event: { ...event, message: COMBINED + event.message }, key }
  }

  #mayTell(event: Event): boolean {
    const now = this.#clock.now()
    const key = sourceKey(event)
    const old = this.#buckets.get(key) ?? { tokens: BURST, at: now }
    const bucket = { tokens: Math.min(BURST, old.tokens + (now - old.at) / REFILL_MS), at: now }
    const may = bucket.tokens >= 1
    if (may) bucket.tokens--
    this.#buckets.set(key, bucket)
    return may
  }
}

const COMBINED = '(combined from similar events): '

const join = (...parts: (string | undefined)[]): string => parts.map(p => p ?? '').join('\0')

function sourceKey({ source, involvedObject: o }: Event): string {
  return join(source?.component, source?.host, o.kind, o.namespace, o.name, o.uid, o.apiVersion)
}

const groupKey = (e: Event): string =>
  join(sourceKey(e), e.involvedObject.fieldPath, e.type, e.reason, e.reportingComponent, e.reportingInstance)

const messageKey = (e: Event): string => join(groupKey(e), 'message', e.message)

/** A map that forgets what was used longest ago. */
class Recent<V> {
  readonly #max: number
  readonly #map = new Map<string, V>()

  constructor(max: number) {
    this.#max = max
  }

  get(key: string): V | undefined {
    const value = this.#map.get(key)
    if (value !== undefined) {
      this.#map.delete(key)
      this.#map.set(key, value)
    }
    return value
  }

  set(key: string, value: V): void {
    this.#map.delete(key)
    this.#map.set(key, value)
    if (this.#map.size > this.#max) this.#map.delete(this.#map.keys().next().value ?? '')
  }
}
