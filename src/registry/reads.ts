import { badRequest, expired, failure, notFound, StatusError } from '../base/errors.ts'
import { CompactedError, FutureRevisionError, type Store } from '../store/store.ts'
import type {
  GetOptions,
  ListOptions,
  ListResult,
  ObjectTarget,
  Stored,
  Target,
  WatchEvent,
  WatchOptions,
} from './api.ts'
import type { Cache, Objects } from './cache.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import {
  checkListOptions,
  checkWatchOptions,
  parseResourceVersion,
  revisionOrInternalError,
  RevisionTextError,
  tooLargeResourceVersion,
} from './revisions.ts'
import { parseSelection, type Selection } from './selection.ts'
import { keyOf, prefixOf, viewOf } from './stored.ts'
import type { Watchers } from './watchers.ts'

interface Deps {
  readonly cache: Cache
  readonly store: Store<Stored>
  readonly watchers: Watchers
}

const CONTINUE_EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without' +
  ' the continue parameter, or use the continue token in this response to retrieve the remainder of the results.' +
  ' Continuing with the provided token results in an inconsistent list - objects that were created, modified, or' +
  ' deleted between the time the first chunk was returned and now may show up in the list.'

/** Get, list and watch on the cache, with the store's history for older revisions. */
export class Reads {
  readonly #cache: Cache
  readonly #store: Store<Stored>
  readonly #watchers: Watchers

  constructor(deps: Deps) {
    this.#cache = deps.cache
    this.#store = deps.store
    this.#watchers = deps.watchers
  }

