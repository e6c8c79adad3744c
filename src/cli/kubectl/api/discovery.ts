import { PlainError } from '../base/errors.ts'
import type { Connection, Json } from './connection.ts'

/** A resource as the server tells of it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
}

/** All resources of a server in its order, the preferred version of a group first. */
export interface Resources {
  readonly all: readonly Resource[]
  /** The one that a user names: `pods`, `po`, `deploy`, `deployments.apps`, `deployments.v1.apps`. */
  find(name: string): Resource | undefined
  /** The one for objects of a manifest. */
  ofKind(apiVersion: string, kind: string): Resource | undefined
  /** The members of a category such as `all`, each once. */
  category(name: string): Resource[]
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

interface GroupList {
  items?: { metadata?: { name?: string }; versions?: { version: string; resources?: Json[] }[] }[]
}

/** Asks the server what it has. */
export async function readResources(connection: Connection): Promise<Resources> {
  const lists = await Promise.all(
    ['/api', '/apis'].map(path => connection.json<GroupList>({ path, accept: AGGREGATED })),
  )
  return resourceTable(lists.flatMap(resourcesOf))
}

function resourcesOf(list: GroupList): Resource[] {
  return (list.items ?? []).flatMap(group =>
    (group.versions ?? []).flatMap(v =>
      (v.resources ?? []).map(r => ({
        group: group.metadata?.name ?? '',
        version: v.version,
        plural: String(r['resource']),
        singular: String(r['singularResource'] ?? ''),
        kind: (r['responseKind'] as { kind?: string } | undefined)?.kind ?? '',
        namespaced: r['scope'] === 'Namespaced',
        verbs: (r['verbs'] ?? []) as string[],
        shortNames: (r['shortNames'] ?? []) as string[],
        categories: (r['categories'] ?? []) as string[],
      })),
    ),
  )
}

export function resourceTable(all: readonly Resource[]): Resources {
  const named = (r: Resource, name: string): boolean =>
    r.plural === name || r.singular === name || (!r.singular && r.kind.toLowerCase() === name)
  const byName = (name: string, fits: (r: Resource) => boolean): Resource | undefined =>
    all.find(r => named(r, name) && fits(r)) ?? all.find(r => r.shortNames.includes(name) && fits(r))
  return {
    all,
    find(name) {
      const text = name.toLowerCase()
      const [first = '', second = '', ...rest] = text.split('.')
      if (second) {
        const versioned = byName(first, r => r.version === second && r.group === rest.join('.'))
        if (versioned) return versioned
        const group = text.slice(first.length + 1)
        return byName(first, r => r.group === group) ?? byName(first, r => r.group.startsWith(group))
      }
      return byName(first, () => true)
    },
    ofKind(apiVersion, kind) {
      const at = apiVersion.lastIndexOf('/')
      const [group, version] = at < 0 ? ['', apiVersion] : [apiVersion.slice(0, at), apiVersion.slice(at + 1)]
      return all.find(r => r.group === group && r.version === version && r.kind === kind)
    },
    category(name) {
      const seen = new Set<string>()
      return all.filter(r => {
        const key = `${r.group}/${r.plural}`
        if (!r.categories.includes(name) || seen.has(key)) return false
        return seen.add(key)
      })
    },
  }
}

/** As find, with kubectl's error. */
export function requireResource(resources: Resources, name: string): Resource {
  const found = resources.find(name)
  if (found) return found
  throw noResource(name)
}

/** kubectl's error where the server has no such resource. */
export function noResource(name: string): PlainError {
  // Of deployments.v2.apps the part before the version is named.
  const [first = ''] = name.split(/\.(?=v\d)/)
  return new PlainError(`the server doesn't have a resource type ${JSON.stringify(first)}`)
}

/** `apps/v1`, or `v1`. */
export const apiVersionOf = (r: { group: string; version: string }): string =>
  r.group ? `${r.group}/${r.version}` : r.version

/** `deployment.apps`, or `pod`. */
export const kindLabel = (r: { kind: string; group: string }): string =>
  `${r.kind.toLowerCase()}${r.group ? `.${r.group}` : ''}`

/** The path of a collection, or of one object and its subresource. */
export function pathOf(r: Resource, namespace: string, name = '', subresource = ''): string {
  const root = r.group ? `/apis/${r.group}/${r.version}` : `/api/${r.version}`
  const within = r.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${within}/${r.plural}${name ? `/${encodeURIComponent(name)}` : ''}${subresource ? `/${subresource}` : ''}`
}
