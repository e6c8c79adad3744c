import { yamlText } from '../base/yaml-text.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, gzip } from 'node:zlib'
import { internalError, type Status, StatusError } from '../base/errors.ts'
import { errorFormat, type Format } from './negotiate.ts'
import { Query } from './query.ts'

const NEWLINE = Buffer.from('\n')
/** Below this many bytes compression costs more than it saves. */
const GZIP_FROM_BYTES = 128 * 1024

/** `Warning: 299 - "text"` for each text, once. */
export function addWarnings(res: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length === 0) return
  const seen = new Set<string>()
  const lines: string[] = []
  for (const text of warnings) {
    if (text === '' || seen.has(text)) continue
    seen.add(text)
    lines.push(`299 - "${clean(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
  }
  if (lines.length) res.setHeader('Warning', lines)
}

/** Headers carry printable ASCII; everything else would be refused by node. */
const clean = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f]+/g, ' ').replace(/[^\x20-\x7e]/g, c => ((c.codePointAt(0) ?? 0) < 256 ? c : '?'))

export interface Sent {
  readonly code: number
  readonly format: Format
}

/** A long JSON text that is put together on its way out. */
export interface JsonPieces {
  /** Bytes of all pieces. */
  readonly length: number
  readonly pieces: () => Iterable<Buffer>
}

/** Above this many bytes pieces are sent one by one. */
const WHOLE_BYTES = 64 * 1024

/** Sends JSON, or what it holds in the wanted form. The JSON need not end in a newline. */
export function sendJson(req: IncomingMessage, res: ServerResponse, sent: Sent, json: Buffer | JsonPieces): void {
  const { format } = sent
  const whole = (): Buffer[] => (Buffer.isBuffer(json) ? [json] : [...json.pieces()])
  if (format.encoding === 'yaml' || format.pretty || wantsPretty(req)) {
    sendValue(req, res, sent, JSON.parse(Buffer.concat(whole()).toString('utf8')))
    return
  }
  const type = contentType(format)
  const length = json.length + NEWLINE.length
  if (length > GZIP_FROM_BYTES && acceptsGzip(req)) {
    sendZipped(res, sent.code, type, Buffer.concat([...whole(), NEWLINE], length))
    return
  }
  res.statusCode = sent.code
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', length)
  if (Buffer.isBuffer(json) || length < WHOLE_BYTES) res.end(Buffer.concat([...whole(), NEWLINE], length))
  else sendPieces(res, json.pieces()[Symbol.iterator]())
}

/** Makes each piece when the one before it has gone: the whole is never in memory. */
function sendPieces(res: ServerResponse, pieces: Iterator<Buffer>): void {
  for (;;) {
    const { value, done } = pieces.next()
    if (done) {
      res.end(NEWLINE)
      return
    }
    if (!res.write(value)) {
      res.once('drain', () => sendPieces(res, pieces))
      return
    }
  }
}

/** Sends a value as JSON or YAML. */
export function sendValue(req: IncomingMessage, res: ServerResponse, sent: Sent, value: unknown): void {
  const { format } = sent
  const text =
    format.encoding === 'yaml'
      ? yamlText(value)
      : format.pretty || wantsPretty(req)
        ? JSON.stringify(value, null, 2)
        : `${JSON.stringify(value)}\n`
  const bytes = Buffer.from(text)
  const type = contentType(format)
  if (bytes.length > GZIP_FROM_BYTES && acceptsGzip(req)) {
    sendZipped(res, sent.code, type, bytes)
    return
  }
  res.statusCode = sent.code
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', bytes.length)
  res.end(bytes)
}

function sendZipped(res: ServerResponse, code: number, type: string, bytes: Buffer): void {
  gzip(bytes, { level: constants.Z_BEST_SPEED }, (error, zipped) => {
    if (res.destroyed) return
    res.statusCode = code
    res.setHeader('Content-Type', type)
    if (!error) {
      res.setHeader('Content-Encoding', 'gzip')
      res.setHeader('Vary', 'Accept-Encoding')
    }
    const body = error ? bytes : zipped
    res.setHeader('Content-Length', body.length)
    res.end(body)
  })
}

export function sendText(res: ServerResponse, code: number, text: string): void {
  res.statusCode = code
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  const bytes = Buffer.from(text)
  res.setHeader('Content-Length', bytes.length)
  res.end(bytes)
}

/** Text without a word on how to read it. */
export function sendPlain(res: ServerResponse, text: string): void {
  res.statusCode = 200
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end(text)
}

/** The plain 404 of paths that nothing serves. */
export function sendNotFoundPage(res: ServerResponse): void {
  sendText(res, 404, '404 page not found\n')
}

/** Sends the Status of an error; what is no StatusError becomes a 500 without its insides. */
export function sendError(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  const status = statusOf(error)
  const retry = status.details?.retryAfterSeconds
  if (retry) res.setHeader('Retry-After', String(retry))
  // A body that was not read would be taken for the next request.
  if (!req.complete) res.setHeader('Connection', 'close')
  sendValue(req, res, { code: status.code ?? 500, format: errorFormat(req.headers.accept) }, status)
}

/** The Status that a client sees of an error. */
export function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return error.status
  // A fault of the program: its words are for the log, not for clients.
  if (error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError)
    return internalError('This request caused apiserver to panic. Look in the logs for details.').status
  return internalError(error instanceof Error ? error.message : String(error)).status
}

function contentType(format: Format): string {
  const base = format.encoding === 'yaml' ? 'application/yaml' : 'application/json'
  const as = format.as
  return as?.group === 'apidiscovery.k8s.io' ? `${base};g=${as.group};v=${as.version};as=${as.kind}` : base
}

const acceptsGzip = (req: IncomingMessage): boolean => /\bgzip\b/.test(String(req.headers['accept-encoding'] ?? ''))

/** `?pretty` decides; without it browsers, curl and wget get it pretty. */
function wantsPretty(req: IncomingMessage): boolean {
  const url = req.url ?? ''
  const at = url.indexOf('?')
  if (at >= 0 && url.includes('pretty', at)) {
    const pretty = Query.parse(url.slice(at + 1)).get('pretty')
    if (pretty) return /^(1|t|T|TRUE|true|True)$/.test(pretty)
  }
  const agent = req.headers['user-agent']
  return (
    agent !== undefined && (agent.startsWith('curl') || agent.startsWith('Wget') || agent.startsWith('Mozilla/5.0'))
  )
}
