/** Waits for a condition, asking again and again; rejects with what was waited for. For tests above the binary only. */
export async function waitUntil<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 60_000,
): Promise<T> {
  const limit = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value
    } catch (error) {
      last = error
    }
    if (Date.now() > limit)
      throw new Error(
        `Waited ${timeoutMs / 1000} s in vain for ${what}${last instanceof Error ? `: ${last.message}` : ''}`,
      )
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
