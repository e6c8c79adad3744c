import type { IncomingMessage } from 'node:http'
import { badRequest } from '../base/errors.ts'
import type { Body } from '../registry/api.ts'
import { entityTooLarge, MEDIA_TYPES, unsupportedBody } from './errors.ts'
import { protobufToJson } from './protobuf.ts'

/** Largest request body, as etcd and so Kubernetes has it. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024

/**
 * A body above the limit is read to its end up to here, and thrown away: a client that is still sending when the
 * connection closes would never read the answer.
 */
const MAX_DRAINED_BYTES = 32 * 1024 * 1024

const EMPTY = Buffer.alloc(0)

/** The whole body. Rejects with 413 beyond the limit, with 400 when the client goes away in the middle. */
export function readBody(req: IncomingMessage): Promise<Buffer> {
  const announced = req.headers['content-length']
  if (announced !== undefined) {
    if (Number(announced) > MAX_DRAINED_BYTES) return Promise.reject(entityTooLarge(MAX_BODY_BYTES))
    if (announced === '0') return Promise.resolve(EMPTY)
  } else if (req.headers['transfer-encoding'] === undefined) return Promise.resolve(EMPTY)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    req.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= MAX_BODY_BYTES) chunks.push(chunk)
      else chunks.length = 0
      if (length <= MAX_DRAINED_BYTES) return
      req.removeAllListeners('data')
      req.pause()
      reject(entityTooLarge(MAX_BODY_BYTES))
    })
    req.on('end', () => {
      if (length > MAX_BODY_BYTES) reject(entityTooLarge(MAX_BODY_BYTES))
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length))
    })
    req.on('error', error => reject(badRequest(error.message)))
    req.on('close', () => reject(badRequest('unexpected EOF')))
  })
}

/** The body of an object in a form that the registry reads, by its Content-Type (missing: JSON). Throws 415 or 400. */
export function bodyOf(contentType: string | undefined, bytes: Buffer): Body {
  const type = bodyType(contentType)
  return type === 'protobuf' ? { type: 'json', bytes: protobufToJson(bytes) } : { type, bytes }
}

/** JSON, YAML or protobuf by the Content-Type of an object. Throws 415. */
export function bodyType(contentType: string | undefined): 'json' | 'yaml' | 'protobuf' {
  if (contentType === undefined || contentType === '' || contentType === 'application/json') return 'json'
  switch (mediaType(contentType)) {
    case 'application/json':
      return 'json'
    case 'application/yaml':
      return 'yaml'
    case 'application/vnd.kubernetes.protobuf':
      return 'protobuf'
    default:
      throw unsupportedBody(MEDIA_TYPES)
  }
}

/** The type in lower case without parameters; '' where the header is malformed. */
export function mediaType(header: string): string {
  const [type = '', ...params] = header.split(';')
  for (const p of params) if (p.trim() !== '' && !/^\s*[\w!#$&^.+-]+\s*=\s*("[^"]*"|[^\s"]*)\s*$/.test(p)) return ''
  return type.trim().toLowerCase()
}
