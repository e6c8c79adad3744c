import { isDeepStrictEqual } from 'node:util'
import { forbiddenError, notFound } from '../../base/errors.ts'
import { ownOf } from '../../base/json.ts'
import { podReferences } from '../../kinds/core/pod/references.ts'
import type { Node, PersistentVolumeClaim, Pod } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { nodeOf } from '../node-identity.ts'
import type { World } from '../world.ts'
import { type AdmissionPlugin, type AdmissionRequest, resourceOf } from './plugin.ts'

const MIRROR = 'kubernetes.io/config.mirror'
const LEASES = 'kube-node-lease'
const RESTRICTED = 'node-restriction.kubernetes.io'
/** Labels of Kubernetes that a kubelet gives to its node itself. */
const KUBELET_LABELS = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
])
const KUBELET_NAMESPACES = ['kubelet.kubernetes.io', 'node.kubernetes.io']

/**
 * What nodes may write: their own Node without taints and labels that steer pods, their own lease and CSINode, mirror
 * pods and the status of their own pods, tokens for their own pods. The authorizer lets through what only the object
 * itself can tell.
 */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  admit(request, world) {
    const node = nodeOf(request.user)
    if (node === undefined || request.operation === 'CONNECT') return
    if (node === '') throw forbid(request, `could not determine node from user ${JSON.stringify(request.user.name)}`)
    const fault = faultOf(request, node, world)
    if (fault) throw forbid(request, fault)
  },
  validate(request) {
    const node = nodeOf(request.user)
    if (node === undefined || request.kind.storage !== 'core/pods' || request.subresource !== 'status') return
    // Only here, where the revision has been compared: a node that has not seen new labels yet gets a conflict.
    if (!isDeepStrictEqual(request.old?.metadata.labels ?? {}, request.object?.metadata.labels ?? {}))
      throw forbid(request, `node ${JSON.stringify(node)} cannot update labels through pod status`)
  },
}

const forbid = (request: AdmissionRequest, cause: string): Error =>
  forbiddenError(resourceOf(request), request.name || (request.object?.metadata.name ?? ''), cause)

/** Why a node may not do what it asks; undefined where it may. */
function faultOf(request: AdmissionRequest, node: string, world: World): string | undefined {
  switch (request.kind.storage) {
    case 'core/pods':
      return podFault(request, node, world)
    case 'core/nodes':
      return nodeFault(request, node)
    case 'core/persistentvolumeclaims':
      return request.subresource === 'status' ? claimFault(request, node) : 'may only update PVC status'
    case 'core/serviceaccounts':
      return request.operation === 'CREATE' && request.subresource === 'token'
        ? tokenFault(request, node, world)
        : undefined
    case 'coordination.k8s.io/leases':
      if (request.namespace !== LEASES) return `can only access leases in the "${LEASES}" system namespace`
      return nameOf(request) === node
        ? undefined
        : 'can only access node lease with the same name as the requesting node'
    case 'storage.k8s.io/csinodes':
      return nameOf(request) === node ? undefined : 'can only access CSINode with the same name as the requesting node'
    default:
      return undefined
  }
}

const nameOf = (request: AdmissionRequest): string =>
  request.operation === 'CREATE' ? (request.object?.metadata.name ?? '') : request.name

type PodObject = Frozen<KubeObject & Pod>

function podFault(request: AdmissionRequest, own: string, world: World): string | undefined {
  const { operation, subresource, old } = request
  const quoted = JSON.stringify(own)
  const isOwn = (pod: PodObject | undefined): boolean => pod?.spec?.nodeName === own
  switch (subresource) {
    case '':
      if (operation === 'CREATE') return mirrorFault(request, own, world)
      if (operation !== 'DELETE')
        return `unexpected operation "${operation}", node ${quoted} can only create and delete mirror pods`
      return isOwn(old as PodObject | undefined)
        ? undefined
        : `node ${quoted} can only delete pods with spec.nodeName set to itself`
    case 'status':
      if (operation !== 'UPDATE') return `unexpected operation "${operation}"`
      if (!isOwn(old as PodObject | undefined))
        return `node ${quoted} can only update pod status for pods with spec.nodeName set to itself`
      return sameClaims(old as PodObject, request.object as PodObject)
        ? undefined
        : `node ${quoted} cannot update resource claim statues`
    case 'eviction':
      return isOwn(existingPod(request, world, request.name))
        ? undefined
        : `node ${own} can only evict pods with spec.nodeName set to itself`
    default:
      return `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`
  }
}

function existingPod(request: AdmissionRequest, world: World, name: string): PodObject {
  const pod = world.get<KubeObject & Pod>('core/pods', request.namespace, name)
  if (!pod) throw notFound({ group: '', resource: 'pods' }, name)
  return pod
}

const sameClaims = (old: PodObject, changed: PodObject): boolean =>
  isDeepStrictEqual(old.status?.resourceClaimStatuses ?? [], changed.status?.resourceClaimStatuses ?? [])

