import { timingSafeEqual, createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIPv4 } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '../base/log.ts'
import type { Clock } from '../base/clock.ts'
import { issueNodeCertificates, type KeyPair } from './pki.ts'

/** What a joining machine sends: public keys only. */
export interface JoinRequest {
  readonly nodeName: string
  readonly nodeIp: string
  /** SPKI PEM. */
  readonly clientKey: string
  /** SPKI PEM. */
  readonly servingKey: string
}

/** What it gets: its certificates and the facts of the cluster that every node needs. */
export interface JoinAnswer {
  readonly clientCertificate: string
  readonly servingCertificate: string
  readonly cluster: ClusterFacts
}

export interface ClusterFacts {
  readonly clusterCidr: string
  readonly serviceCidr: string
  readonly clusterDns: string
  readonly clusterDomain: string
  readonly nodePortRange: { readonly from: number; readonly to: number }
}

export interface JoinServerOptions {
  readonly ca: KeyPair
  readonly cluster: ClusterFacts
  readonly clock: Clock
  readonly log: Logger
  /** True where the secret is the server's own or a valid bootstrap token. */
  readonly checkSecret: (secret: string) => Promise<boolean>
}

const NODE_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const MAX_BODY_BYTES = 64 * 1024

const NODES = 'system:nodes'
const NODE_USER = 'system:node:'

/** Paths outside the Kubernetes API: the authority's certificate for anyone, node certificates for a token or a node. */
export function createJoinHandler(o: JoinServerOptions): (req: IncomingMessage, res: ServerResponse) => boolean {
  return (req, res) => {
    if (req.url === '/v1-kubelite/ca' && req.method === 'GET') {
      answer(res, 200, o.ca.certificate, 'application/x-pem-file')
      return true
    }
    const way = WAYS.get(req.url ?? '')
    if (!way) return false
    if (req.method !== 'POST') {
      answer(res, 405, 'Use POST')
      return true
    }
    way(o, req).then(
      done => answer(res, 200, JSON.stringify(done), 'application/json'),
      (error: unknown) => {
        const known = error instanceof JoinError
        if (!known) o.log.error('Cannot let a node join', { error })
        answer(res, known ? error.code : 500, known ? error.message : 'Internal error: see the log of the server')
      },
    )
    return true
  }
}

class JoinError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

type Way = (o: JoinServerOptions, req: IncomingMessage) => Promise<JoinAnswer>

/** A machine that shows a token joins; a node that shows its own certificate gets new ones, however old its token. */
const WAYS: ReadonlyMap<string, Way> = new Map([
  ['/v1-kubelite/join', join],
  ['/v1-kubelite/renew', renew],
])

async function join(o: JoinServerOptions, req: IncomingMessage): Promise<JoinAnswer> {
  const secret = /^Bearer (\S+)$/.exec(req.headers.authorization ?? '')?.[1]
  if (!secret || !(await o.checkSecret(secret))) throw new JoinError(401, 'The token is not valid, or has expired')
  const wanted = await readRequest(req)
  o.log.info('Node joins', { node: wanted.nodeName, address: wanted.nodeIp })
  return issue(o, wanted)
}

async function renew(o: JoinServerOptions, req: IncomingMessage): Promise<JoinAnswer> {
  const node = nodeOf(req)
  if (node === undefined) throw new JoinError(401, 'Show the certificate of a node')
  const wanted = await readRequest(req)
  if (wanted.nodeName !== node) throw new JoinError(403, `nodeName: the certificate is that of node "${node}"`)
  o.log.info('Node renews its certificates', { node, address: wanted.nodeIp })
  return issue(o, wanted)
}

/** The node that a request's certificate, checked against our authority, is of. */
function nodeOf(req: IncomingMessage): string | undefined {
  const socket = req.socket as Partial<TLSSocket>
  if (!socket.authorized) return undefined
  const subject = socket.getPeerCertificate?.().subject
  const name = [subject?.CN].flat()[0]
  const groups = [subject?.O].flat()
  return groups.includes(NODES) && name?.startsWith(NODE_USER) ? name.slice(NODE_USER.length) : undefined
}

async function issue(o: JoinServerOptions, wanted: JoinRequest): Promise<JoinAnswer> {
  const issued = await issueNodeCertificates(
    o.ca,
    { name: wanted.nodeName, ip: wanted.nodeIp, clientKey: wanted.clientKey, servingKey: wanted.servingKey },
    o.clock.now(),
  )
  return { clientCertificate: issued.client, servingCertificate: issued.serving, cluster: o.cluster }
}

async function readRequest(req: IncomingMessage): Promise<JoinRequest> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new JoinError(413, 'The request is too large')
    chunks.push(chunk)
  }
  let body: Partial<JoinRequest>
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Partial<JoinRequest>
  } catch {
    throw new JoinError(400, 'The request is not JSON')
  }
  const { nodeName, nodeIp, clientKey, servingKey } = body
  if (typeof nodeName !== 'string' || !NODE_NAME.test(nodeName))
    throw new JoinError(400, 'nodeName: must be a DNS name')
  if (typeof nodeIp !== 'string' || !isIPv4(nodeIp)) throw new JoinError(400, 'nodeIp: must be an IPv4 address')
  const isKey = (k: unknown): k is string => typeof k === 'string' && k.startsWith('-----BEGIN PUBLIC KEY-----')
  if (!isKey(clientKey)) throw new JoinError(400, 'clientKey: must be a public key in PEM')
  if (!isKey(servingKey)) throw new JoinError(400, 'servingKey: must be a public key in PEM')
  return { nodeName, nodeIp, clientKey, servingKey }
}

function answer(res: ServerResponse, code: number, body: string, type = 'text/plain; charset=utf-8'): void {
  res.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  res.end(body)
}

/** Compares without telling by time how much was equal. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (s: string): Buffer => createHash('sha256').update(s).digest()
  return timingSafeEqual(digest(a), digest(b))
}
