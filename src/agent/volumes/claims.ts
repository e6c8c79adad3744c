import type { Client } from '../../client/client.ts'
import { persistentVolume } from '../../kinds/core/persistent-volume.ts'
import { persistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim, Volume } from '../../kinds/generated/types.ts'
import type { Frozen, ObjectOf } from '../../kinds/object.ts'
import { matchesNodeTerm } from '../../kinds/node-selector.ts'
import { type PodView, podNameOf, podNamespaceOf, podUidOf } from '../pods.ts'
import { MountError, type VolumeView } from './volume.ts'

type Claim = Frozen<ObjectOf<PersistentVolumeClaim>>
type PersistentView = Frozen<ObjectOf<PersistentVolume>>

/** What a volume of a pod really is. */
export interface Behind {
  /** As if the pod had named it itself, under the name of the persistent volume. */
  readonly volume: VolumeView
  readonly readOnly: boolean
  readonly mountOptions: readonly string[]
}

/** Finds the persistent volumes behind pods' claims. */
export interface ClaimSource {
  /** Undefined for volumes without a claim. Rejects with {@link MountError}. */
  behind(pod: PodView, volume: VolumeView): Promise<Behind | undefined>
  /** Forgets what was found for a pod. */
  release(uid: string): void
}

export interface ClaimsOptions {
  readonly client: Client
  /** This node's object. */
  readonly node: () => Frozen<ObjectOf<Node>> | undefined
}

/**
 * Reads claims and volumes from the API, each once for a pod: a bound claim keeps its volume, and a pod that runs must
 * not depend on either any more.
 */
export class Claims implements ClaimSource {
  readonly #o: ClaimsOptions
  readonly #found = new Map<string, Map<string, Behind>>()

  constructor(options: ClaimsOptions) {
    this.#o = options
  }

  async behind(pod: PodView, volume: VolumeView): Promise<Behind | undefined> {
    const name = claimNameOf(pod, volume)
    if (name === undefined) return undefined
    const uid = podUidOf(pod)
    const known = this.#found.get(uid)?.get(volume.name)
    if (known) return known
    const found = await this.#read(pod, volume, name)
    const ofPod = this.#found.get(uid) ?? new Map<string, Behind>()
    this.#found.set(uid, ofPod.set(volume.name, found))
    return found
  }

  release(uid: string): void {
    this.#found.delete(uid)
  }

  async #read(pod: PodView, volume: VolumeView, name: string): Promise<Behind> {
    const namespace = podNamespaceOf(pod)
    const fail = (text: string): never => {
      throw new MountError(
        `Unable to attach or mount volumes: unmounted volumes=[${volume.name}], unattached volumes=[], failed to process volumes=[${volume.name}]: error processing PVC ${namespace}/${name}: ${text}`,
      )
    }
    const claim = await this.#get<Claim>(() => this.#o.client.get(persistentVolumeClaim, namespace, name))
    if (typeof claim === 'string') return fail(`failed to fetch PVC from API server: ${claim}`)
    const fault = claimFault(pod, volume, claim)
    if (fault) return fail(fault)
    const volumeName = claim.spec?.volumeName ?? ''
    const behind = await this.#get<PersistentView>(() => this.#o.client.get(persistentVolume, '', volumeName))
    if (typeof behind === 'string') return fail(`failed to fetch PV ${volumeName} from API server: ${behind}`)
    const wrong = volumeFault(claim, behind)
    if (wrong) return fail(wrong)
    const terms = behind.spec?.nodeAffinity?.required?.nodeSelectorTerms
    const node = this.#o.node() ?? { metadata: {} }
    if (terms && !terms.some(t => matchesNodeTerm(t, node))) {
      throw new MountError(
        `MountVolume.NodeAffinity check failed for volume "${volumeName}" : no matching NodeSelectorTerms`,
      )
    }
    return asVolume(behind, volume.persistentVolumeClaim?.readOnly ?? false)
  }

  /** The object, or why it cannot be had. */
  async #get<T>(read: () => Promise<unknown>): Promise<T | string> {
    try {
      return (await read()) as T
    } catch (error) {
      return (error as Error).message
    }
  }
}

/** The name of the claim behind a volume; undefined where it has none. */
export function claimNameOf(pod: PodView, volume: Frozen<Volume>): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName
  return volume.ephemeral ? `${podNameOf(pod)}-${volume.name}` : undefined
}

/** Why a pod cannot use a claim; empty where it can. */
export function claimFault(pod: PodView, volume: VolumeView, claim: Claim): string {
  const { namespace, name, ownerReferences, deletionTimestamp } = claim.metadata
  if (volume.ephemeral && !ownerReferences?.some(o => o.controller && o.uid === podUidOf(pod)))
    return `PVC ${namespace}/${name} was not created for pod ${podNamespaceOf(pod)}/${podNameOf(pod)} (pod is not owner)`
  // A pod that had it already goes on with it, also under a new agent.
  const begun = pod.status?.containerStatuses?.some(s => s.containerID) ?? false
  if (deletionTimestamp && !begun) return 'PVC is being deleted'
  if (claim.status?.phase !== 'Bound') return 'PVC is not bound'
  return claim.spec?.volumeName ? '' : 'PVC has empty pvc.Spec.VolumeName'
}

function volumeFault(claim: Claim, { metadata, spec }: PersistentView): string {
  const { claimRef } = spec ?? {}
  if (!claimRef)
    return `found PV object "${metadata.name}" but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`
  if (claimRef.uid !== claim.metadata.uid)
    return `found PV object "${metadata.name}" but its pv.Spec.ClaimRef.UID "${claimRef.uid}" does not point to claim.UID "${claim.metadata.uid}"`
  return spec?.volumeMode === 'Block' ? `volume mode Block of PV "${metadata.name}" is not supported` : ''
}

/** A persistent volume in the form in which pods name volumes. */
export function asVolume({ metadata, spec }: PersistentView, readOnly: boolean): Behind {
  const {
    accessModes: _modes,
    capacity: _capacity,
    claimRef: _claim,
    mountOptions = [],
    nodeAffinity: _affinity,
    persistentVolumeReclaimPolicy: _policy,
    storageClassName: _class,
    volumeAttributesClassName: _attributes,
    volumeMode: _mode,
    ...source
  } = spec ?? {}
  return { volume: { name: metadata.name ?? '', ...source } as VolumeView, readOnly, mountOptions }
}
