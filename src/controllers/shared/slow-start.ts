/**
 * Runs `action` `count` times in batches of 1, 2, 4, … and stops after a batch in which one failed, so that many
 * calls which would all fail the same way are not made. Returns how many succeeded and the first error.
 */
export async function slowStart(
  count: number,
  action: (index: number) => Promise<void>,
): Promise<{ done: number; error?: unknown }> {
  let done = 0
  for (let begun = 0, size = 1; begun < count; size *= 2) {
    const batch = Math.min(size, count - begun)
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, i) => action(begun + i)))
    begun += batch
    done += results.filter(r => r.status === 'fulfilled').length
    const failed = results.find(r => r.status === 'rejected')
    if (failed) return { done, error: failed.reason }
  }
  return { done }
}
