import type { AnyKind, Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'

export type { AnyKind } from '../kinds/kind.ts'

/** Options of reads of many. Selectors are in the string form of the API. */
export interface ListQuery {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface WriteQuery {
  readonly fieldManager?: string
  readonly subresource?: string
  readonly dryRun?: boolean
}

export interface DeleteQuery {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply'

/** A watch event as informers get it. */
export type ClientEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Frozen<T> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }

export interface ClientWatch<T extends KubeObject> extends ListQuery {
  /** Last revision seen; missing: starts with all objects as ADDED and a bookmark with `initialEventsEnd`. */
  readonly resourceVersion?: string
  readonly onEvent: (event: ClientEvent<T>) => void
  /** Called once when the watch ends by itself; `error` where it failed (410: list again). */
  readonly onEnd: (error?: Error) => void
}

/**
 * The API as controllers, scheduler and agent use it, with two transports: straight into the registry
 * (local.ts) or over HTTPS (remote.ts). Errors are StatusError either way. Objects that come back are
 * shared and must not be changed: `structuredClone` before writing.
 */
export interface Client {
  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): Promise<Frozen<T>>
  list<T extends KubeObject>(kind: Kind<T>, query?: ListQuery): Promise<{ items: Frozen<T>[]; resourceVersion: string }>
  watch<T extends KubeObject>(kind: Kind<T>, options: ClientWatch<T>): Promise<Disposable>
  /** The namespace is the object's. */
  create<T extends KubeObject>(kind: Kind<T>, object: NoInfer<T | Frozen<T>>, query?: WriteQuery): Promise<Frozen<T>>
  update<T extends KubeObject>(kind: Kind<T>, object: NoInfer<T | Frozen<T>>, query?: WriteQuery): Promise<Frozen<T>>
  patch<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    name: string,
    type: PatchKind,
    body: unknown,
    query?: WriteQuery & { readonly force?: boolean },
  ): Promise<Frozen<T>>
  delete(kind: AnyKind, namespace: string, name: string, query?: DeleteQuery): Promise<void>
  deleteCollection(kind: AnyKind, query: ListQuery, options?: DeleteQuery): Promise<void>
  /** POST to a subresource with a body of its own kind: pods/binding, pods/eviction, serviceaccounts/token. */
  createSub<R>(kind: AnyKind, namespace: string, name: string, subresource: string, body: object): Promise<R>
  /** The kinds that the server has, for controllers that work on all of them. */
  kinds(): Promise<readonly Kind[]>
}
