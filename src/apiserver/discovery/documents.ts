import type { DiscoveredGroup, DiscoveredResource, DiscoveredVersion } from './model.ts'

const groupVersion = (group: string, version: string): string => (group ? `${group}/${version}` : version)

/** GET /api. `address` is where clients reach the server. */
export function apiVersions(address: string): unknown {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  }
}

function groupBody(group: DiscoveredGroup): Record<string, unknown> {
  const versions = group.versions.map(v => ({ groupVersion: groupVersion(group.name, v.version), version: v.version }))
  return { name: group.name, versions, preferredVersion: versions[0] }
}

/** GET /apis. */
export function groupList(groups: readonly DiscoveredGroup[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter(g => g.name).map(groupBody) }
}

/** GET /apis/GROUP. */
export function groupDocument(group: DiscoveredGroup): unknown {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(group) }
}

/** GET /apis/GROUP/VERSION. The core group's list says nothing of its own version. */
export function resourceList(group: string, version: DiscoveredVersion): unknown {
  return {
    kind: 'APIResourceList',
    ...(group ? { apiVersion: 'v1' } : {}),
    groupVersion: groupVersion(group, version.version),
    resources: version.resources.flatMap(resourceEntries),
  }
}

function resourceEntries(r: DiscoveredResource): unknown[] {
  const own = {
    name: r.plural,
    singularName: r.singular,
    namespaced: r.namespaced,
    kind: r.kind,
    verbs: r.verbs,
    ...(r.shortNames.length ? { shortNames: r.shortNames } : {}),
    ...(r.categories.length ? { categories: r.categories } : {}),
    ...(r.storageHash ? { storageVersionHash: r.storageHash } : {}),
  }
  return [
    own,
    ...r.subresources.map(s => ({
      name: `${r.plural}/${s.name}`,
      singularName: '',
      namespaced: r.namespaced,
      ...(s.group ? { group: s.group } : {}),
      ...(s.version ? { version: s.version } : {}),
      kind: s.kind,
      verbs: s.verbs,
    })),
  ]
}

/** All groups in one document: what current clients ask for. */
export function aggregated(groups: readonly DiscoveredGroup[]): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(g => ({
      metadata: g.name ? { name: g.name } : {},
      versions: g.versions.map(v => ({
        version: v.version,
        resources: v.resources.map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  }
}

/** The group and version stand only where they are not those of the document's own place. */
const responseKind = (kind: string, group = '', version = ''): unknown => ({ group, version, kind })

function aggregatedResource(r: DiscoveredResource): unknown {
  return {
    resource: r.plural,
    responseKind: responseKind(r.kind),
    scope: r.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: r.singular,
    verbs: r.verbs,
    ...(r.shortNames.length ? { shortNames: r.shortNames } : {}),
    ...(r.categories.length ? { categories: r.categories } : {}),
    ...(r.subresources.length
      ? {
          subresources: r.subresources.map(s => ({
            subresource: s.name,
            responseKind: responseKind(s.kind, s.group, s.version),
            verbs: s.verbs,
          })),
        }
      : {}),
  }
}
