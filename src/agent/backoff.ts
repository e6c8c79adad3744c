/** How long a container that keeps ending waits before it is started again. */
const FIRST_MS = 10_000
const LAST_MS = 300_000
/** A container that lived so long starts over with the first delay. */
const RESET_MS = 600_000

/** An ended run: when it began and ended, and the delay that was set when it began (0 for the first). */
export interface EndedRun {
  readonly startedAt: number
  readonly finishedAt: number
  readonly delayMs: number
}

/** When the next run may begin, in milliseconds since the epoch. */
export function nextStartAt(run: EndedRun): number {
  return lasted(run) ? 0 : run.finishedAt + run.delayMs
}

/** The delay that the next run carries, to be waited for after it ends. */
export function nextDelay(run: EndedRun): number {
  if (run.delayMs === 0 || lasted(run)) return FIRST_MS
  return Math.min(run.delayMs * 2, LAST_MS)
}

const lasted = (run: EndedRun): boolean => run.finishedAt - run.startedAt > RESET_MS

/** Milliseconds as Go prints a duration of whole seconds: `10s`, `2m40s`, `5m0s`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  return `${hours ? `${hours}h` : ''}${minutes ? `${minutes % 60}m` : ''}${seconds % 60}s`
}
