import { isNotFound, StatusError } from '../../../base/errors.ts'
import { PlainError } from '../base/errors.ts'
import type { Call } from '../base/verb.ts'
import type { Json } from './connection.ts'
import { pathOf, type Resource } from './discovery.ts'
import { metadataOf } from './targets.ts'
import { watchEvents } from './watching.ts'

export interface Doomed {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** Sends a DELETE; resolves with the UID of what is going. */
export async function sendDelete(
  call: Call,
  o: { resource: Resource; namespace: string; name: string; options: Json; dryRun?: boolean },
): Promise<string> {
  const { resource, namespace, name, options, dryRun } = o
  const answer = await call.session.connection.json({
    method: 'DELETE',
    path: pathOf(resource, namespace, name),
    query: { dryRun: dryRun ? 'All' : undefined },
    body: options,
  })
  if (answer['kind'] === 'Status') return (answer['details'] as { uid?: string } | undefined)?.uid ?? ''
  return metadataOf(answer).uid ?? ''
}

/** Resolves when the object is gone, or another has its name. Throws where `timeoutMs` pass first. */
export async function waitGone(call: Call, doomed: Doomed, timeoutMs: number): Promise<void> {
  const { connection } = call.session
  const { resource, namespace, name, uid } = doomed
  const fieldSelector = `metadata.name=${name}`
  const abort = new AbortController()
  using _timer = call.io.clock.setTimer(timeoutMs, () => abort.abort())
  const signal = AbortSignal.any([abort.signal, call.io.signal])
  while (!signal.aborted) {
    let list: { items?: Json[] | null; metadata: { resourceVersion: string } }
    try {
      list = await connection.json({ path: pathOf(resource, namespace), query: { fieldSelector } })
    } catch (error) {
      if (isNotFound(error)) return
      // Who may delete but not look does not wait.
      if (error instanceof StatusError && (error.reason === 'Forbidden' || error.reason === 'MethodNotAllowed')) return
      throw error
    }
    const [object] = list.items ?? []
    if (!object || (uid && metadataOf(object).uid !== uid)) return
    const query = { fieldSelector, resourceVersion: list.metadata.resourceVersion }
    for await (const event of watchEvents(connection, { path: pathOf(resource, namespace), query, signal }))
      if (event.type === 'DELETED') return
  }
  if (abort.signal.aborted) throw new PlainError(`timed out waiting for the condition on ${resource.plural}/${name}`)
}
