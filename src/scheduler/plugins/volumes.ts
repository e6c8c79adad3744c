import { compareQuantityTexts } from '../../base/quantity.ts'
import { selectorFromObject } from '../../base/selector.ts'
import type { Volume } from '../../kinds/generated/types.ts'
import { type Frozen, objectKey } from '../../kinds/object.ts'
import { semanticEqual } from '../../kinds/validation/equal.ts'
import type { ClusterObjects, ClaimObject, ClassObject, VolumeObject } from '../objects.ts'
import type { NodeObject, PodObject } from '../framework.ts'
import { matchesNodeTerm } from '../../kinds/node-selector.ts'

const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
/** Names the node that a claim's volume is to be made on. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'

/** The name of the claim behind a pod's volume; undefined where it has none. */
export function claimName(pod: PodObject, volume: Frozen<Volume>): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName
  return volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined
}

export function hasClaims(pod: PodObject): boolean {
  return pod.spec?.volumes?.some(v => v.persistentVolumeClaim || v.ephemeral) ?? false
}

/** The pod's claims, or what is wrong with one of them, in Kubernetes' words. */
export function claimsOf(pod: PodObject, objects: ClusterObjects): readonly ClaimObject[] | string {
  const out: ClaimObject[] = []
  const namespace = pod.metadata.namespace ?? ''
  for (const volume of pod.spec?.volumes ?? []) {
    const name = claimName(pod, volume)
    if (name === undefined) continue
    const claim = objects.claim(namespace, name)
    const fault = claim ? claimFault(pod, volume, claim) : missing(volume, name)
    if (fault) return fault
    if (claim) out.push(claim)
  }
  return out
}