  /** The object now: any revision that exists already is satisfied by it. */
  get({ kind, namespace, name }: ObjectTarget, options?: GetOptions): Stored {
    if (options?.resourceVersion) {
      const wanted = revisionOrInternalError(options.resourceVersion) ?? 0
      if (wanted > this.#cache.revision) throw tooLargeResourceVersion(wanted, this.#cache.revision)
    }
    const stored = this.#cache.objects(kind.storage).get(keyOf(namespace, name))
    if (!stored) throw notFound({ group: kind.group, resource: kind.plural }, name)
    return viewOf(kind, stored)
  }

  async list(target: Target, options: ListOptions): Promise<ListResult> {
    const { kind, namespace } = target
    checkListOptions(options)
    const selection = parseSelection(kind, options.labelSelector, options.fieldSelector)
    const snapshot = await this.#snapshot(target, options, selection)
    const limit = options.resourceVersion === '0' && !options.continue ? 0 : Math.max(options.limit ?? 0, 0)
    const view = kind.fromStored ? snapshot.items.map(s => viewOf(kind, s)) : snapshot.items
    const page = pageOf(view, selection, limit)
    const resourceVersion = String(snapshot.revision)
    if (!page.more && !snapshot.beyond) return { items: page.items, resourceVersion }
    const last = page.items.at(-1) as Stored
    const after = namespace ? last.key.slice(namespace.length + 1) : last.key
    return {
      items: page.items,
      resourceVersion,
      continue: encodeContinue({ revision: snapshot.revision, after }),
      ...(selection.all ? { remainingItemCount: page.more + snapshot.beyond } : {}),
    }
  }

  /** The objects that a list is made from, in order, and the revision that they show. */
  async #snapshot(target: Target, options: ListOptions, selection: Selection): Promise<Snapshot> {
    const objects = this.#cache.objects(target.kind.storage)
    const current = this.#cache.revision
    const wanted = listRevision(options.resourceVersion)
    if (options.continue) {
      if (wanted) throw badRequest('specifying resource version is not allowed when using continue')
      const token = decodeContinue(options.continue)
      if (token.revision < 0)
        return {
          items: after(this.#now(objects, target, selection), target, token.after),
          revision: current,
          beyond: 0,
        }
      return this.#at(target, { revision: token.revision, after: token.after, selection, limit: options.limit ?? 0 })
    }
    if (wanted !== undefined && wanted > current) throw tooLargeResourceVersion(wanted, current)
    const exact =
      options.resourceVersionMatch === 'Exact' || (!options.resourceVersionMatch && (options.limit ?? 0) > 0)
    if (!wanted || !exact) return { items: this.#now(objects, target, selection), revision: current, beyond: 0 }
    return this.#at(target, { revision: wanted, after: '', selection, limit: options.limit ?? 0 })
  }

  /** What exists now; with a name selected, at most that one. */
  #now(objects: Objects, { namespace, kind }: Target, selection: Selection): readonly Stored[] {
    if (selection.name === undefined || (kind.namespaced && !namespace)) return objects.list(namespace)
    const stored = objects.get(keyOf(namespace, selection.name))
    return stored ? [stored] : []
  }

  /** What existed at a revision: from memory where nothing of the kind has changed since, else from the store. */
  async #at(
    target: Target,
    from: { revision: number; after: string; selection: Selection; limit: number },
  ): Promise<Snapshot> {
    const { kind, namespace } = target
    const { revision } = from
    const objects = this.#cache.objects(kind.storage)
    if (revision > this.#cache.revision) throw tooLargeResourceVersion(revision, this.#cache.revision)
    if (revision >= objects.lastChange)
      return { items: after(this.#now(objects, target, from.selection), target, from.after), revision, beyond: 0 }
    const prefix = namespace ? `${prefixOf(kind)}${namespace}/` : prefixOf(kind)
    try {
      const listing = await this.#store.list(prefix, {
        revision,
        ...(from.after ? { after: prefix + from.after } : {}),
        ...(from.limit > 0 && from.selection.all ? { limit: from.limit } : {}),
      })
      return { items: listing.entries.map(e => e.value), revision, beyond: listing.remaining }
    } catch (error) {
      throw this.#historyError(error, from)
    }
  }

  #historyError(error: unknown, from: { revision: number; after: string }): unknown {
    if (error instanceof FutureRevisionError) return tooLargeResourceVersion(from.revision, this.#cache.revision)
    if (!(error instanceof CompactedError)) return error
    if (!from.after) return expired('The resourceVersion for the provided list is too old.')
    const status = expired(CONTINUE_EXPIRED).status
    return new StatusError({ ...status, metadata: { continue: encodeContinue({ revision: -1, after: from.after }) } })
  }

  watch(target: Target, options: WatchOptions): Disposable {
    const { kind, namespace } = target
    checkWatchOptions(options)
    const selection = parseSelection(kind, options.labelSelector, options.fieldSelector)
    const wanted = revisionOrInternalError(options.resourceVersion)
    const current = this.#cache.revision
    const initial = options.sendInitialEvents ?? !wanted
    if (options.sendInitialEvents && wanted && wanted > current) throw tooLargeResourceVersion(wanted, current)
    if (initial) this.#sendInitial(target, options, selection)
    return this.#watchers.open({
      kind,
      namespace,
      selection,
      bookmarks: options.allowWatchBookmarks === true,
      after: initial || !wanted ? current : wanted,
      onEvent: options.onEvent,
      onEnd: options.onEnd,
    })
  }

  #sendInitial(target: Target, options: WatchOptions, selection: Selection): void {
    const { kind } = target
    const events: WatchEvent[] = []
    for (const item of this.#now(this.#cache.objects(kind.storage), target, selection)) {
      const stored = viewOf(kind, item)
      if (selection.all || selection.matches(stored.object)) events.push({ type: 'ADDED', stored })
    }
    if (options.allowWatchBookmarks)
      events.push({ type: 'BOOKMARK', resourceVersion: String(this.#cache.revision), initialEventsEnd: true })
    if (events.length) options.onEvent(events)
  }
}

interface Snapshot {
  readonly items: readonly Stored[]
  readonly revision: number
  /** Objects after these that were not read. */
  readonly beyond: number
}

function listRevision(text: string | undefined): number | undefined {
  try {
    return parseResourceVersion(text)
  } catch (error) {
    if (error instanceof RevisionTextError)
      throw failure({ code: 400, reason: 'BadRequest', message: `invalid resource version: ${error.message}` })
    throw error
  }
}

/** What follows the key `from` (relative to the namespace). */
function after(items: readonly Stored[], { namespace }: Target, from: string): readonly Stored[] {
  if (!from) return items
  const key = namespace ? `${namespace}/${from}` : from
  const at = items.findIndex(s => s.key > key)
  return at < 0 ? [] : items.slice(at)
}

/** The first `limit` objects that match (0: all), and how many of the rest were not looked at. */
function pageOf(
  items: readonly Stored[],
  selection: Selection,
  limit: number,
): { items: readonly Stored[]; more: number } {
  if (selection.all)
    return limit && items.length > limit
      ? { items: items.slice(0, limit), more: items.length - limit }
      : { items, more: 0 }
  const out: Stored[] = []
  for (let i = 0; i < items.length; i++) {
    const stored = items[i] as Stored
    if (!selection.matches(stored.object)) continue
    out.push(stored)
    if (limit && out.length === limit) return { items: out, more: items.length - 1 - i }
  }
  return { items: out, more: 0 }
}
