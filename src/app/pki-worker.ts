/**
 * Issues certificates in a thread of its own, so that the X.509 library (48 ms and 18 MB) is gone again once the
 * files are there. Private keys of joining nodes never come here: only their public keys.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { webcrypto } from 'node:crypto'
import 'reflect-metadata' // @peculiar/x509 asks for it: must stand before it
import * as x509 from '@peculiar/x509'
import type { Issued, IssueJob } from './pki-issue.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** Certificates count from a little before now: clocks of joining machines may be behind. */
const BACKDATE_MS = 5 * 60_000

interface Signer {
  certificate: string
  key: webcrypto.CryptoKey
}

async function issue(job: IssueJob, signers: Map<string, Signer>, now: number): Promise<Issued> {
  const pair = job.publicKey ? undefined : await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const publicKey = job.publicKey
    ? await webcrypto.subtle.importKey('spki', new Uint8Array(pemBytes(job.publicKey)), ALGORITHM, true, ['verify'])
    : (pair as webcrypto.CryptoKeyPair).publicKey
  const subject = [{ CN: [job.commonName] }, ...(job.organizations ?? []).map(o => ({ O: [o] }))]
  const dates = { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + job.days * 86_400_000) }
  let certificate: x509.X509Certificate
  if (job.ca === undefined) {
    certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: subject,
      keys: pair as webcrypto.CryptoKeyPair,
      signingAlgorithm: ALGORITHM,
      ...dates,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
        await x509.SubjectKeyIdentifierExtension.create(publicKey),
      ],
    })
  } else {
    const signer = signers.get(job.ca)
    if (!signer) throw new Error(`No certificate authority ${job.ca}`)
    const issuer = new x509.X509Certificate(signer.certificate)
    const usages = (job.usages ?? []).map(u =>
      u === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
    )
    certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: issuer.subject,
      publicKey,
      signingKey: signer.key,
      signingAlgorithm: ALGORITHM,
      ...dates,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension(usages),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
        ...(job.names?.length
          ? [new x509.SubjectAlternativeNameExtension(job.names.map(n => ({ type: n.type, value: n.value })))]
          : []),
      ],
    })
  }
  const pem = `${certificate.toString('pem').trim()}\n`
  if (!pair) return { name: job.name, certificate: pem }
  const keyBytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)).toString('base64')
  const key = `-----BEGIN PRIVATE KEY-----\n${keyBytes.replace(/.{64}/g, '$&\n').trim()}\n-----END PRIVATE KEY-----\n`
  if (job.ca === undefined) signers.set(job.name, { certificate: pem, key: pair.privateKey })
  return { name: job.name, certificate: pem, key }
}

function pemBytes(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
}

async function run(): Promise<void> {
  const { jobs, authorities, now } = workerData as {
    jobs: IssueJob[]
    authorities: { name: string; certificate: string; key: string }[]
    now: number
  }
  const signers = new Map<string, Signer>()
  for (const a of authorities) {
    const key = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(pemBytes(a.key)), ALGORITHM, false, ['sign'])
    signers.set(a.name, { certificate: a.certificate, key })
  }
  const issued: Issued[] = []
  for (const job of jobs) issued.push(await issue(job, signers, now))
  parentPort?.postMessage(issued)
}

run().catch((error: unknown) => {
  throw error
})
