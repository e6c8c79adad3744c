import { createHash } from 'node:crypto'
import type { Express, Request, Response } from 'express'
import type { Kind } from '../../kinds/kind.ts'
import type { KindTable } from '../../registry/api.ts'
import { methodNotAllowed, noRepresentation, notAcceptable } from '../errors.ts'
import type { RequestInfo } from '../request-info.ts'
import { sendJson } from '../respond.ts'
import type { VirtualResource } from '../virtual.ts'
import { documentV2, documentV3 } from './documents.ts'
import { documentV2Protobuf } from './protobuf-v2.ts'
import { type Operation, operationsOf, virtualOperations } from './operations.ts'

export interface OpenApiOptions {
  readonly kinds: KindTable
  readonly virtual: readonly VirtualResource[]
  readonly version: { readonly gitVersion: string }
}

interface Made {
  readonly bytes: Buffer
  readonly etag: string
}

/** The OpenAPI documents: made when first asked for, and again when kinds came or went. */
class Documents {
  readonly #options: OpenApiOptions
  #kinds: readonly Kind[] = []
  #made = new Map<string, Made>()

  constructor(options: OpenApiOptions) {
    this.#options = options
  }

  v2(): Made {
    return this.#get('v2', () => bytesOf(this.#documentV2()))
  }

  v2Protobuf(): Made {
    return this.#get('v2.pb', () => documentV2Protobuf(this.#documentV2()))
  }

  #documentV2(): Readonly<Record<string, unknown>> {
    return documentV2(this.#operations(), this.#options.version.gitVersion) as Record<string, unknown>
  }

  /** `api/v1`, `apis/apps/v1`: undefined where that is not served. */
  v3(path: string): Made | undefined {
    const root = `/${path}/`
    const operations = this.#operations().filter(o => o.path.startsWith(root))
    if (operations.length === 0) return undefined
    return this.#get(`v3/${path}`, () => bytesOf(documentV3(operations, this.#options.version.gitVersion)))
  }

  /** Paths of the documents, each with a hash that changes when it does. */
  index(): Made {
    return this.#get('v3', () => {
      const paths: Record<string, unknown> = {}
      for (const path of this.#groupVersions())
        paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#fingerprint(path)}` }
      return bytesOf({ paths })
    })
  }

  /** Stands for the document's content without making it: its operations and the version say it all. */
  #fingerprint(path: string): string {
    const hash = createHash('sha512').update(this.#options.version.gitVersion)
    for (const o of this.#operations()) if (o.path.startsWith(`/${path}/`)) hash.update(o.id)
    return hash.digest('hex').toUpperCase()
  }

  #groupVersions(): string[] {
    const all = [...this.#options.kinds.all(), ...this.#options.virtual]
    return [...new Set(all.map(k => (k.group ? `apis/${k.group}/${k.version}` : `api/${k.version}`)))].sort()
  }

  #operations(): Operation[] {
    return [...this.#options.kinds.all().flatMap(operationsOf), ...this.#options.virtual.flatMap(virtualOperations)]
  }

  #get(key: string, make: () => Buffer): Made {
    const kinds = this.#options.kinds.all()
    if (kinds !== this.#kinds) {
      this.#kinds = kinds
      this.#made.clear()
    }
    let made = this.#made.get(key)
    if (!made) {
      const bytes = make()
      made = { bytes, etag: `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"` }
      this.#made.set(key, made)
    }
    return made
  }
}

const bytesOf = (document: unknown): Buffer => Buffer.from(JSON.stringify(document))

const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
/** As kubectl still asks for it. */
const V2_PROTOBUF_BEFORE = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const V2_TYPES = ['application/json', 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf']
const V3_TYPES = ['application/json', 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf']

export function openApiRoutes(app: Express, options: OpenApiOptions): void {
  const documents = new Documents(options)
  app.all('/openapi/v2', (req, res) => {
    onlyGet(res)
    if (wantsProtobufV2(req)) return sendProtobuf(req, res, documents.v2Protobuf())
    wantsJson(req, V2_TYPES)
    send(req, res, documents.v2())
  })
  app.all(['/openapi/v3', '/openapi/v3/'], (req, res) => {
    onlyGet(res)
    const { bytes, etag } = documents.index()
    res.setHeader('Etag', etag)
    res.statusCode = 200
    res.setHeader('Content-Type', 'text/plain; charset=utf-8')
    if (req.headers['if-none-match'] === etag) res.statusCode = 304
    res.end(res.statusCode === 304 ? undefined : bytes)
  })
  app.all('/openapi/v3/*path', (req, res) => {
    const found = documents.v3((res.locals.info as RequestInfo).path.slice('/openapi/v3/'.length))
    if (!found) {
      res.statusCode = 404
      res.end()
      return
    }
    onlyGet(res)
    wantsJson(req, V3_TYPES)
    if (typeof req.query.hash === 'string') res.setHeader('Cache-Control', 'public, immutable')
    send(req, res, found)
  })
}

function onlyGet(res: Response): void {
  if ((res.locals.info as RequestInfo).method !== 'GET') throw methodNotAllowed()
}

/** The first that is known of what the client takes. */
function wantsProtobufV2(req: Request): boolean {
  const wanted = (req.headers.accept ?? '').split(',').map(part => (part.split(';')[0] ?? '').trim())
  const first = wanted.find(t => [...V2_TYPES, V2_PROTOBUF_BEFORE, '*/*', 'application/*'].includes(t))
  return first === V2_PROTOBUF || first === V2_PROTOBUF_BEFORE
}

function sendProtobuf(req: Request, res: Response, { bytes, etag }: Made): void {
  res.setHeader('Etag', etag)
  res.setHeader('Vary', 'Accept-Encoding, Accept')
  res.setHeader('Content-Type', V2_PROTOBUF)
  res.statusCode = req.headers['if-none-match'] === etag ? 304 : 200
  res.end(res.statusCode === 304 ? undefined : bytes)
}

/** Documents are JSON otherwise: throws 406 for who takes only protobuf or something else. */
function wantsJson(req: Request, types: readonly string[]): void {
  const accept = req.headers.accept
  if (!accept) return
  const wanted = accept.split(',').map(part => (part.split(';')[0] ?? '').trim())
  if (wanted.some(t => t === '*/*' || t === 'application/*' || t === 'application/json')) return
  throw wanted.some(t => types.includes(t)) ? notAcceptable(types) : noRepresentation(types)
}

function send(req: Request, res: Response, { bytes, etag }: Made): void {
  res.setHeader('Etag', etag)
  res.setHeader('Vary', 'Accept-Encoding, Accept')
  if (req.headers['if-none-match'] === etag) {
    res.statusCode = 304
    res.end()
    return
  }
  sendJson(req, res, { code: 200, format: { encoding: 'json', pretty: false } }, bytes)
}
