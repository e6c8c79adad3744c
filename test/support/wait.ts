import { lastSeen } from './witness.ts'

/** Ends what hangs. How fast the machine is must not decide: nothing that is waited for takes nearly as long. */
export const PATIENCE_MS = 120_000
/** For tests that wait for several things, one after the other: longer than any one wait, so that its words are heard. */
export const TEST_MS = 400_000

/** Thrown by a condition that cannot come true any more. */
export class GiveUp extends Error {}

/**
 * Waits for a condition, asking again and again; rejects with what was waited for and what was seen last. For tests
 * above the binary only.
 */
export async function waitUntil<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const began = performance.now()
  let last: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value
      last = undefined
    } catch (error) {
      last = error
    }
    const waited = performance.now() - began
    if (waited > PATIENCE_MS || last instanceof GiveUp) {
      const why = last instanceof Error ? `: ${last.message}` : ''
      throw new Error(`Waited ${Math.round(waited / 1000)} s in vain for ${what}${why}${lastSeen(began)}`)
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
