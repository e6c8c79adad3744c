import { parseFieldSelector } from '../../base/selector.ts'
import { type PodReferences, podReferences } from '../../kinds/core/pod/references.ts'
import type { PersistentVolume, Pod } from '../../kinds/generated/types.ts'
import type { KubeObject } from '../../kinds/object.ts'
import { nodeOf } from '../../registry/node-identity.ts'
import type { World } from '../../registry/world.ts'
import type { Attributes, Authorizer, Decision } from './authorizer.ts'
import { BOOTSTRAP_ROLES } from './bootstrap-policy.ts'
import { ruleAllows } from './rbac.ts'

/** A kubelite node is kubelet and kube-proxy in one process, and answers DNS, which must know the namespaces. */
const RULES = [
  ...['system:node', 'system:node-proxier'].flatMap(name => BOOTSTRAP_ROLES.get(name)?.rules ?? []),
  { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['namespaces'] },
]

const LEASES = 'kube-node-lease'
const ALLOWED: Decision = { allowed: true, reason: '' }
const denied = (reason: string): Decision => ({ allowed: false, reason })

/**
 * What nodes may do, as Kubernetes' node authorizer has it: their own Node, lease and pods, and of Secrets,
 * ConfigMaps, claims, volumes and service accounts only those that a pod bound to them uses. What they write is
 * looked at again by the admission plugin NodeRestriction. Other than a kubelet, a node may read all Nodes: it makes
 * the routes to them.
 */
export function nodeAuthorizer(world: World): Authorizer {
  return {
    authorize(a) {
      const node = nodeOf(a.user)
      if (node === undefined) return denied('')
      if (node === '') return denied(`unknown node for user ${JSON.stringify(a.user.name)}`)
      const own = a.isResource ? ownAccess(world, node, a) : undefined
      return own ?? (RULES.some(r => ruleAllows(r, a)) ? ALLOWED : denied(''))
    },
    rules: user =>
      nodeOf(user) === undefined
        ? NO_RULES
        : { ...NO_RULES, incomplete: true, error: 'node authorizer does not support user rule resolution' },
  }
}

const NO_RULES = { resourceRules: [], nonResourceRules: [], incomplete: false }

/** The decision about kinds of which a node may have only its own; undefined for all others. */
function ownAccess(world: World, node: string, a: Attributes): Decision | undefined {
  switch (a.group ? `${a.group}/${a.resource}` : a.resource) {
    case 'secrets':
      return (
        readOf(a) ??
        related(
          node,
          a,
          usedBy(world, node, a, r => r.secrets),
        )
      )
    case 'configmaps':
      return (
        readOf(a) ??
        related(
          node,
          a,
          usedBy(world, node, a, r => r.configMaps),
        )
      )
    case 'persistentvolumeclaims':
      return (
        (a.subresource === 'status' ? statusOf(a) : getOf(a)) ??
        related(
          node,
          a,
          usedBy(world, node, a, r => r.claims),
        )
      )
    case 'persistentvolumes':
      return getOf(a) ?? related(node, a, volumeIsUsed(world, node, a))
    case 'storage.k8s.io/volumeattachments':
      return getOf(a) ?? related(node, a, () => false)
    case 'serviceaccounts':
      return (
        tokenOf(a) ??
        related(
          node,
          a,
          usedBy(world, node, a, r => new Set([r.serviceAccount])),
        )
      )
    case 'pods':
      return podAccess(world, node, a)
    case 'coordination.k8s.io/leases':
      return leaseAccess(node, a)
    case 'storage.k8s.io/csinodes':
      return csiNodeAccess(node, a)
    default:
      return undefined
  }
}

function readOf(a: Attributes): Decision | undefined {
  if (!['get', 'list', 'watch'].includes(a.verb)) return denied('can only read resources of this type')
  if (a.subresource) return denied('cannot read subresource')
  return a.namespace ? undefined : denied('can only read namespaced object of this type')
}

function getOf(a: Attributes): Decision | undefined {
  if (a.verb !== 'get') return denied('can only get individual resources of this type')
  return a.subresource ? denied('cannot get subresource') : undefined
}

const statusOf = (a: Attributes): Decision | undefined =>
  a.verb === 'update' || a.verb === 'patch' ? undefined : denied('can only get/update/patch this type')

function tokenOf(a: Attributes): Decision | undefined {
  if (a.verb !== 'create' || !a.name) return denied('can only create tokens for individual service accounts')
  return a.subresource === 'token' ? undefined : denied('can only create token subresource of serviceaccount')
}

function podAccess(world: World, node: string, a: Attributes): Decision {
  switch (`${a.verb} ${a.subresource}`) {
    case 'get ':
      return related(node, a, podIsOn(world, node, a))
    case 'list ':
    case 'watch ':
      if (selectsNode(a.fieldSelector, node)) return ALLOWED
      return a.name
        ? related(node, a, podIsOn(world, node, a))
        : denied('can only list/watch pods with spec.nodeName field selector')
    case 'create ':
    case 'delete ':
    case 'update status':
    case 'patch status':
    case 'create eviction':
      return ALLOWED
    default:
      return denied('')
  }
}

function leaseAccess(node: string, a: Attributes): Decision {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(a.verb))
    return denied('can only get, create, update, patch, or delete a node lease')
  if (a.namespace !== LEASES) return denied(`can only access leases in the "${LEASES}" system namespace`)
  // Who creates is not asked for the name here: NodeRestriction looks at it.
  return a.verb === 'create' || a.name === node
    ? ALLOWED
    : denied('can only access node lease with the same name as the requesting node')
}

function csiNodeAccess(node: string, a: Attributes): Decision {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(a.verb))
    return denied('can only get, create, update, patch, or delete a CSINode')
  if (a.subresource) return denied('cannot authorize CSINode subresources')
  return a.verb === 'create' || a.name === node
    ? ALLOWED
    : denied('can only access CSINode with the same name as the requesting node')
}

function related(node: string, a: Attributes, holds: () => boolean): Decision {
  if (!a.name) return denied('No Object name found')
  return holds() ? ALLOWED : denied(`no relationship found between node '${node}' and this object`)
}

function selectsNode(selector: string | undefined, node: string): boolean {
  if (!selector) return false
  try {
    return parseFieldSelector(selector).some(r => r.field === 'spec.nodeName' && r.equal && r.value === node)
  } catch {
    return false
  }
}

type Names = (references: PodReferences) => ReadonlySet<string>

const usedBy =
  (world: World, node: string, a: Attributes, names: Names): (() => boolean) =>
  () =>
    podUses(world, node, a.namespace, a.name, names)

/** A pod on the node uses the object. Pods are looked through at each question: nodes ask once for each object. */
function podUses(world: World, node: string, namespace: string, name: string, names: Names): boolean {
  return world
    .list<KubeObject & Pod>('core/pods', namespace)
    .some(pod => pod.spec?.nodeName === node && names(podReferences(pod)).has(name))
}

const podIsOn =
  (world: World, node: string, a: Attributes): (() => boolean) =>
  () =>
    world.get<KubeObject & Pod>('core/pods', a.namespace, a.name)?.spec?.nodeName === node

const volumeIsUsed =
  (world: World, node: string, a: Attributes): (() => boolean) =>
  () => {
    const claim = world.get<KubeObject & PersistentVolume>('core/persistentvolumes', '', a.name)?.spec?.claimRef
    return claim !== undefined && podUses(world, node, claim.namespace ?? '', claim.name ?? '', r => r.claims)
  }
