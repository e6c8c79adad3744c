import type { Circus } from '@jest/types'
import { TestEnvironment } from 'jest-environment-node'

/** Failures of one file that are told of in full: more would say the same. */
const MAX_TOLD = 5

/** Adds what the witnesses of a test file say to the message of a test or hook that fails: see witness.ts. */
// oxlint-disable-next-line import/no-default-export -- jest takes this one
export default class TellingEnvironment extends TestEnvironment {
  #told = 0

  async handleTestEvent(event: Circus.AsyncEvent | Circus.SyncEvent): Promise<void> {
    if (event.name !== 'test_fn_failure' && event.name !== 'hook_failure') return
    const { kubeliteTestify } = this.global as { kubeliteTestify?: () => Promise<string> }
    if (!kubeliteTestify || ++this.#told > MAX_TOLD) return
    const text = `\n\nWhat was to be seen then:\n${await kubeliteTestify()}`
    const { error } = event as { error: unknown }
    // An error of the tests' own world is no instance of this one's Error.
    if (typeof error === 'object' && error !== null && 'message' in error) {
      const thrown = error as Error
      const { message, stack = '' } = thrown
      thrown.message = message + text
      thrown.stack = stack.includes(message)
        ? stack.replace(message, () => message + text)
        : `${message}${text}\n${stack}`
      return
    }
    // Where the time of a test was over, the error is a word of jest's; it is noted already.
    const noted = event.test?.errors.at(-1)
    if (Array.isArray(noted)) noted[0] = `${String(noted[0])}${text}`
  }
}
