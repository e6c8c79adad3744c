import { createHash, type KeyObject } from 'node:crypto'
import express, { type Express, type Request, type Response } from 'express'
import type { KindTable } from '../registry/api.ts'
import type { Discovery } from './discovery/routes.ts'
import { MEDIA_TYPES, methodNotAllowed } from './errors.ts'
import { type HealthCheck, isHealthPath, serveHealth } from './health.ts'
import { METRICS_TYPE, type Metrics } from './metrics.ts'
import { type Format, negotiate, noTransforms, onlyRoutable } from './negotiate.ts'
import { jsonWebKeySet, openIdConfiguration, type OidcFacts } from './oidc.ts'
import { openApiRoutes } from './openapi/routes.ts'
import type { RequestInfo } from './request-info.ts'
import { sendNotFoundPage, sendValue } from './respond.ts'
import { type VersionFacts, versionDocument } from './version.ts'
import type { VirtualResource } from './virtual.ts'

export interface PlainRoutesOptions {
  readonly health: readonly HealthCheck[]
  readonly metrics: Metrics
  readonly version: VersionFacts
  readonly oidc: OidcFacts
  readonly discovery: Discovery
  readonly kinds: KindTable
  readonly virtual: readonly VirtualResource[]
}

const JSON_FORMAT: Format = { encoding: 'json', pretty: false }

const infoOf = (res: Response): RequestInfo => res.locals.info as RequestInfo

function onlyGet(res: Response): void {
  if (infoOf(res).method !== 'GET') throw methodNotAllowed()
}

/** The paths outside the API's groups: health, version, metrics, OpenAPI, OpenID discovery, and the list of paths. */
export function createPlainRoutes(options: PlainRoutesOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('strict routing')
  app.enable('case sensitive routing')
  app.use(async (_req, res, next) => {
    const info = infoOf(res)
    if (isHealthPath(info.path)) await serveHealth(res, info, options.health)
    else next()
  })
  app.all(['/version', '/version/'], (req, res) => {
    onlyGet(res)
    onlyRoutable(req.headers.accept, ['application/json'])
    sendValue(req, res, { code: 200, format: { encoding: 'json', pretty: true } }, versionDocument(options.version))
  })
  app.all('/metrics', async (_req, res) => {
    onlyGet(res)
    sendMetrics(res, await options.metrics.render())
  })
  // Indicators of service level: none are kept apart from /metrics yet.
  app.all('/metrics/slis', (_req, res) => sendMetrics(res, ''))
  app.all('/.well-known/openid-configuration', (req, res) => {
    onlyGet(res)
    negotiate(req.headers.accept, { allows: noTransforms, produces: ['application/json'] })
    sendValue(req, res, { code: 200, format: JSON_FORMAT }, openIdConfiguration(options.oidc))
  })
  app.all('/openid/v1/jwks', (req, res) => {
    onlyGet(res)
    serveKeys(req, res, options.oidc)
  })
  openApiRoutes(app, options)
  app.all('/', (req, res) => {
    negotiate(req.headers.accept, { allows: noTransforms, produces: MEDIA_TYPES })
    sendValue(req, res, { code: 200, format: { encoding: 'json', pretty: true } }, { paths: paths(options) })
  })
  app.use((_req, res) => sendNotFoundPage(res))
  return app
}

function sendMetrics(res: Response, text: string): void {
  res.statusCode = 200
  res.setHeader('Content-Type', METRICS_TYPE)
  res.end(text)
}

const KEYS_TYPE = 'application/jwk-set+json'

function serveKeys(req: Request, res: Response, oidc: OidcFacts): void {
  const accept = req.headers.accept
  if (accept && !accept.split(',').some(a => ['*/*', KEYS_TYPE].includes((a.split(';')[0] ?? '').trim())))
    negotiate('none/none', { allows: noTransforms, produces: [KEYS_TYPE] })
  const bytes = Buffer.from(JSON.stringify(jsonWebKeySet(oidc, keyId)))
  res.statusCode = 200
  res.setHeader('Content-Type', KEYS_TYPE)
  res.setHeader('Cache-Control', 'public, max-age=3600')
  res.end(bytes)
}

/** The ID under which tokens name the key that signed them: a hash of the public key. */
export function keyId(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
}

function paths(options: PlainRoutesOptions): string[] {
  const list = [
    '/.well-known/openid-configuration',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/',
    '/openid/v1/jwks',
    '/version',
  ]
  for (const path of ['healthz', 'livez', 'readyz'] as const) {
    list.push(`/${path}`)
    for (const c of options.health) if (!c.paths || c.paths.includes(path)) list.push(`/${path}/${c.name}`)
  }
  list.push('/api', '/apis')
  for (const g of options.discovery.groups()) {
    const base = g.name ? `/apis/${g.name}` : '/api'
    if (g.name) list.push(base)
    for (const v of g.versions) list.push(`${base}/${v.version}`)
  }
  return list.sort()
}
