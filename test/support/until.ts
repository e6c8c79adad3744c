/** Ends what hangs, before jest does and with the name of it. How fast the machine is does not decide. */
const LIMIT_MS = 90_000
/** So many turns of the event loop are taken at once; then other threads and processes get the processor too. */
const EAGER_TURNS = 200

/** Turns the event loop until something holds: for what sockets and other threads do in their own time. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const limit = performance.now() + LIMIT_MS
  for (let turn = 0; !condition(); turn++) {
    if (performance.now() > limit) throw new Error(`Waited in vain for ${what}`)
    await new Promise<void>(resolve => (turn < EAGER_TURNS ? setImmediate(resolve) : setTimeout(resolve, 1)))
  }
}
