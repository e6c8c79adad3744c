import {
  createHash,
  createPrivateKey,
  generateKeyPair,
  generateKeyPairSync,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigError } from './options.ts'
import { type Authority, type Issued, type IssueJob, issueCertificates } from './pki-issue.ts'

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** All certificates and keys of a server. */
export interface Pki {
  /** The cluster's authority: signs servers, clients and nodes. */
  readonly ca: KeyPair
  readonly apiserver: KeyPair
  /** system:masters, for the admin kubeconfig. */
  readonly admin: KeyPair
  /** What the API server shows to kubelets. */
  readonly kubeletClient: KeyPair
  /** Signs service account tokens (RS256): PKCS #8 and SPKI PEM. */
  readonly serviceAccount: { readonly privateKey: string; readonly publicKey: string }
}

export interface PkiOptions {
  /** Directory of the files, mode 0700. */
  readonly dir: string
  /** DNS names and addresses of the API server. */
  readonly serverNames: readonly string[]
  readonly now: number
}

/**
 * An authority cannot be renewed without a visit to every machine and kubeconfig that knows it, and its key lies beside
 * it: thirty years, so that no cluster at home ever ends on that day.
 */
const CA_DAYS = 30 * 365
const LEAF_DAYS = 365
/** Certificates with less time left than this are made anew. */
const RENEW_MS = 90 * 86_400_000

/** Reads the server's certificates, and makes those that are missing, nearly expired or for other names. */
export async function ensurePki(options: PkiOptions): Promise<Pki> {
  const { dir, now } = options
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  // Made beside the certificates, on another thread.
  const serviceAccount = serviceAccountKey(dir)
  const ca = readPair(dir, 'ca')
  if (ca && !readable(ca))
    throw new ConfigError(
      `${join(dir, 'ca.crt')} and ca.key are damaged or do not belong together: restore both from a backup, or remove ${dir} to begin with a new authority (machines must then join again, with a new token)`,
    )
  const names = [...new Set(options.serverNames)]
  const jobs: IssueJob[] = []
  if (!ca) jobs.push({ name: 'ca', commonName: `kubelite-ca@${Math.floor(now / 1000)}`, days: CA_DAYS })
  const want = (job: IssueJob): void => {
    const pair = ca && readPair(dir, job.name)
    if (!pair || !isCurrent(pair, job, ca, now)) jobs.push(job)
  }
  want({
    name: 'apiserver',
    ca: 'ca',
    commonName: 'kube-apiserver',
    names: names.map(value => ({ type: isIP(value) ? 'ip' : 'dns', value })),
    usages: ['server'],
    days: LEAF_DAYS,
  })
  want({
    name: 'admin',
    ca: 'ca',
    commonName: 'system:admin',
    organizations: ['system:masters'],
    usages: ['client'],
    days: LEAF_DAYS,
  })
  want({
    name: 'kubelet-client',
    ca: 'ca',
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
    usages: ['client'],
    days: LEAF_DAYS,
  })
  if (jobs.length > 0) {
    for (const issued of issueCertificates(jobs, ca ? [{ name: 'ca', ...ca }] : [], now)) writePair(dir, issued)
  }
  const pair = (name: string): KeyPair => {
    const found = readPair(dir, name)
    if (!found) throw new Error(`${join(dir, name)}.crt is missing`)
    return found
  }
  return {
    ca: pair('ca'),
    apiserver: pair('apiserver'),
    admin: pair('admin'),
    kubeletClient: pair('kubelet-client'),
    serviceAccount: await serviceAccount,
  }
}

/** The client and serving certificates of one node, signed by the cluster's authority. */
export async function issueNodeCertificates(
  ca: KeyPair,
  node: { name: string; ip: string; clientKey: string; servingKey: string },
  now: number,
): Promise<{ client: string; serving: string }> {
  const authority: Authority = { name: 'ca', ...ca }
  const jobs: IssueJob[] = [
    {
      name: 'client',
      ca: 'ca',
      commonName: `system:node:${node.name}`,
      organizations: ['system:nodes'],
      usages: ['client'],
      days: LEAF_DAYS,
      publicKey: node.clientKey,
    },
    {
      name: 'serving',
      ca: 'ca',
      commonName: `system:node:${node.name}`,
      organizations: ['system:nodes'],
      names: [
        { type: 'dns', value: node.name },
        { type: 'ip', value: node.ip },
        { type: 'ip', value: '127.0.0.1' },
      ],
      usages: ['server'],
      days: LEAF_DAYS,
      publicKey: node.servingKey,
    },
  ]
  const [client, serving] = issueCertificates(jobs, [authority], now)
  return { client: client?.certificate ?? '', serving: serving?.certificate ?? '' }
}

/** An EC P-256 key: PKCS #8 and SPKI PEM. */
export function newKey(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

/** SHA-256 of the authority's certificate, as join tokens carry it: lower-case hexadecimal. */
export function caHash(certificate: string): string {
  return createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex')
}

/** A random secret of `bytes` bytes in hexadecimal. */
export function newSecret(bytes = 16): string {
  return randomBytes(bytes).toString('hex')
}

/** When a certificate is to be made anew, in milliseconds since the epoch. */
export function renewalOf(certificate: string): number {
  return new X509Certificate(certificate).validToDate.getTime() - RENEW_MS
}

/** True from the certificate's first to its last moment. */
export function isValidAt(certificate: string, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate)
  return validFromDate.getTime() <= now && now <= validToDate.getTime()
}

/** True where the certificate is ours, has the wanted names, and time left. */
export function isCurrent(
  pair: KeyPair,
  job: Pick<IssueJob, 'names'>,
  ca: Pick<KeyPair, 'certificate'>,
  now: number,
): boolean {
  const certificate = readable(pair)
  // One from the future was made before the clock was set back.
  if (!certificate || !isValidAt(pair.certificate, now) || renewalOf(pair.certificate) < now) return false
  if (!certificate.checkIssued(new X509Certificate(ca.certificate))) return false
  return (job.names ?? []).every(
    n => (n.type === 'ip' ? certificate.checkIP(n.value) : certificate.checkHost(n.value)) !== undefined,
  )
}

/** The certificate; undefined where it or its key is damaged, or one is not of the other (the power went between them). */
export function readable(pair: KeyPair): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pair.certificate)
    return certificate.checkPrivateKey(createPrivateKey(pair.key)) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** The key that signs service account tokens: RSA, since some OpenID clients know nothing else than RS256. */
async function serviceAccountKey(dir: string): Promise<Pki['serviceAccount']> {
  const path = join(dir, 'service-account.key')
  const publicPath = join(dir, 'service-account.pub')
  if (!existsSync(path) || !existsSync(publicPath)) {
    const made = await promisify(generateKeyPair)('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    writeSecret(publicPath, made.publicKey)
    writeSecret(path, made.privateKey)
  }
  return { privateKey: readFileSync(path, 'utf8'), publicKey: readFileSync(publicPath, 'utf8') }
}

export function readPair(dir: string, name: string): KeyPair | undefined {
  const certificate = join(dir, `${name}.crt`)
  const key = join(dir, `${name}.key`)
  if (!existsSync(certificate) || !existsSync(key)) return undefined
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
}

export function writePair(dir: string, issued: Issued): void {
  if (issued.key) writeSecret(join(dir, `${issued.name}.key`), issued.key)
  writeSecret(join(dir, `${issued.name}.crt`), issued.certificate)
}

/** Writes a file whole or not at all, also where the power goes; readable by its owner only. */
export function writeSecret(path: string, content: string, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.tmp`
  const file = openSync(temporary, 'w', mode)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}
