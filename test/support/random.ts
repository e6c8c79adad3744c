/**
 * The seed of tests that do random things: always the same, so that a run tells of the code and not of luck.
 * KUBELITE_SEED=7 takes another one, KUBELITE_SEED=random one that is new each time.
 */
export const SEED = seedOf(process.env['KUBELITE_SEED'])

function seedOf(wanted: string | undefined): number {
  if (wanted === 'random') return Math.floor(Math.random() * 2 ** 31)
  const seed = Number(wanted || 20_261_121)
  if (!Number.isSafeInteger(seed)) throw new Error(`KUBELITE_SEED=${wanted} is no whole number`)
  return seed
}

/** Small whole numbers from a seed (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let a = seed
  return below => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (((t ^ (t >>> 14)) >>> 0) % 0x1000_0000) % below
  }
}