/** A node may create mirror pods alone: of itself, and without anything that only the API server has. */
function mirrorFault(request: AdmissionRequest, own: string, world: World): string | undefined {
  const pod = request.object as KubeObject & Pod
  const quoted = JSON.stringify(own)
  if (pod.metadata.annotations?.[MIRROR] === undefined)
    return `pod does not have "${MIRROR}" annotation, node ${quoted} can only create mirror pods`
  if (pod.spec?.nodeName !== own) return `node ${quoted} can only create pods with spec.nodeName set to itself`
  const fault = ownerFault(pod, own, world)
  if (fault) return fault
  const used = podReferences(pod)
  const volumes = pod.spec.volumes ?? []
  const wrong: [boolean, string][] = [
    [used.serviceAccount !== '', 'a service account'],
    [used.secrets.size > 0, 'secrets'],
    [used.configMaps.size > 0, 'configmaps'],
    [volumes.some(v => v.projected?.sources?.some(s => s.clusterTrustBundle)), 'clustertrustbundles'],
    [volumes.some(v => v.persistentVolumeClaim), 'persistentvolumeclaims'],
    [(pod.spec.resourceClaims ?? []).length > 0, 'resourceclaims'],
  ]
  const what = wrong.find(([is]) => is)?.[1]
  return what && `node ${quoted} can not create pods that reference ${what}`
}

function ownerFault(pod: KubeObject & Pod, own: string, world: World): string | undefined {
  const owners = pod.metadata.ownerReferences ?? []
  const only = (what: string): string => `node ${JSON.stringify(own)} can only create pods with ${what} set to itself`
  if (owners.length > 1) return only('a single owner reference')
  const [owner] = owners
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== own) return only('an owner reference')
  if (!owner.controller) return only('a controller owner reference')
  if (owner.blockOwnerDeletion)
    return `node ${JSON.stringify(own)} must not set blockOwnerDeletion on an owner reference`
  const node = world.get<KubeObject>('core/nodes', '', own)
  if (!node) throw notFound({ group: '', resource: 'nodes' }, own)
  return owner.uid === node.metadata.uid
    ? undefined
    : `node ${own} UID mismatch: expected ${owner.uid} got ${node.metadata.uid}`
}

function nodeFault(request: AdmissionRequest, own: string): string | undefined {
  const name = nameOf(request)
  const quoted = JSON.stringify(own)
  if (name !== own) return `node ${quoted} is not allowed to modify node ${JSON.stringify(name)}`
  const node = request.object as (KubeObject & Node) | undefined
  const old = request.old as Frozen<KubeObject & Node> | undefined
  if (!node) return undefined
  const labels = forbiddenLabels(node.metadata.labels ?? {}, old?.metadata.labels ?? {}).join(', ')
  if (request.operation === 'CREATE') {
    if (node.spec?.configSource) return `node ${quoted} is not allowed to create pods with a non-nil configSource`
    return labels && `node ${quoted} is not allowed to set the following labels: ${labels}`
  }
  if (request.operation !== 'UPDATE') return undefined
  if (node.spec?.configSource && !isDeepStrictEqual(node.spec.configSource, old?.spec?.configSource))
    return `node ${quoted} is not allowed to update configSource to a new non-nil configSource`
  if (!isDeepStrictEqual(node.spec?.taints ?? [], old?.spec?.taints ?? []))
    return `node ${quoted} is not allowed to modify taints`
  if (labels) return `is not allowed to modify labels: ${labels}`
  if (!isDeepStrictEqual(node.metadata.ownerReferences ?? [], old?.metadata.ownerReferences ?? []))
    return `node ${quoted} is not allowed to modify ownerReferences`
  return undefined
}

/** Changed labels that would let a node draw pods to itself, in order. */
function forbiddenLabels(labels: Readonly<Record<string, string>>, old: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(labels), ...Object.keys(old)])]
    .filter(key => ownOf(labels, key) !== ownOf(old, key) && isForbiddenLabel(key))
    .sort()
}

/** True for labels that only others may give to a node: those that restrict, and unknown ones of Kubernetes. */
export function isForbiddenLabel(key: string): boolean {
  const at = key.indexOf('/')
  const namespace = at < 0 ? '' : key.slice(0, at)
  const within = (domain: string): boolean => namespace === domain || namespace.endsWith(`.${domain}`)
  if (within(RESTRICTED)) return true
  if (!within('kubernetes.io') && !within('k8s.io')) return false
  return !KUBELET_LABELS.has(key) && !KUBELET_NAMESPACES.some(within)
}

type Claim = Frozen<KubeObject & PersistentVolumeClaim>

/** Of a claim's status a node reports sizes and conditions. */
function claimFault(request: AdmissionRequest, own: string): string | undefined {
  if (request.operation !== 'UPDATE') return `unexpected operation "${request.operation}"`
  const rest = ({ metadata, spec, status }: Claim): unknown => {
    const { resourceVersion: _, managedFields: __, ...meta } = metadata
    const {
      capacity: ___,
      conditions: ____,
      allocatedResources: _____,
      allocatedResourceStatuses: ______,
      ...kept
    } = status ?? {}
    return { meta, spec, kept }
  }
  return isDeepStrictEqual(rest(request.old as Claim), rest(request.object as Claim))
    ? undefined
    : `node ${JSON.stringify(own)} is not allowed to update fields other than status.capacity and status.conditions`
}

function tokenFault(request: AdmissionRequest, own: string, world: World): string | undefined {
  const { spec } = request.object as KubeObject & {
    spec?: { boundObjectRef?: { apiVersion?: string; kind?: string; name?: string; uid?: string } }
  }
  const ref = spec?.boundObjectRef
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) return 'node requested token not bound to a pod'
  if (!ref.uid) return 'node requested token with a pod binding without a uid'
  const pod = existingPod(request, world, ref.name)
  if (pod.metadata.uid !== ref.uid)
    return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`
  return pod.spec?.nodeName === own ? undefined : 'node requested token bound to a pod scheduled on a different node'
}
