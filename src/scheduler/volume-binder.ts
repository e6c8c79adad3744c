import type { Clock } from '../base/clock.ts'
import type { Client } from '../client/client.ts'
import type { Informer } from '../client/informer.ts'
import { persistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts'
import { persistentVolume } from '../kinds/core/persistent-volume.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../kinds/generated/types.ts'
import { type KubeObject, objectKey } from '../kinds/object.ts'
import type { NodeObject } from './framework.ts'
import type { ClaimObject, VolumeObject, VolumePromises } from './objects.ts'
import { isBound, SELECTED_NODE, usableOn, type VolumePlan } from './plugins/volumes.ts'

/** As kube-scheduler's bindTimeoutSeconds. */
const PATIENCE_MS = 600_000

export interface VolumeBinderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly claims: () => Informer<PersistentVolumeClaim & KubeObject>
  readonly volumes: () => Informer<PersistentVolume & KubeObject>
  /** The node as it is now; undefined where it is gone. */
  readonly node: (name: string) => NodeObject | undefined
}

/** A plan for the pod that it is for, and the node that it is made for. */
export interface PlannedVolumes {
  readonly plan: VolumePlan
  readonly node: string
  /** `namespace/name` of the pod. */
  readonly pod: string
}

/**
 * Gives claims that waited for a node their volumes, as far as it is the scheduler's part: it names the claim in the
 * volume, or the node in the claim for whoever makes volumes, and waits until the claim is bound.
 */
export class VolumeBinder implements VolumePromises {
  readonly #o: VolumeBinderOptions
  readonly #volumes = new Promises()
  readonly #nodes = new Promises()
  /** How to end the waiting, by the pod that it is for. */
  readonly #waiting = new Map<string, (reason: Error) => void>()

  constructor(options: VolumeBinderOptions) {
    this.#o = options
  }

  promisedTo(volume: string): string | undefined {
    return this.#volumes.get(volume)
  }

  promisedNode(claim: string): string | undefined {
    return this.#nodes.get(claim)
  }

