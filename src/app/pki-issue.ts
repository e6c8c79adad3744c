import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { bits, der, octets, oid, readDer, sequence, set, tagged, time, truth, unsigned, utf8 } from '../base/der.ts'
import { ipBytes } from '../base/ip.ts'

/** One certificate to make. Without `ca` it is a self-signed authority; without `publicKey` a key is made too. */
export interface IssueJob {
  readonly name: string
  readonly ca?: string
  readonly commonName: string
  readonly organizations?: readonly string[]
  readonly names?: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[]
  readonly usages?: readonly ('server' | 'client')[]
  readonly days: number
  /** SPKI PEM of somebody else's key. */
  readonly publicKey?: string
}

export interface Issued {
  readonly name: string
  /** PEM. */
  readonly certificate: string
  /** PKCS #8 PEM; missing where the job brought a public key. */
  readonly key?: string
}

export interface Authority {
  readonly name: string
  readonly certificate: string
  readonly key: string
}

/** Who signs: name and key identifier as the authority's own certificate has them. */
interface Signer {
  readonly subject: Buffer
  readonly keyId: Buffer
  readonly key: KeyObject
}

/** Certificates count from a little before now: clocks of joining machines may be behind. */
const BACKDATE_MS = 5 * 60_000
const DAY_MS = 86_400_000
/**
 * No kubelite ran before this day. A clock that shows an earlier one is not set yet (a board without a battery starts in
 * 1970): what is made under it must still hold when it is, and an authority also where a clock is set back to the truth.
 */
const FIRST_DAY_MS = Date.UTC(2026, 0, 1)

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const
const USAGE_OIDS = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const
/** Bits of KeyUsage, the first being the highest. */
const DIGITAL_SIGNATURE = 0x80
const KEY_ENCIPHERMENT = 0x20
const KEY_CERT_SIGN = 0x04

/**
 * Makes X.509 certificates (RFC 5280) with EC P-256 keys, signed by ECDSA with SHA-256. `now` in milliseconds.
 * Written by hand, since the X.509 library takes 48 ms and 18 MB of every start, more than all of the rest here.
 */
export function issueCertificates(jobs: readonly IssueJob[], authorities: readonly Authority[], now: number): Issued[] {
  const signers = new Map(authorities.map(a => [a.name, signerOf(a)]))
  return jobs.map(job => {
    const pair = job.publicKey === undefined ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : undefined
    const publicKey = pair?.publicKey ?? createPublicKey(job.publicKey ?? '')
    const signer = job.ca === undefined ? undefined : signers.get(job.ca)
    if (job.ca !== undefined && !signer) throw new Error(`No certificate authority ${job.ca}`)
    const key = signer?.key ?? pair?.privateKey
    if (!key) throw new Error(`An authority needs a key of its own: ${job.name}`)
    const body = certificateBody(job, publicKey, signer, now)
    const signature = sign('sha256', body, key)
    const certificate = pem('CERTIFICATE', sequence(body, ECDSA_WITH_SHA256, bits(signature)))
    if (!pair) return { name: job.name, certificate }
    const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    if (!signer) signers.set(job.name, signerOf({ name: job.name, certificate, key: privateKey }))
    return { name: job.name, certificate, key: privateKey }
  })
}

/** The part of a certificate that is signed. */
function certificateBody(job: IssueJob, publicKey: KeyObject, signer: Signer | undefined, now: number): Buffer {
  const subject = nameOf(job)
  const keyInfo = publicKey.export({ type: 'spki', format: 'der' })
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return sequence(
    tagged(0, unsigned(Buffer.from([2]))),
    unsigned(serial),
    ECDSA_WITH_SHA256,
    signer?.subject ?? subject,
    sequence(
      time(signer ? now - BACKDATE_MS : Math.min(now - BACKDATE_MS, FIRST_DAY_MS)),
      time(Math.max(now, FIRST_DAY_MS) + job.days * DAY_MS),
    ),
    subject,
    keyInfo,
    tagged(3, sequence(...(signer ? leafExtensions(job, signer) : authorityExtensions(keyInfo)))),
  )
}

function authorityExtensions(keyInfo: Buffer): Buffer[] {
  return [
    extension(OID.basicConstraints, sequence(truth(true)), true),
    extension(OID.keyUsage, bits(Buffer.from([KEY_CERT_SIGN | DIGITAL_SIGNATURE]), 2), true),
    extension(OID.subjectKeyId, octets(keyIdOf(keyInfo))),
  ]
}

function leafExtensions(job: IssueJob, signer: Signer): Buffer[] {
  const usages = (job.usages ?? []).map(u => oid(USAGE_OIDS[u]))
  const names = (job.names ?? []).map(n =>
    n.type === 'dns' ? der(0x82, Buffer.from(n.value)) : der(0x87, ipBytes(n.value)),
  )
  return [
    extension(OID.basicConstraints, sequence(), true),
    extension(OID.keyUsage, bits(Buffer.from([DIGITAL_SIGNATURE | KEY_ENCIPHERMENT]), 5), true),
    ...(usages.length > 0 ? [extension(OID.extendedKeyUsage, sequence(...usages))] : []),
    extension(OID.authorityKeyId, sequence(der(0x80, signer.keyId))),
    ...(names.length > 0 ? [extension(OID.subjectAltName, sequence(...names))] : []),
  ]
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [truth(true)] : []), octets(value))
}

function nameOf(job: IssueJob): Buffer {
  const part = (id: string, text: string): Buffer => set(sequence(oid(id), utf8(text)))
  return sequence(
    part(OID.commonName, job.commonName),
    ...(job.organizations ?? []).map(o => part(OID.organization, o)),
  )
}

/** SHA-1 of the key's bits: a name for it, not a protection (RFC 5280, 4.2.1.2). */
function keyIdOf(keyInfo: Buffer): Buffer {
  const [outer] = readDer(keyInfo)
  const [, key] = readDer(outer?.content ?? Buffer.alloc(0))
  return createHash('sha1')
    .update(key?.content.subarray(1) ?? '')
    .digest()
}

/** Reads what is needed of an authority's certificate. Throws where its key is none that this file signs with. */
function signerOf(authority: Authority): Signer {
  const key = createPrivateKey(authority.key)
  if (key.asymmetricKeyType !== 'ec') throw new Error(`The key of the authority ${authority.name} is no EC key`)
  const [certificate] = readDer(new X509Certificate(authority.certificate).raw)
  const [body] = readDer(certificate?.content ?? Buffer.alloc(0))
  const fields = readDer(body?.content ?? Buffer.alloc(0))
  const [, , , , , subject, keyInfo] = fields
  if (!subject || !keyInfo) throw new Error(`The certificate of the authority ${authority.name} is no X.509 version 3`)
  return { subject: subject.raw, keyId: ownKeyId(fields.at(-1)?.content) ?? keyIdOf(keyInfo.raw), key }
}

/** The subject key identifier among a certificate's extensions. */
function ownKeyId(extensions: Buffer | undefined): Buffer | undefined {
  const wanted = oid(OID.subjectKeyId)
  for (const list of readDer(extensions ?? Buffer.alloc(0))) {
    for (const one of readDer(list.content)) {
      const [id, value] = readDer(one.content)
      if (id?.raw.equals(wanted) && value) return readDer(value.content)[0]?.content
    }
  }
  return undefined
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
