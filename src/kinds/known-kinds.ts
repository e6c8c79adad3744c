import { findComponent } from './schema/openapi.ts'

/** Kinds that every version has, and those that only the core group has, beside its own. */
const EVERYWHERE = ['DeleteOptions', 'GetOptions', 'ListOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions']
const CORE_ONLY = ['List', 'Status', 'APIGroup', 'APIVersions', 'APIGroupList', 'APIResourceList', 'WatchEvent']

/** Whether Kubernetes has types for this kind, served or not; a list of objects is a kind too. */
export function isKnownKind(apiVersion: string, kind: string): boolean {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion]
  if (group === undefined || version === undefined) return false
  const schema = findComponent(`io.k8s.api.${packageOf(group)}.${version}.${kind}`)
  if (schema?.properties?.['apiVersion'] && schema.properties['kind']) return true
  return EVERYWHERE.includes(kind) || (apiVersion === 'v1' && CORE_ONLY.includes(kind))
}

/** The package of a group's types in Kubernetes' code. */
const packageOf = (group: string): string => (group === '' ? 'core' : (group.split('.')[0] ?? ''))

/** The type that the server keeps a kind in: `core.ConfigMap`. Events of both groups are the same there. */
export const goTypeOf = ({ group, kind }: { group: string; kind: string }): string =>
  `${kind === 'Event' ? 'core' : packageOf(group)}.${kind}`

/** Why an object of one kind cannot be taken for one of another. */
export function whyNot(wanted: { group: string; kind: string }, apiVersion: string, kind: unknown): string {
  if (typeof kind === 'string' && isKnownKind(apiVersion, kind))
    return `converting (${apiVersion.slice(apiVersion.indexOf('/') + 1)}.${kind}) to (${goTypeOf(wanted)}): unknown conversion`
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`
}