  /**
   * Keeps the volumes of a plan from other claims, and its claims on the plan's node: pods that share a claim are
   * placed one after the other, before the first one's choice is written. Dispose of it when the claims are bound, or
   * will not be.
   */
  reserve({ plan, node }: PlannedVolumes): Disposable {
    const volumes = plan.bind.map(({ claim, volume }) =>
      this.#volumes.make(volume.metadata.name ?? '', objectKey(claim)),
    )
    const nodes = plan.provision.map(claim => this.#nodes.make(objectKey(claim), node))
    return { [Symbol.dispose]: () => [...volumes, ...nodes].forEach(undo => undo()) }
  }

  /** Throws where the claims are not bound in time, or another way than planned. */
  async bind(planned: PlannedVolumes): Promise<void> {
    const { plan, node } = planned
    for (const { claim, volume } of plan.bind) await this.#bindVolume(claim, volume)
    for (const claim of plan.provision) {
      const { name = '', namespace = '', resourceVersion } = claim.metadata
      if (claim.metadata.annotations?.[SELECTED_NODE] === node) continue
      const metadata = { resourceVersion, annotations: { [SELECTED_NODE]: node } }
      await this.#o.client.patch(persistentVolumeClaim, namespace, name, 'merge', { metadata })
    }
    await this.#whenBound(planned)
  }

  /** The pod is gone: nobody waits for its volumes any more. */
  forget(pod: string): void {
    this.#waiting.get(pod)?.(new Error('pod does not exist any more'))
  }

  /** Ends all waiting. */
  stop(): void {
    for (const end of [...this.#waiting.values()]) end(new Error('the scheduler stops'))
  }

  async #bindVolume(claim: ClaimObject, volume: VolumeObject): Promise<void> {
    const { name, namespace, uid, resourceVersion } = claim.metadata
    // Another pod with the same claim was here before.
    if (uid && volume.spec?.claimRef?.uid === uid) return
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

  #whenBound(planned: PlannedVolumes): Promise<void> {
    return new Promise((resolve, reject) => {
      // Empty while the informers tell of what is there already, which may be all that was waited for.
      const attached: Disposable[] = []
      let over = false
      const detach = (): void => attached.splice(0).forEach(handler => handler[Symbol.dispose]())
      const finish = (error?: Error): void => {
        over = true
        this.#waiting.delete(planned.pod)
        timer[Symbol.dispose]()
        detach()
        if (error) reject(error)
        else resolve()
      }
      const check = (): void => {
        if (over) return
        const fault = this.#fault(planned)
        if (fault !== undefined) finish(new Error(fault))
        else if (this.#allBound(planned.plan)) finish()
      }
      const timer = this.#o.clock.setTimer(PATIENCE_MS, () => finish(new Error('timed out waiting for the condition')))
      this.#waiting.set(planned.pod, finish)
      const keys = new Set(claimsIn(planned.plan).map(objectKey))
      const names = new Set(planned.plan.bind.map(b => b.volume.metadata.name))
      const concerns = ({ metadata, spec }: VolumeObject): boolean =>
        names.has(metadata.name) || keys.has(`${spec?.claimRef?.namespace}/${spec?.claimRef?.name}`)
      // Volumes too: one that is taken back shows nothing at the claim.
      attached.push(this.#o.claims().onChange(({ object }) => void (keys.has(objectKey(object)) && check())))
      attached.push(this.#o.volumes().onChange(({ object }) => void (concerns(object) && check())))
      check()
      if (over) detach()
    })
  }

  #claim(planned: ClaimObject): ClaimObject | undefined {
    const claim = this.#o.claims().lister.get(objectKey(planned))
    return claim?.metadata.uid === planned.metadata.uid ? claim : undefined
  }

  #allBound(plan: VolumePlan): boolean {
    return claimsIn(plan).every(planned => {
      const claim = this.#claim(planned)
      return claim && isBound(claim) && this.#o.volumes().lister.get(claim.spec?.volumeName ?? '')
    })
  }

  /** Why waiting is of no use, in Kubernetes' words; the pod must look for a node anew. */
  #fault({ plan, node: nodeName }: PlannedVolumes): string | undefined {
    const node = this.#o.node(nodeName)
    if (!node) return `failed to get node ${JSON.stringify(nodeName)}: node ${JSON.stringify(nodeName)} not found`
    const { lister } = this.#o.volumes()
    for (const planned of claimsIn(plan)) {
      const claim = this.#claim(planned)
      if (!claim) return `could not find v1.PersistentVolumeClaim ${JSON.stringify(objectKey(planned))}`
      const name = claim.spec?.volumeName
      const volume = name ? lister.get(name) : undefined
      // Whoever bound the claim may have known of another volume, or another node.
      if (volume && !usableOn(volume, node))
        return `pv ${JSON.stringify(name)} node affinity doesn't match node ${JSON.stringify(nodeName)}: no matching NodeSelectorTerms`
    }
    for (const { claim, volume } of plan.bind) {
      const name = volume.metadata.name ?? ''
      const ref = lister.get(name)?.spec?.claimRef
      const bound = this.#claim(claim)
      if (bound && isBound(bound)) continue
      if (ref?.uid !== claim.metadata.uid) return `ClaimRef got reset for pv ${JSON.stringify(name)}`
    }
    // Whoever makes volumes takes the node away where it cannot make one there.
    const refused = plan.provision.find(c => this.#claim(c)?.metadata.annotations?.[SELECTED_NODE] !== nodeName)
    return refused && `provisioning failed for PVC ${JSON.stringify(refused.metadata.name)}`
  }
}

const claimsIn = (plan: VolumePlan): ClaimObject[] => [...plan.bind.map(b => b.claim), ...plan.provision]

/** What was promised, for as long as one of those who were promised it is there. */
class Promises {
  readonly #to = new Map<string, { readonly value: string; holders: number }>()

  get(key: string): string | undefined {
    return this.#to.get(key)?.value
  }

  /** Gives how to take the promise back. */
  make(key: string, value: string): () => void {
    const held = this.#to.get(key)
    const promise = held?.value === value ? held : { value, holders: 0 }
    promise.holders++
    this.#to.set(key, promise)
    return () => {
      if (--promise.holders === 0 && this.#to.get(key) === promise) this.#to.delete(key)
    }
  }
}
