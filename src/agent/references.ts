import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Client } from '../client/client.ts'
import { Informer } from '../client/informer.ts'
import type { ConfigMap, Secret } from '../kinds/generated/types.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'

export type ConfigMapView = Frozen<ConfigMap & KubeObject>
export type SecretView = Frozen<Secret & KubeObject>

/** ConfigMaps and Secrets as pods refer to them: undefined while there is none of that name. */
export interface References {
  configMap(namespace: string, name: string): Promise<ConfigMapView | undefined>
  secret(namespace: string, name: string): Promise<SecretView | undefined>
}

interface Held {
  readonly informer: Informer<KubeObject>
  readonly users: Set<string>
}

export interface ReferenceOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly configMaps: Kind<ConfigMap & KubeObject>
  readonly secrets: Kind<Secret & KubeObject>
  /** An object that the pod has read appeared, changed or went. */
  readonly onChange: (podUid: string) => void
}

/**
 * Watches just the objects that this node's pods read, each once, for as long as a pod of the node reads it:
 * a node may see no others.
 */
export class ReferenceWatcher {
  readonly #o: ReferenceOptions
  readonly #held = new Map<string, Held>()

  constructor(options: ReferenceOptions) {
    this.#o = options
  }

  /** The objects as one pod sees them; what it reads is watched until {@link release}. */
  forPod(uid: string): References {
    return {
      configMap: (namespace, name) => this.#read(uid, this.#o.configMaps, namespace, name),
      secret: (namespace, name) => this.#read(uid, this.#o.secrets, namespace, name),
    }
  }

  release(uid: string): void {
    for (const [key, held] of this.#held) {
      if (!held.users.delete(uid) || held.users.size) continue
      this.#held.delete(key)
      void held.informer.stop()
    }
  }

  async stop(): Promise<void> {
    const all = [...this.#held.values()]
    this.#held.clear()
    await Promise.all(all.map(h => h.informer.stop()))
  }

  async #read<T extends KubeObject>(
    uid: string,
    kind: Kind<T>,
    namespace: string,
    name: string,
  ): Promise<Frozen<T> | undefined> {
    const key = `${kind.plural}/${namespace}/${name}`
    let held = this.#held.get(key)
    if (!held) {
      held = { informer: this.#watch(key, kind as unknown as Kind, namespace, name), users: new Set() }
      this.#held.set(key, held)
    }
    held.users.add(uid)
    await held.informer.whenSynced()
    return held.informer.lister.get(`${namespace}/${name}`) as Frozen<T> | undefined
  }

  #watch(key: string, kind: Kind, namespace: string, name: string): Informer<KubeObject> {
    const { client, clock, log } = this.#o
    const informer = new Informer({ client, kind, clock, log, namespace, fieldSelector: `metadata.name=${name}` })
    void informer.start()
    informer.onChange(() => {
      if (!informer.synced) return
      for (const uid of this.#held.get(key)?.users ?? []) this.#o.onChange(uid)
    })
    return informer
  }
}