function missing(volume: Frozen<Volume>, name: string): string {
  const quoted = JSON.stringify(name)
  return volume.ephemeral
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`
    : `persistentvolumeclaim ${quoted} not found`
}

function claimFault(pod: PodObject, volume: Frozen<Volume>, claim: ClaimObject): string | undefined {
  const { name = '', namespace = '', deletionTimestamp, ownerReferences } = claim.metadata
  if (claim.status?.phase === 'Lost')
    return `persistentvolumeclaim ${JSON.stringify(name)} bound to non-existent persistentvolume ${JSON.stringify(claim.spec?.volumeName ?? '')}`
  if (deletionTimestamp) return `persistentvolumeclaim ${JSON.stringify(name)} is being deleted`
  if (volume.ephemeral && !ownerReferences?.some(o => o.controller && o.uid === pod.metadata.uid))
    return `PVC ${namespace}/${name} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`
  return undefined
}

/** True where claim and volume know of each other. */
export function isBound(claim: ClaimObject): boolean {
  return Boolean(claim.spec?.volumeName) && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined
}

export function className(claim: ClaimObject): string {
  return claim.metadata.annotations?.[CLASS_ANNOTATION] ?? claim.spec?.storageClassName ?? ''
}

/** True where the claim waits for the scheduler to choose a node. */
export function waitsForNode(claim: ClaimObject, objects: ClusterObjects): boolean {
  if (claim.spec?.volumeName) return false
  return objects.storageClass(className(claim))?.volumeBindingMode === 'WaitForFirstConsumer'
}

/** True where a volume can be used on a node. */
export function usableOn(volume: VolumeObject, node: NodeObject): boolean {
  const required = volume.spec?.nodeAffinity?.required
  return !required || required.nodeSelectorTerms.some(term => matchesNodeTerm(term, node))
}

/** What is to be done about the claims that wait for a node, once this one is chosen. */
export interface VolumePlan {
  readonly bind: readonly { readonly claim: ClaimObject; readonly volume: VolumeObject }[]
  readonly provision: readonly ClaimObject[]
}

/** Volumes for claims that wait for a node; undefined where this node has none and none can be made. */
export function planVolumes(
  claims: readonly ClaimObject[],
  node: NodeObject,
  objects: ClusterObjects,
): VolumePlan | undefined {
  const bind: { claim: ClaimObject; volume: VolumeObject }[] = []
  const provision: ClaimObject[] = []
  const taken = new Set<string>()
  // Small claims first, so that they do not take the volumes that larger ones need.
  for (const claim of [...claims].sort((a, b) => compareQuantityTexts(sizeOf(a), sizeOf(b)))) {
    const chosen = claim.metadata.annotations?.[SELECTED_NODE] ?? objects.promisedNode(objectKey(claim))
    if (chosen !== undefined && chosen !== node.metadata.name) return undefined
    const volume = chosen === undefined ? bestVolume(claim, node, objects, taken) : undefined
    if (volume === 'elsewhere') return undefined
    if (volume) {
      taken.add(volume.metadata.name ?? '')
      bind.push({ claim, volume })
    } else if (chosen !== undefined || canProvision(objects.storageClass(className(claim)), node)) {
      provision.push(claim)
    } else return undefined
  }
  return { bind, provision }
}

/** The volume for a claim on a node; `elsewhere` where it has one already that the node cannot use. */
function bestVolume(
  claim: ClaimObject,
  node: NodeObject,
  objects: ClusterObjects,
  taken: ReadonlySet<string>,
): VolumeObject | 'elsewhere' | undefined {
  let best: VolumeObject | undefined
  const key = objectKey(claim)
  for (const volume of objects.volumes()) {
    const name = volume.metadata.name ?? ''
    const promised = objects.promisedTo(name)
    if (taken.has(name) || (promised !== undefined && promised !== key) || !isAble(volume, claim)) continue
    // One that is kept for this claim is the one: with another the claim would have two.
    if (promised === key || isKeptFor(volume, claim)) return usableOn(volume, node) ? volume : 'elsewhere'
    if (!isFree(volume, claim) || !usableOn(volume, node)) continue
    if (!best || compareQuantityTexts(capacityOf(volume), capacityOf(best)) < 0) best = volume
  }
  return best
}

/** True where a volume is large enough for the claim and of its mode. */
function isAble(volume: VolumeObject, claim: ClaimObject): boolean {
  if (!volume.spec || !claim.spec || volume.metadata.deletionTimestamp) return false
  if ((volume.spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')) return false
  return compareQuantityTexts(capacityOf(volume), sizeOf(claim)) >= 0
}

function isKeptFor(volume: VolumeObject, claim: ClaimObject): boolean {
  const ref = volume.spec?.claimRef
  if (ref?.namespace !== claim.metadata.namespace || ref?.name !== claim.metadata.name) return false
  return !ref?.uid || ref.uid === claim.metadata.uid
}

/** True where a volume is nobody's and has what the claim asks for. */
function isFree(volume: VolumeObject, claim: ClaimObject): boolean {
  const { spec } = volume
  const wants = claim.spec
  if (!spec || !wants || spec.claimRef) return false
  if (volume.status?.phase && volume.status.phase !== 'Available') return false
  if (wants.selector && !selectorFromObject(wants.selector).matches(volume.metadata.labels)) return false
  const volumeClass = volume.metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? ''
  if (volumeClass !== className(claim)) return false
  if (!semanticEqual(spec.volumeAttributesClassName, wants.volumeAttributesClassName)) return false
  return (wants.accessModes ?? []).every(mode => spec.accessModes?.includes(mode))
}

const sizeOf = (claim: ClaimObject): string => claim.spec?.resources?.requests?.['storage'] ?? '0'
const capacityOf = (volume: VolumeObject): string => volume.spec?.capacity?.['storage'] ?? '0'

function canProvision(storageClass: ClassObject | undefined, node: NodeObject): boolean {
  if (!storageClass?.provisioner || storageClass.provisioner === 'kubernetes.io/no-provisioner') return false
  const topologies = storageClass.allowedTopologies ?? []
  const fits = (t: (typeof topologies)[number]): boolean =>
    (t.matchLabelExpressions ?? []).every(e => e.values.includes(node.metadata.labels?.[e.key] ?? ''))
  return topologies.length === 0 || topologies.some(fits)
}
