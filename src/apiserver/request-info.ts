import { parseFieldSelector } from '../base/selector.ts'
import { Query } from './query.ts'

/** What a request's method and path mean (Kubernetes' RequestInfo): the basis of authorization and routing. */
export interface RequestInfo {
  readonly method: string
  /** Decoded path. */
  readonly path: string
  readonly query: Query
  /** False for paths outside the API such as /healthz, and for discovery. */
  readonly isResource: boolean
  /** Resource verb (get, list, watch, …), or the method in lower case. */
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** Path parts from the resource on: resource, name, subresource, more. */
  readonly parts: readonly string[]
  /** The deprecated form with `watch` or `proxy` before the resource. */
  readonly verbInPath: boolean
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Thrown for a path or escape that no server would understand. */
export class BadPathError extends Error {
  constructor(url: string) {
    super(`Cannot read URL ${JSON.stringify(url)}`)
    this.name = 'BadPathError'
  }
}

/** Reads method and URL. Throws {@link BadPathError}. */
export function requestInfo(method: string, url: string): RequestInfo {
  const at = url.indexOf('?')
  const path = decodePath(at < 0 ? url : url.slice(0, at), url)
  const query = Query.parse(at < 0 ? '' : url.slice(at + 1))
  const parts = split(path)
  const plain: RequestInfo = {
    method,
    path,
    query,
    isResource: false,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: [],
    verbInPath: false,
  }
  if (parts.length < 3) return plain
  if (parts[0] === 'api') return resourceInfo(plain, '', parts.slice(1))
  if (parts[0] === 'apis' && parts.length >= 4) return resourceInfo(plain, parts[1] ?? '', parts.slice(2))
  return plain
}

/** `parts` start with the version. */
function resourceInfo(plain: RequestInfo, group: string, [version = '', ...rest]: string[]): RequestInfo {
  let parts = rest
  const special = parts[0] === 'watch' || parts[0] === 'proxy' ? parts[0] : undefined
  if (special) parts = parts.slice(1)
  let verb = special ?? VERBS[plain.method] ?? ''
  let namespace = ''
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] ?? ''
    if (parts.length > 2 && parts[2] !== 'status' && parts[2] !== 'finalize') parts = parts.slice(2)
  }
  const resource = parts[0] ?? ''
  let name = parts[1] ?? ''
  const subresource = special === 'proxy' ? '' : (parts[2] ?? '')
  if (name === '' && verb === 'get') {
    verb = plain.query.flag('watch') ? 'watch' : 'list'
    name = nameOfSelector(plain.query)
  } else if (name === '' && verb === 'watch') name = nameOfSelector(plain.query)
  else if (name === '' && verb === 'delete') verb = 'deletecollection'
  return {
    ...plain,
    isResource: true,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    parts,
    verbInPath: special !== undefined,
  }
}

/** A list of the one object that a field selector names is authorized as if it were named in the path. */
function nameOfSelector(query: Query): string {
  const selector = query.get('fieldSelector')
  if (!selector?.includes('metadata.name')) return ''
  try {
    const name = parseFieldSelector(selector).find(r => r.field === 'metadata.name' && r.equal)?.value ?? ''
    return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name
  } catch {
    return ''
  }
}

function decodePath(path: string, url: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    throw new BadPathError(url)
  }
}

function split(path: string): string[] {
  const start = path.startsWith('/') ? 1 : 0
  const end = path.length > start && path.endsWith('/') ? path.length - 1 : path.length
  return end <= start ? [] : path.slice(start, end).split('/')
}
