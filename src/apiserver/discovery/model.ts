import { createHash } from 'node:crypto'
import type { Kind } from '../../kinds/kind.ts'
import type { KindTable } from '../../registry/api.ts'
import { type Subresource, subresourcesOf } from '../subresources.ts'
import { type VirtualResource, virtualVerbs } from '../virtual.ts'

/** One resource as discovery shows it. */
export interface DiscoveredResource {
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly kind: string
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** Missing for resources that are not stored. */
  readonly storageHash?: string
  readonly subresources: readonly Subresource[]
}

export interface DiscoveredVersion {
  readonly version: string
  readonly resources: readonly DiscoveredResource[]
}

export interface DiscoveredGroup {
  readonly name: string
  /** The preferred one first. */
  readonly versions: readonly DiscoveredVersion[]
}

/** Built-in groups in the order of their priority. */
const GROUP_ORDER = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]

/** Groups with their versions and resources, in order. The core group is named ''. */
export function discover(kinds: KindTable, virtual: readonly VirtualResource[]): DiscoveredGroup[] {
  const all = kinds.all()
  const groups = new Map<string, Map<string, DiscoveredResource[]>>()
  const add = (group: string, version: string, resource: DiscoveredResource): void => {
    let versions = groups.get(group)
    if (!versions) groups.set(group, (versions = new Map()))
    const list = versions.get(version)
    if (list) list.push(resource)
    else versions.set(version, [resource])
  }
  for (const kind of all) add(kind.group, kind.version, ofKind(kind, all))
  for (const v of virtual) add(v.group, v.version, ofVirtual(v))
  const names = [...groups.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return names.map(name => ({
    name,
    versions: [...(groups.get(name) ?? [])]
      .sort(([a], [b]) => compareVersions(a, b))
      .map(([version, resources]) => ({
        version,
        resources: resources.sort((a, b) => (a.plural < b.plural ? -1 : 1)),
      })),
  }))
}

const rank = (group: string): number => {
  const at = GROUP_ORDER.indexOf(group)
  return at < 0 ? GROUP_ORDER.length : at
}

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/
const STAGES: Readonly<Record<string, number>> = { alpha: 1, beta: 2 }

/** Stable before beta before alpha, higher before lower, other names last by alphabet. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [VERSION.exec(a), VERSION.exec(b)]
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : a > b ? 1 : 0
  const stage = (m: RegExpExecArray): number => STAGES[m[2] ?? ''] ?? 3
  return stage(y) - stage(x) || Number(y[1]) - Number(x[1]) || Number(y[3] ?? 0) - Number(x[3] ?? 0)
}

/** Custom resources list their verbs in an order of their own. */
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

function ofKind(kind: Kind, all: readonly Kind[]): DiscoveredResource {
  return {
    plural: kind.plural,
    singular: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.custom ? CUSTOM_VERBS.filter(v => (kind.verbs as readonly string[]).includes(v)) : kind.verbs,
    shortNames: kind.shortNames,
    categories: kind.categories,
    storageHash: storageHash(storageKind(kind, all)),
    subresources: subresourcesOf(kind),
  }
}

/** The kind whose form is stored: of those that share a storage, the one that needs no conversion. */
function storageKind(kind: Kind, all: readonly Kind[]): Kind {
  if (!kind.toStored && !kind.fromStored) return kind
  return all.find(k => k.storage === kind.storage && !k.toStored && !k.fromStored) ?? kind
}

function storageHash({ group, version, kind }: Kind): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}

function ofVirtual(v: VirtualResource): DiscoveredResource {
  return {
    plural: v.plural,
    singular: v.singular,
    namespaced: v.namespaced,
    kind: v.kind,
    verbs: virtualVerbs(v),
    shortNames: v.shortNames ?? [],
    categories: [],
    subresources: [],
  }
}
