import { StatusError } from '../../../base/errors.ts'
import type { Status } from '../../../base/errors.ts'
import { LineSplitter } from '../../../client/lines.ts'
import type { Connection, Json } from './connection.ts'

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: Json
}

/** The events of a watch, until it or `signal` ends. Throws StatusError where the server ends it with one. */
export async function* watchEvents(
  connection: Connection,
  request: { path: string; query?: Record<string, string | undefined>; accept?: string; signal?: AbortSignal },
): AsyncGenerator<WatchEvent> {
  const { path, query, accept, signal } = request
  if (signal?.aborted) return
  const response = await connection.open(
    { path, query: { ...query, watch: 'true' }, ...(accept ? { accept } : {}) },
    signal,
  )
  const lines = new LineSplitter()
  try {
    for await (const chunk of response) {
      for (const line of lines.push(chunk as Buffer)) {
        const event = JSON.parse(line) as WatchEvent
        if (event.type === 'ERROR') throw new StatusError(event.object as unknown as Status)
        yield event
      }
    }
  } catch (error) {
    if (!signal?.aborted) throw error
  } finally {
    response.destroy()
  }
}
