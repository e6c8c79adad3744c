import type { Kind, Verb } from '../kinds/kind.ts'
import { defineKind } from '../kinds/kind.ts'

interface DiscoveredVersion {
  version: string
  resources?: {
    resource: string
    responseKind?: { kind?: string }
    scope: string
    singularResource?: string
    verbs?: Verb[]
    shortNames?: string[]
    categories?: string[]
  }[]
}

interface GroupList {
  items?: { metadata?: { name?: string }; versions?: DiscoveredVersion[] }[]
}

/**
 * Kinds as a remote server tells of them (apidiscovery.k8s.io/v2), in each group's preferred version that has them.
 * They carry names and verbs, no rules: enough to read and write objects.
 */
export function kindsFromDiscovery(...lists: unknown[]): Kind[] {
  const kinds: Kind[] = []
  for (const group of lists.flatMap(list => (list as GroupList).items ?? [])) {
    const seen = new Set<string>()
    for (const version of group.versions ?? []) {
      for (const r of version.resources ?? []) {
        if (seen.has(r.resource)) continue
        seen.add(r.resource)
        kinds.push(
          defineKind({
            group: group.metadata?.name ?? '',
            version: version.version,
            kind: r.responseKind?.kind ?? '',
            plural: r.resource,
            singular: r.singularResource ?? '',
            shortNames: r.shortNames ?? [],
            categories: r.categories ?? [],
            namespaced: r.scope === 'Namespaced',
            verbs: r.verbs ?? [],
            schema: '',
          }),
        )
      }
    }
  }
  return kinds
}
