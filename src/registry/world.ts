import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { Cache } from './cache.ts'
import { keyOf } from './stored.ts'

/** What code inside the registry may read of the cluster: always the newest state, without waiting. */
export interface World {
  /** Milliseconds since the epoch. */
  now(): number
  /** `storage` is that of the kind: `core/pods`, `apps/deployments`. */
  get<T extends KubeObject>(storage: string, namespace: string, name: string): Frozen<T> | undefined
  /** All objects of a namespace, '' for all. */
  list<T extends KubeObject>(storage: string, namespace: string): Frozen<T>[]
}

export function cacheWorld(cache: Cache, now: () => number): World {
  return {
    now,
    get: <T extends KubeObject>(storage: string, namespace: string, name: string) =>
      cache.objects(storage).get(keyOf(namespace, name))?.object as Frozen<T> | undefined,
    list: <T extends KubeObject>(storage: string, namespace: string) =>
      cache
        .objects(storage)
        .list(namespace)
        .map(s => s.object as Frozen<T>),
  }
}
