import type { Part } from '../base/part.ts'

/**
 * Runs a part until SIGTERM or SIGINT, then stops it, also while it still starts (it may be waiting for something).
 * A second signal ends the process at once with code 130.
 */
export async function runUntilSignal(part: Part): Promise<void> {
  const ended = new Promise<void>(resolve => {
    let asked = false
    const onSignal = (): void => {
      if (asked) process.exit(130)
      asked = true
      resolve()
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
  // Timers of the clock do not keep the process alive: this port does.
  const alive = new MessageChannel()
  alive.port1.ref()
  alive.port1.onmessage = () => {}
  const started = part.start()
  // Where it is stopped first, how the start ended is of no interest any more.
  started.catch(() => {})
  try {
    await Promise.race([started, ended])
    await ended
  } finally {
    await part.stop()
    alive.port1.close()
  }
}
