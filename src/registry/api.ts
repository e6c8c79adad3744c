import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { Status } from '../base/errors.ts'
import type { World } from './world.ts'

/** Who makes a request. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What goes with every request through the registry. */
export interface RequestContext {
  readonly user: UserInfo
  /** Default field manager: the user agent up to the first slash. */
  readonly userAgent: string
  /** Collects texts for `Warning` headers. */
  readonly warnings: string[]
}

/** One stored object: an immutable value and its JSON, made once when first needed (design.md rule 1). */
export interface Stored<T extends KubeObject = KubeObject> {
  /** Includes metadata.resourceVersion. Deeply frozen in tests. */
  readonly object: Frozen<T>
  readonly revision: number
  /** `namespace/name` or `name`. */
  readonly key: string
  /**
   * The JSON of `object` as it is kept: a text where it has ASCII only, as nearly all have, else bytes of UTF-8; so its
   * length is that in bytes. It begins with exactly `{"kind":"…","apiVersion":"…",` so that a list, whose items have
   * neither, can cut that off.
   */
  readonly keptJson: string | Buffer
  /** The same as bytes, perhaps new ones. */
  json(): Buffer
}

/** A kind and where: namespace is '' for cluster-scoped kinds and for lists across all namespaces. */
export interface Target<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>
  readonly namespace: string
}

export interface ObjectTarget<T extends KubeObject = KubeObject> extends Target<T> {
  readonly name: string
  /** Missing for the object itself: `status`, `scale`, `ephemeralcontainers`, … */
  readonly subresource?: string
}

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteOptions {
  readonly dryRun?: boolean
  readonly fieldManager?: string
  /** Defaults to Warn, as for requests without the parameter. */
  readonly fieldValidation?: FieldValidation
}

/** A body as it came: decoding, strictness and defaults are the registry's. */
export type Body =
  | { readonly type: 'json' | 'yaml'; readonly bytes: Uint8Array }
  /** From code in this process: already an object of the kind. The registry copies it. */
  | { readonly type: 'object'; readonly object: object }

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

export interface PatchOptions extends WriteOptions {
  readonly force?: boolean
}

export interface GetOptions {
  readonly resourceVersion?: string
}

export interface ListOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: string
  /** Only for watch: a list that has it is refused. */
  readonly sendInitialEvents?: boolean
}

export interface ListResult<T extends KubeObject = KubeObject> {
  readonly items: readonly Stored<T>[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

export interface WatchOptions<T extends KubeObject = KubeObject> extends ListOptions {
  readonly allowWatchBookmarks?: boolean
  /** Gets events in order, in batches. What exists at the start comes before the watch's promise resolves. */
  readonly onEvent: (events: readonly WatchEvent<T>[]) => void
  /**
   * Called once when the registry ends the watch, with a Status where the client must know why (410 for a revision
   * whose history is gone: HTTP shows it as an ERROR event). It may come before the watch's promise resolves.
   */
  readonly onEnd: (status?: Status) => void
}

/** One event of a watch. The same object goes to every watcher of the kind: nobody may change it. */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly stored: Stored<T> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: string
  readonly orphanDependents?: boolean
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: boolean
  readonly ignoreStoreReadErrorWithClusterBreakingPotential?: boolean
}

/** What a delete leaves: the object where it still waits or the kind answers with it, else a Status. */
export type DeleteResult = { readonly stored: Stored; readonly gone: boolean } | { readonly status: Status }

/**
 * What an API request means, without HTTP. Every method rejects with StatusError worded as Kubernetes words it.
 * A write's promise resolves only when reads see it (design.md rule 2).
 */
export interface Registry {
  readonly kinds: KindTable
  /** What is stored now, without waiting: for what every request must look at. */
  readonly world: World
  /** What is read has the type of its kind; a scale subresource is a Scale whatever the type says. */
  get<T extends KubeObject>(context: RequestContext, target: ObjectTarget<T>, options?: GetOptions): Promise<Stored<T>>
  list<T extends KubeObject>(context: RequestContext, target: Target<T>, options: ListOptions): Promise<ListResult<T>>
  /** Ends by dispose or through `onEnd`. Rejects where the request itself is wrong. */
  watch<T extends KubeObject>(context: RequestContext, target: Target<T>, options: WatchOptions<T>): Promise<Disposable>
  /** `name` is that of the path for subresources (pods/binding, pods/eviction, serviceaccounts/token). */
  create(
    context: RequestContext,
    target: Target & { readonly name?: string; readonly subresource?: string },
    body: Body,
    options: WriteOptions,
  ): Promise<WriteResult>
  update(context: RequestContext, target: ObjectTarget, body: Body, options: WriteOptions): Promise<WriteResult>
  patch(
    context: RequestContext,
    target: ObjectTarget,
    type: PatchType,
    body: Body,
    options: PatchOptions,
  ): Promise<WriteResult>
  delete(context: RequestContext, target: ObjectTarget, options: DeleteOptions): Promise<DeleteResult>
  deleteCollection(
    context: RequestContext,
    target: Target,
    list: ListOptions,
    options: DeleteOptions,
  ): Promise<ListResult>
}

export interface WriteResult {
  /** What to answer with: the object, a Scale, a TokenRequest, a Status. Not stored where dry. */
  readonly stored: Stored
  readonly created: boolean
}

/** The kinds served now. Custom resources come and go at run time. */
export interface KindTable {
  /** All kinds, in the order of discovery. */
  all(): readonly Kind[]
  byResource(group: string, version: string, plural: string): Kind | undefined
  byKind(group: string, version: string, kind: string): Kind | undefined
}
