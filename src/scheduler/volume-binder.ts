import type { Clock } from '../base/clock.ts'
import type { Client } from '../client/client.ts'
import type { Informer } from '../client/informer.ts'
import { persistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts'
import { persistentVolume } from '../kinds/core/persistent-volume.ts'
import type { PersistentVolumeClaim } from '../kinds/generated/types.ts'
import { type KubeObject, objectKey } from '../kinds/object.ts'
import { isBound, type VolumePlan } from './plugins/volumes.ts'

/** As kube-scheduler's bindTimeoutSeconds. */
const PATIENCE_MS = 600_000

export interface VolumeBinderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly claims: () => Informer<PersistentVolumeClaim & KubeObject>
}

/**
 * Gives claims that waited for a node their volumes, as far as it is the scheduler's part: it names the claim in the
 * volume, or the node in the claim for whoever makes volumes, and waits until the claim is bound.
 */
export class VolumeBinder {
  readonly #o: VolumeBinderOptions
  readonly #promised = new Map<string, string>()
  readonly #waiting = new Set<() => void>()

  constructor(options: VolumeBinderOptions) {
    this.#o = options
  }

  /** See {@link ClusterObjects.promisedTo}. */
  readonly promisedTo = (volume: string): string | undefined => this.#promised.get(volume)

  /** Keeps the volumes of a plan from other pods. Dispose of it when the claims are bound, or will not be. */
  reserve(plan: VolumePlan): Disposable {
    const names = plan.bind.map(({ claim, volume }) => {
      const name = volume.metadata.name ?? ''
      this.#promised.set(name, objectKey(claim))
      return name
    })
    return { [Symbol.dispose]: () => names.forEach(name => void this.#promised.delete(name)) }
  }

  /** Throws where the claims are not bound in time. */
  async bind(plan: VolumePlan, node: string): Promise<void> {
    for (const { claim, volume } of plan.bind) {
      const { name, namespace, uid, resourceVersion } = claim.metadata
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid, resourceVersion }
      const metadata = {
        resourceVersion: volume.metadata.resourceVersion,
        // What the scheduler chose may be undone by the controller when the claim goes.
        ...(volume.spec?.claimRef ? {} : { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } }),
      }
      await this.#o.client.patch(persistentVolume, '', volume.metadata.name ?? '', 'merge', {
        metadata,
        spec: { claimRef },
      })
    }
    for (const claim of plan.provision) {
      const { name = '', namespace = '' } = claim.metadata
      const annotations = { 'volume.kubernetes.io/selected-node': node }
      await this.#o.client.patch(persistentVolumeClaim, namespace, name, 'merge', { metadata: { annotations } })
    }
    await this.#whenBound(new Set([...plan.bind.map(b => b.claim), ...plan.provision].map(objectKey)))
  }

  /** Ends all waiting. */
  stop(): void {
    for (const end of [...this.#waiting]) end()
  }

  #whenBound(keys: ReadonlySet<string>): Promise<void> {
    const { lister } = this.#o.claims()
    const done = (): boolean =>
      [...keys].every(key => {
        const claim = lister.get(key)
        return claim !== undefined && isBound(claim)
      })
    return new Promise((resolve, reject) => {
      // Empty while the informer tells of what is there already, which may be all that was waited for.
      const attached: Disposable[] = []
      const finish = (act: () => void): void => {
        this.#waiting.delete(stopped)
        timer[Symbol.dispose]()
        for (const handler of attached.splice(0)) handler[Symbol.dispose]()
        act()
      }
      const stopped = (): void => finish(() => reject(new Error('the scheduler stops')))
      const timer = this.#o.clock.setTimer(PATIENCE_MS, () =>
        finish(() => reject(new Error('timed out waiting for the condition'))),
      )
      this.#waiting.add(stopped)
      const check = (): void => {
        if (this.#waiting.has(stopped) && done()) finish(resolve)
      }
      attached.push(this.#o.claims().onChange(check))
      if (this.#waiting.has(stopped)) check()
      else for (const handler of attached.splice(0)) handler[Symbol.dispose]()
    })
  }
}
