import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import type { ClusterFacts, JoinAnswer, JoinRequest } from './join-server.ts'
import { parseJoinToken } from './join-token.ts'
import { ConfigError } from './options.ts'
import {
  caHash,
  isCurrent,
  isValidAt,
  type KeyPair,
  newKey,
  readable,
  readPair,
  renewalOf,
  writeSecret,
} from './pki.ts'

/** What a joined machine keeps in its data directory. */
export interface JoinedNode {
  readonly ca: string
  readonly client: KeyPair
  readonly serving: KeyPair
  readonly cluster: ClusterFacts
}

export interface JoinOptions {
  /** `https://host:port`. */
  readonly server: string
  readonly token: string
  readonly nodeName: string
  readonly nodeIp: string
  /** Directory for certificates. */
  readonly dir: string
  readonly now: number
}

/**
 * Joins a server, or reads what an earlier join left where it still holds. The server's authority is checked
 * against the hash in the token before the secret is sent. Certificates near their end, or for another address, are
 * renewed with those themselves: the token may have expired long ago.
 */
export async function joinCluster(o: JoinOptions): Promise<JoinedNode> {
  const token = parseJoinToken(o.token)
  if (!token)
    throw new ConfigError(
      '--token: invalid value: must be KL1<hash>::<secret>, as the server writes it to DATA-DIR/token',
    )
  const kept = readJoined(o, token.caHash)
  if (kept && isFresh(kept, o)) return kept
  if (kept && isValidAt(kept.client.certificate, o.now)) {
    try {
      return await renewJoined(kept, o)
    } catch (error) {
      // A server that is away now, or that is older than this way: what there is will do for a while, or the token.
      if (isValidAt(kept.serving.certificate, o.now) && servesAddress(kept, o)) return kept
      if (!(error instanceof ConfigError)) throw error
    }
  }
  const ca = await send({ url: `${o.server}/v1-kubelite/ca`, method: 'GET', rejectUnauthorized: false })
  if (ca.code !== 200 || caHash(ca.body) !== token.caHash) {
    throw new ConfigError(
      `${o.server} is not the server that the token was made by: its certificate authority is another`,
    )
  }
  const headers = { authorization: `Bearer ${token.secret}` }
  return getCertificates(o, ca.body, { url: `${o.server}/v1-kubelite/join`, headers })
}

/** New certificates for a node that has some: it shows those. */
export function renewJoined(joined: JoinedNode, o: Omit<JoinOptions, 'token'>): Promise<JoinedNode> {
  const { certificate: cert, key } = joined.client
  return getCertificates(o, joined.ca, { url: `${o.server}/v1-kubelite/renew`, cert, key })
}

/** When the certificates of a joined node are to be made anew. */
export function renewalOfJoined(joined: JoinedNode): number {
  return Math.min(renewalOf(joined.client.certificate), renewalOf(joined.serving.certificate))
}

async function getCertificates(
  o: Omit<JoinOptions, 'token'>,
  ca: string,
  how: Pick<Call, 'url' | 'headers' | 'cert' | 'key'>,
): Promise<JoinedNode> {
  const clientKey = newKey()
  const servingKey = newKey()
  const wanted: JoinRequest = {
    nodeName: o.nodeName,
    nodeIp: o.nodeIp,
    clientKey: clientKey.publicKey,
    servingKey: servingKey.publicKey,
  }
  const answer = await send({
    ...how,
    method: 'POST',
    ca,
    headers: { ...how.headers, 'content-type': 'application/json' },
    body: JSON.stringify(wanted),
  })
  if (answer.code !== 200) throw new ConfigError(`${o.server} refuses this node: ${answer.body}`)
  const got = JSON.parse(answer.body) as JoinAnswer
  const joined: JoinedNode = {
    ca,
    client: { certificate: got.clientCertificate, key: clientKey.privateKey },
    serving: { certificate: got.servingCertificate, key: servingKey.privateKey },
    cluster: got.cluster,
  }
  keep(o, joined)
  return joined
}

function keep(o: Pick<JoinOptions, 'dir' | 'nodeName'>, joined: JoinedNode): void {
  mkdirSync(o.dir, { recursive: true, mode: 0o700 })
  for (const [name, pair] of [
    ['client', joined.client],
    ['serving', joined.serving],
  ] as const) {
    writeSecret(join(o.dir, `${name}.key`), pair.key)
    writeSecret(join(o.dir, `${name}.crt`), pair.certificate)
  }
  writeSecret(join(o.dir, 'ca.crt'), joined.ca)
  writeSecret(join(o.dir, 'joined.json'), JSON.stringify({ nodeName: o.nodeName, cluster: joined.cluster }))
}

function readJoined(o: JoinOptions, hash: string): JoinedNode | undefined {
  const caPath = join(o.dir, 'ca.crt')
  const factsPath = join(o.dir, 'joined.json')
  const client = readPair(o.dir, 'client')
  const serving = readPair(o.dir, 'serving')
  if (!client || !serving || !existsSync(caPath) || !existsSync(factsPath)) return undefined
  const ca = readFileSync(caPath, 'utf8')
  const { nodeName, cluster } = JSON.parse(readFileSync(factsPath, 'utf8')) as {
    nodeName: string
    cluster: ClusterFacts
  }
  const whole = readable(client) && readable(serving)
  return whole && caHash(ca) === hash && nodeName === o.nodeName ? { ca, client, serving, cluster } : undefined
}

function isFresh(joined: JoinedNode, o: JoinOptions): boolean {
  const authority = { certificate: joined.ca }
  const names = [{ type: 'ip' as const, value: o.nodeIp }]
  return isCurrent(joined.client, {}, authority, o.now) && isCurrent(joined.serving, { names }, authority, o.now)
}

function servesAddress(joined: JoinedNode, o: JoinOptions): boolean {
  return new X509Certificate(joined.serving.certificate).checkIP(o.nodeIp) !== undefined
}

interface Call {
  url: string
  method: string
  ca?: string
  cert?: string
  key?: string
  rejectUnauthorized?: boolean
  headers?: Record<string, string>
  body?: string
}

function send(call: Call): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { url, body, ...options } = call
    const req = request(url, { ...options, agent: false, timeout: 30_000 }, res => {
      const chunks: Buffer[] = []
      res.on('data', (c: Buffer) => chunks.push(c))
      res.on('end', () => resolve({ code: res.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }))
      res.on('error', reject)
    })
    req.on('timeout', () => req.destroy(new Error('no answer within 30 s')))
    req.on('error', (error: NodeJS.ErrnoException) => reject(explained(new URL(url), error)))
    req.end(body)
  })
}

/** What is wrong for good is a ConfigError; all else may pass. */
function explained(url: URL, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return new Error(`Cannot reach ${url.origin}`, { cause: error })
  return new ConfigError(
    `${url.hostname} is not in the server's certificate: start the server with --tls-san ${url.hostname}, or join it by another address`,
  )
}
