import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Kind } from '../../kinds/kind.ts'
import type { KindTable } from '../../registry/api.ts'
import { MEDIA_TYPES, methodNotAllowed, noSuchResource } from '../errors.ts'
import { type AllowsTransform, negotiate, noTransforms } from '../negotiate.ts'
import type { RequestInfo } from '../request-info.ts'
import { sendJson, sendNotFoundPage } from '../respond.ts'
import type { VirtualResource } from '../virtual.ts'
import { aggregated, apiVersions, groupDocument, groupList, resourceList } from './documents.ts'
import { discover, type DiscoveredGroup } from './model.ts'

export interface DiscoveryOptions {
  readonly kinds: KindTable
  readonly virtual: readonly VirtualResource[]
  /** `host:port` that clients are told. */
  readonly address: string
}

interface Document {
  readonly bytes: Buffer
  readonly etag: string
}

const AGGREGATED: AllowsTransform = as =>
  as.group === 'apidiscovery.k8s.io' && as.version === 'v2' && as.kind === 'APIGroupDiscoveryList'

/** What the API has: documents made once for each set of kinds. */
export class Discovery {
  readonly #options: DiscoveryOptions
  #kinds: readonly Kind[] = []
  #groups: DiscoveredGroup[] | undefined
  #documents = new Map<string, Document>()

  constructor(options: DiscoveryOptions) {
    this.#options = options
  }

  /** True for /api, /apis and what stands below them without naming a resource. */
  handles(info: RequestInfo): boolean {
    return !info.isResource && /^\/apis?(\/|$)/.test(info.path)
  }

  serve(req: IncomingMessage, res: ServerResponse, info: RequestInfo): void {
    const parts = info.path.split('/').filter(Boolean)
    if (parts[0] === 'api') this.#core(req, res, info, parts)
    else this.#named(req, res, info, parts)
  }

  #core(req: IncomingMessage, res: ServerResponse, info: RequestInfo, parts: readonly string[]): void {
    if (parts.length > 2 || (parts.length === 2 && parts[1] !== 'v1')) throw noSuchResource()
    if (info.method !== 'GET') throw methodNotAllowed()
    if (parts.length === 1) {
      this.#root(
        req,
        res,
        'api',
        groups => groups.filter(g => g.name === ''),
        () => apiVersions(this.#options.address),
      )
      return
    }
    const version = this.groups().find(g => g.name === '')?.versions[0]
    this.#plain(req, res, 'api/v1', () => resourceList('', version ?? { version: 'v1', resources: [] }))
  }

  #named(req: IncomingMessage, res: ServerResponse, info: RequestInfo, parts: readonly string[]): void {
    const [, name, versionName] = parts
    if (name === undefined) {
      this.#root(req, res, 'apis', groups => groups.filter(g => g.name !== ''), groupList)
      return
    }
    const group = this.groups().find(g => g.name === name)
    if (!group || parts.length > 3) {
      sendNotFoundPage(res)
      return
    }
    if (versionName === undefined) {
      this.#plain(req, res, name, () => groupDocument(group))
      return
    }
    const version = group.versions.find(v => v.version === versionName)
    if (!version) {
      if (this.#isCustom(name)) sendNotFoundPage(res)
      else throw noSuchResource()
      return
    }
    if (info.method !== 'GET') throw methodNotAllowed()
    this.#plain(req, res, `${name}/${versionName}`, () => resourceList(name, version))
  }

  #isCustom(group: string): boolean {
    return this.#options.kinds.all().some(k => k.group === group && k.custom)
  }

  /** Groups as they are now; made again when a custom resource came or went. */
  groups(): DiscoveredGroup[] {
    const now = this.#options.kinds.all()
    if (!this.#groups || now !== this.#kinds) {
      this.#kinds = now
      this.#groups = discover(this.#options.kinds, this.#options.virtual)
      this.#documents.clear()
    }
    return this.#groups
  }

  #root(
    req: IncomingMessage,
    res: ServerResponse,
    key: string,
    pick: (groups: DiscoveredGroup[]) => DiscoveredGroup[],
    plain: (groups: DiscoveredGroup[]) => unknown,
  ): void {
    const format = negotiate(req.headers.accept, {
      allows: AGGREGATED,
      ...(key === 'api' ? { produces: MEDIA_TYPES } : {}),
    })
    const groups = pick(this.groups())
    res.setHeader('Vary', 'Accept')
    if (!format.as) {
      sendJson(req, res, { code: 200, format }, this.#document(key, () => plain(groups)).bytes)
      return
    }
    const document = this.#document(`${key};aggregated`, () => aggregated(groups))
    res.setHeader('ETag', document.etag)
    if (req.headers['if-none-match'] === document.etag) {
      res.statusCode = 304
      res.end()
      return
    }
    res.setHeader('Cache-Control', 'public')
    sendJson(req, res, { code: 200, format }, document.bytes)
  }

  #plain(req: IncomingMessage, res: ServerResponse, key: string, make: () => unknown): void {
    const format = negotiate(req.headers.accept, { allows: noTransforms, produces: MEDIA_TYPES })
    this.groups()
    sendJson(req, res, { code: 200, format }, this.#document(key, make).bytes)
  }

  #document(key: string, make: () => unknown): Document {
    let document = this.#documents.get(key)
    if (!document) {
      const bytes = Buffer.from(JSON.stringify(make()))
      document = { bytes, etag: `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"` }
      this.#documents.set(key, document)
    }
    return document
  }
}
