import type { Peer } from './peer.ts'

/** One line of design.md's budget table. */
interface Line {
  /** For `--only`. */
  readonly name: string
  /** As the table says it. */
  readonly what: string
  readonly budget: number
  readonly unit: string
  /** Whether a measured value above the budget is the good one. */
  readonly moreIsBetter?: boolean
}

/** A line that any API server can be asked for: kubelite and the reference answer the same questions. */
export interface ApiBench extends Line {
  readonly kind: 'api'
  /** Objects it makes go into the peer's own namespace. */
  measure(peer: Peer): Promise<number>
}

/** A line about kubelite alone. */
export interface HostBench extends Line {
  readonly kind: 'host'
  /** Undefined where this machine cannot measure it; why is told through `note`. */
  measure(note: (text: string) => void): Promise<number | undefined>
}

export type Bench = ApiBench | HostBench

/** The value that so many percent of the values do not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

/** Runs `count` pieces of work, `width` at a time. */
export async function inParallel(count: number, width: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < count) await work(next++)
    }),
  )
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
