import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import type { Status } from '../base/errors.ts'
import { apiVersionOf, type Kind } from '../kinds/kind.ts'
import { decodeParsed } from '../kinds/schema/decode.ts'
import type { ListOptions, Registry, RequestContext, Target, WatchEvent } from '../registry/api.ts'
import type { Format } from './negotiate.ts'
import { addWarnings } from './respond.ts'
import { type IncludeObject, partialMetadata, tableOfObject } from './table.ts'

/** A client that leaves more than this unread is too slow: its watch ends, and it can begin again. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

export interface WatchRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly registry: Registry
  readonly clock: Clock
  readonly context: RequestContext
  readonly target: Target
  readonly options: ListOptions & { readonly sendInitialEvents?: boolean; readonly allowWatchBookmarks?: boolean }
  readonly format: Format
  readonly include: IncludeObject
  /** After this many milliseconds the watch ends by itself. */
  readonly timeoutMs: number
}

/** Serves a watch until it ends. Resolves when it is set up; rejects where the request is wrong. */
export async function serveWatch(request: WatchRequest): Promise<void> {
  const { res, registry, context, target, options } = request
  const toBytes = encoder(request)
  let begun = false
  let ended = false
  const owned: Disposable[] = []
  /** A list's form fits no event: such a watch has nothing to say, and ends with its first event. */
  const unfit = request.format.as?.kind === 'PartialObjectMetadataList'
  const begin = (): void => {
    if (begun || ended) return
    begun = true
    addWarnings(res, context.warnings)
    res.statusCode = 200
    res.setHeader('Content-Type', 'application/json')
    res.flushHeaders()
  }
  const end = (): void => {
    if (ended) return
    ended = true
    for (const d of owned) d[Symbol.dispose]()
    if (!res.writableEnded) res.end()
  }
  res.on('close', end)
  const watch = await registry.watch(context, target, {
    ...options,
    onEvent: events => {
      if (ended) return
      begin()
      if (unfit) {
        end()
        return
      }
      if (events.length > 1) res.cork()
      for (const event of events) res.write(toBytes(event))
      if (events.length > 1) res.uncork()
      if (res.writableLength > MAX_UNREAD_BYTES) {
        ended = true
        for (const d of owned) d[Symbol.dispose]()
        res.destroy()
      }
    },
    onEnd: status => {
      begin()
      if (status && !ended) res.write(errorEvent(status))
      end()
    },
  })
  owned.push(watch)
  if (ended) {
    watch[Symbol.dispose]()
    return
  }
  owned.push(request.clock.setTimer(request.timeoutMs, end))
  begin()
}

const errorEvent = (status: Status): string => `${JSON.stringify({ type: 'ERROR', object: status })}\n`

/** Bytes of events in their plain form: made once, whoever watches. */
const plain = new WeakMap<WatchEvent, Buffer>()
const TAIL = Buffer.from('}\n')
const HEADS = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
} as const

function encoder(request: WatchRequest): (event: WatchEvent) => Buffer {
  const { target, format, include, clock } = request
  const { kind } = target
  const as = format.as
  if (!as)
    return event => {
      let bytes = plain.get(event)
      if (!bytes) {
        bytes =
          event.type === 'BOOKMARK'
            ? line('BOOKMARK', {
                kind: kind.kind,
                apiVersion: apiVersionOf(kind),
                ...bookmarkMeta(event),
                ...emptyParts(kind),
              })
            : Buffer.concat([HEADS[event.type], event.stored.json(), TAIL])
        plain.set(event, bytes)
      }
      return bytes
    }
  if (as.kind !== 'Table')
    return event =>
      event.type === 'BOOKMARK'
        ? line('BOOKMARK', {
            kind: 'PartialObjectMetadata',
            apiVersion: `meta.k8s.io/${as.version}`,
            ...bookmarkMeta(event),
          })
        : line(event.type, partialMetadata(event.stored, as.version))
  let columns = true
  return event => {
    if (event.type === 'BOOKMARK')
      return line('BOOKMARK', {
        kind: 'Table',
        apiVersion: `meta.k8s.io/${as.version}`,
        metadata: { resourceVersion: event.resourceVersion },
        columnDefinitions: null,
        rows: [],
      })
    const options = { kind, version: as.version, include, now: clock.now() }
    const table = tableOfObject(event.stored, options, columns)
    columns = false
    return line(event.type, table)
  }
}

const line = (type: string, object: unknown): Buffer => Buffer.from(`${JSON.stringify({ type, object })}\n`)

const empty = new WeakMap<Kind, Record<string, unknown>>()

/** What an object of the kind has even when nothing is set: an empty spec, an empty status. */
function emptyParts(kind: Kind): Record<string, unknown> {
  let parts = empty.get(kind)
  if (!parts) {
    const {
      kind: _kind,
      apiVersion: _version,
      metadata: _metadata,
      ...rest
    } = kind.custom ? {} : decodeParsed(kind.schema, { value: {} }).object
    parts = rest
    empty.set(kind, parts)
  }
  return parts
}

function bookmarkMeta(event: { resourceVersion: string; initialEventsEnd: boolean }): object {
  return {
    metadata: {
      resourceVersion: event.resourceVersion,
      ...(event.initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  }
}
