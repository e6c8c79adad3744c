import type { Clock } from '../base/clock.ts'
import { isConflict, isNotFound } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Client } from '../client/client.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import type { PodStatus } from '../kinds/generated/types.ts'
import { type PodView, podNameOf, podNamespaceOf, podUidOf } from './pods.ts'

export interface StatusWriterOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly pod: () => PodView
  /** A newer object than the worker has. */
  readonly onNewer: (pod: PodView) => void
  readonly compute: (pod: PodView) => PodStatus
}

/** After the server could not be reached. */
const RETRY_MS = 1_000

/** Brings a pod's status to the API: one write at a time, the newest wins, and nothing that is there already. */
export class StatusWriter {
  readonly #o: StatusWriterOptions
  #wanted = false
  #writing: Promise<void> | undefined
  #last = ''
  readonly #abort = new AbortController()

  constructor(options: StatusWriterOptions) {
    this.#o = options
  }

  /** The status may have changed. */
  want(): void {
    this.#wanted = true
    if (!this.#abort.signal.aborted) this.#writing ??= this.#run()
  }

  /** Resolves when the newest status is written, or cannot be. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  /** Gives up what is not written yet. */
  stop(): void {
    this.#abort.abort()
  }

  async #run(): Promise<void> {
    try {
      while (this.#wanted && !this.#abort.signal.aborted) {
        this.#wanted = false
        await this.#writeOrWait()
      }
    } finally {
      // In the same turn as the last look: what is wanted after it begins anew.
      this.#writing = undefined
    }
  }

  async #writeOrWait(): Promise<void> {
    try {
      await this.#write()
    } catch (error) {
      if (isNotFound(error)) return
      this.#o.log.warn('Pod status not written', { error: error as Error })
      await this.#o.clock.sleep(RETRY_MS, this.#abort.signal).catch(() => {})
      this.#wanted = true
    }
  }

  async #write(): Promise<void> {
    const pod = this.#o.pod()
    if (isBeingRemoved(pod)) return
    const status = this.#o.compute(pod)
    const text = JSON.stringify(status)
    if (text === this.#last || covers(pod.status, status)) return
    try {
      const updated = await this.#o.client.update(podKind, { ...pod, status } as never, { subresource: 'status' })
      this.#last = text
      this.#o.onNewer(updated as PodView)
    } catch (error) {
      if (!isConflict(error)) throw error
      const fresh = (await this.#o.client.get(podKind, podNamespaceOf(pod), podNameOf(pod))) as PodView
      // Another pod took the name: this one is gone.
      if (podUidOf(fresh) !== podUidOf(pod)) return
      this.#o.onNewer(fresh)
      this.#wanted = true
    }
  }
}

/** The server takes the object away this moment: a write could only come in between. */
function isBeingRemoved({ metadata }: PodView): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    metadata.deletionGracePeriodSeconds === 0 &&
    !metadata.finalizers?.length
  )
}

/** True when `have` says all that `want` says and nothing more. Nulls are the server's way of writing nothing. */
export function covers(have: unknown, want: unknown): boolean {
  if (have === null || have === undefined) return isEmpty(want)
  if (Array.isArray(want)) {
    return Array.isArray(have) && have.length === want.length && want.every((w, i) => covers(have[i], w))
  }
  if (typeof want !== 'object' || want === null) return have === want
  if (typeof have !== 'object' || Array.isArray(have)) return false
  const a = have as Record<string, unknown>
  const b = want as Record<string, unknown>
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    key => covers(a[key], b[key]) || (b[key] === undefined && isEmpty(a[key])),
  )
}

/** Nothing, however it is written. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.values(value as object).every(isEmpty))
