import { StatusError } from '../../../base/errors.ts'
import { parseLabelSelector, SelectorError } from '../../../base/selector.ts'
import { PlainError, throwAll } from '../base/errors.ts'
import { flag, type FlagSpec } from '../base/flags.ts'
import type { Call } from '../base/verb.ts'
import type { Json } from './connection.ts'
import { noResource, pathOf, type Resource, type Resources } from './discovery.ts'
import { type Manifest, readManifests } from './manifests.ts'

export const ALL_NAMESPACES = flag(
  'bool',
  'all-namespaces A',
  'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.',
)
export const SELECTOR = flag(
  'string',
  'selector l',
  "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
)
export const FIELD_SELECTOR = flag(
  'string',
  'field-selector',
  "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
)
export const ALL = flag('bool', 'all', 'Select all resources, in the namespace of the specified resource types.')
export const SELECT_FLAGS: readonly FlagSpec[] = [ALL_NAMESPACES, SELECTOR, FIELD_SELECTOR]

/** What an argument stands for: one object, or all of a resource where there is no name. */
export interface Target {
  readonly resource: Resource
  /** Empty for cluster-scoped resources and for all namespaces. */
  readonly namespace: string
  readonly name?: string
}

/** An object that a command works on. */
export interface Found {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly object: Json
  /** File it came from; empty where it came from the server. */
  readonly source: string
}

/** Metadata of an object, empty where it has none. */
export const metadataOf = (
  object: Json,
): {
  name?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generateName?: string
  generation?: number
  deletionTimestamp?: string
  creationTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
} & Json => (object['metadata'] ?? {}) as Json

