import { RuntimeError } from './runtime.ts'

interface EngineError {
  readonly statusCode?: number
  readonly json?: { readonly message?: string }
  readonly message: string
}

/** Calls the engine; its refusals become {@link RuntimeError} with the engine's own words. */
export async function call<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const e = error as EngineError
    if (e.statusCode === undefined) throw error
    throw new RuntimeError(e.json?.message ?? e.message, e.statusCode)
  }
}

/** There is no such thing. */
export const isGone = (error: unknown): boolean => error instanceof RuntimeError && error.code === 404

/** As {@link call}, undefined where the thing is not there, is on its way out, or has ended already. */
export async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call(work)
  } catch (error) {
    if (isGone(error)) return undefined
    if (error instanceof RuntimeError && error.code === 409 && /not running|already in progress/.test(error.message))
      return undefined
    throw error
  }
}
