/** How much history is kept: both conditions must allow a change to go. */
export interface Retention {
  /** Milliseconds that a change stays at least. Defaults to 5 minutes. */
  readonly minAgeMs: number
  /** How many of the newest changes stay whatever their age. Defaults to 1,000. */
  readonly minRevisions: number
}

export const DEFAULT_RETENTION: Retention = { minAgeMs: 5 * 60_000, minRevisions: 1000 }

/**
 * Whether a change made at `time` is old enough to go at `now` (milliseconds). One from the future was made under a
 * clock that was wrong: its age is unknown, and without this rule such history would stay for years.
 */
export function isOld(time: number, now: number, retention: Retention): boolean {
  return time <= now - retention.minAgeMs || time > now + retention.minAgeMs
}