/** Turns `pods`, `pods a b`, `pods,svc`, `pod/a svc/b` into targets. Throws with kubectl's texts. */
export function planTargets(
  resources: Resources,
  args: readonly string[],
  o: { namespace: string; allNamespaces?: boolean; filtered?: boolean; listing: boolean },
): Target[] {
  const words = expandCategories(resources, args)
  const slashed = words.filter(a => a.includes('/')).length
  if (slashed > 0 && slashed < words.length)
    throw new PlainError(
      "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    )
  if (slashed > 0) {
    if (o.filtered)
      throw new PlainError('selectors and the all flag cannot be used when passing resource/name arguments')
    return words.map(word => namedTarget(resources, word, o))
  }
  const types = (words[0] ?? '').split(',')
  const names = words.slice(1)
  if (names.length > 0) {
    if (names.includes('')) throw new PlainError('resource name may not be empty')
    if (o.filtered) throw new PlainError('name cannot be provided when a selector is specified')
    return types.flatMap(type => names.map(name => namedTarget(resources, `${type}/${name}`, o)))
  }
  if (!o.listing && !o.filtered) throw new PlainError('resource(s) were provided, but no name was specified')
  return types.map(type => {
    const resource = typed(resources, type)
    return { resource, namespace: resource.namespaced && !o.allNamespaces ? o.namespace : '' }
  })
}

function expandCategories(resources: Resources, args: readonly string[]): string[] {
  const [first = '', ...rest] = args
  if (first.includes('/')) return [...args]
  const parts = first.split(',').flatMap(part => {
    const members = resources.find(part) ? [] : resources.category(part)
    return members.length ? members.map(r => (r.group ? `${r.plural}.${r.group}` : r.plural)) : [part]
  })
  return args.length === 0 ? [] : [parts.join(','), ...rest]
}

function typed(resources: Resources, type: string): Resource {
  if (type === '') throw new PlainError('arguments must consist of a resource or a resource and name')
  const found = resources.find(type)
  if (!found) throw noResource(type)
  return found
}

function namedTarget(resources: Resources, word: string, o: { namespace: string; allNamespaces?: boolean }): Target {
  const [type = '', name = '', ...more] = word.split('/')
  if (more.length) throw new PlainError('arguments in resource/name form may not have more than one slash')
  if (!type || !name || type.includes(','))
    throw new PlainError('arguments in resource/name form must have a single resource and name')
  const resource = typed(resources, type)
  if (o.allNamespaces && resource.namespaced)
    throw new PlainError('a resource cannot be retrieved by name across all namespaces')
  return { resource, namespace: resource.namespaced ? o.namespace : '', name }
}

/** Manifests with the resource and namespace they belong to. Faults are gathered, not thrown. */
export async function locateManifests(
  call: Call,
  manifests: readonly Manifest[],
): Promise<{ found: Found[]; errors: unknown[] }> {
  const resources = await call.session.resources()
  const found: Found[] = []
  const errors: unknown[] = []
  for (const { object, source, fault } of manifests) {
    try {
      if (fault) throw fault
      found.push(locate(call, resources, object, source))
    } catch (error) {
      errors.push(error)
    }
  }
  return { found, errors }
}

function locate(call: Call, resources: Resources, object: Json, source: string): Found {
  const { name = '', namespace } = metadataOf(object)
  const [apiVersion, kind] = [String(object['apiVersion']), String(object['kind'])]
  const resource = resources.ofKind(apiVersion, kind)
  if (!resource)
    throw new PlainError(
      `resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(namespace ?? '')} from ${JSON.stringify(source)}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\nensure CRDs are installed first`,
    )
  if (!resource.namespaced) return { resource, namespace: '', name, object, source }
  const { session } = call
  if (namespace && session.namespaceGiven && namespace !== session.namespace)
    throw new PlainError(
      `the namespace from the provided object ${JSON.stringify(namespace)} does not match the namespace ${JSON.stringify(session.namespace)}. You must pass '--namespace=${namespace}' to perform this operation.`,
    )
  const chosen = namespace || session.namespace
  return { resource, namespace: chosen, name, object: namespace ? object : withNamespace(object, chosen), source }
}

function withNamespace(object: Json, namespace: string): Json {
  return { ...object, metadata: { ...metadataOf(object), namespace } }
}

/** Keeps the objects that -l selects. */
export function selectByLabels(found: readonly Found[], selector: string): Found[] {
  if (!selector) return [...found]
  try {
    const parsed = parseLabelSelector(selector)
    return found.filter(f => parsed.matches(metadataOf(f.object).labels))
  } catch (error) {
    if (error instanceof SelectorError) throw new PlainError(error.message)
    throw error
  }
}

/** How a verb finds the objects it works on. */
export interface FindOptions {
  /** False where named objects need not be read first (delete). Defaults to true. */
  readonly read?: boolean
  /** True where a bare resource means all of them (get, describe). Defaults to false. */
  readonly listing?: boolean
  /** True where objects of files are read from the server. Defaults to true. */
  readonly latest?: boolean
}

/** The objects that files or arguments name, and what went wrong with others. */
export async function findObjects(
  call: Call,
  args: readonly string[],
  o: FindOptions = {},
): Promise<{ found: Found[]; errors: unknown[] }> {
  const { flags, session } = call
  if (flags.texts('filename').length || flags.text('kustomize')) {
    const { found, errors } = await locateManifests(call, await readManifests(flags, call.io))
    const chosen = selectByLabels(found, flags.text('selector'))
    if (o.latest === false || o.read === false) return { found: chosen, errors }
    return readEach(call, chosen, errors)
  }
  if (args.length === 0) throw new PlainError(NOTHING_NAMED)
  const filtered = Boolean(flags.text('selector') || flags.text('field-selector') || flags.on('all'))
  const targets = planTargets(await session.resources(), args, {
    namespace: session.namespace,
    allNamespaces: flags.on('all-namespaces'),
    filtered,
    listing: o.listing ?? false,
  })
  const found: Found[] = []
  const errors: unknown[] = []
  for (const target of targets) {
    try {
      found.push(...(await expand(call, target, o.read !== false)))
    } catch (error) {
      errors.push(target.name ? error : explainList(error, call, target.resource))
    }
  }
  return { found, errors }
}

const NOTHING_NAMED = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`

async function readEach(
  call: Call,
  located: readonly Found[],
  errors: unknown[],
): Promise<{ found: Found[]; errors: unknown[] }> {
  const found: Found[] = []
  for (const f of located) {
    try {
      found.push({
        ...f,
        object: await call.session.connection.json({ path: pathOf(f.resource, f.namespace, f.name) }),
      })
    } catch (error) {
      errors.push(error)
    }
  }
  return { found, errors }
}

async function expand(call: Call, target: Target, read: boolean): Promise<Found[]> {
  const { resource, namespace, name } = target
  const { connection } = call.session
  if (name) {
    const object = read ? await connection.json({ path: pathOf(resource, namespace, name) }) : {}
    return [{ resource, namespace, name, object, source: '' }]
  }
  const list = await connection.json<{ items?: Json[] | null } & Json>({
    path: pathOf(resource, namespace),
    query: selectorQuery(call),
  })
  const named = { apiVersion: list['apiVersion'], kind: resource.kind }
  return (list.items ?? []).map(item => {
    const object = { ...named, ...item }
    const m = metadataOf(object)
    return { resource, namespace: m.namespace ?? '', name: m.name ?? '', object, source: '' }
  })
}

/** A refused list, with what was looked for before the server's text. */
export function explainList(error: unknown, call: Call, { group, version, plural }: Resource): unknown {
  if (!(error instanceof StatusError) || (error.reason !== 'BadRequest' && error.reason !== 'NotFound')) return error
  const resource = JSON.stringify(`${group}/${version}, Resource=${plural}`)
  const [labels, fields] = ['selector', 'field-selector'].map(name => call.flags.text(name))
  const doing =
    labels || fields
      ? `Unable to find ${resource} that match label selector ${JSON.stringify(labels)}, field selector ${JSON.stringify(fields)}`
      : `Unable to list ${resource}`
  return new StatusError({ ...error.status, message: `${doing}: ${error.status.message ?? ''}` })
}

/** The selectors of the command line as a query. */
export function selectorQuery(call: Call): Record<string, string | undefined> {
  return {
    labelSelector: call.flags.text('selector') || undefined,
    fieldSelector: call.flags.text('field-selector') || undefined,
  }
}

/** As findObjects, for verbs that stop at the first fault. */
export async function requireObjects(call: Call, args: readonly string[], o: FindOptions = {}): Promise<Found[]> {
  const { found, errors } = await findObjects(call, args, o)
  throwAll(errors)
  return found
}
