import 'reflect-metadata'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { issueCertificates, type Issued, type IssueJob } from '../../../src/app/pki-issue.ts'
import { newKey } from '../../../src/app/pki.ts'

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0)
const AUTHORITY: IssueJob = { name: 'ca', commonName: 'kubelite-ca@1', days: 3650 }
const LEAF: IssueJob = {
  name: 'leaf',
  ca: 'ca',
  commonName: 'system:node:größe',
  organizations: ['system:nodes', 'more'],
  names: [
    { type: 'dns', value: 'node.example' },
    { type: 'ip', value: '10.0.0.7' },
    { type: 'ip', value: 'fd00::7:1' },
  ],
  usages: ['server', 'client'],
  days: 365,
}

/** The certificates as another library reads them. */
function issue(...jobs: IssueJob[]): { issued: Issued[]; read: x509.X509Certificate[] } {
  const issued = issueCertificates(jobs, [], NOW)
  return { issued, read: issued.map(i => new x509.X509Certificate(i.certificate)) }
}

test('an authority signs itself and may sign others', async () => {
  const { read } = issue(AUTHORITY)
  const [ca] = read
  expect(ca?.subject).toBe('CN=kubelite-ca@1')
  expect(ca?.issuer).toBe(ca?.subject)
  expect(await ca?.verify({ date: new Date(NOW) })).toBe(true)
  expect(ca?.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: true, critical: true })
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature
  expect(ca?.getExtension(x509.KeyUsagesExtension)).toMatchObject({ usages, critical: true })
})

test('a leaf has what its job says, and the authority it names', async () => {
  const { issued, read } = issue(AUTHORITY, LEAF)
  const [ca, leaf] = read as [x509.X509Certificate, x509.X509Certificate]
  expect(leaf.subject).toBe('CN=system:node:größe, O=system:nodes, O=more')
  expect(leaf.issuer).toBe(ca.subject)
  expect(await leaf.verify({ date: new Date(NOW), publicKey: ca.publicKey })).toBe(true)
  expect(leaf.notBefore).toEqual(new Date(NOW - 5 * 60_000))
  expect(leaf.notAfter).toEqual(new Date(NOW + 365 * 86_400_000))
  expect(leaf.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: false, critical: true })
  const usages = x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment
  expect(leaf.getExtension(x509.KeyUsagesExtension)).toMatchObject({ usages, critical: true })
  expect(leaf.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([
    x509.ExtendedKeyUsage.serverAuth,
    x509.ExtendedKeyUsage.clientAuth,
  ])
  expect(leaf.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()).toEqual([
    { type: 'dns', value: 'node.example' },
    { type: 'ip', value: '10.0.0.7' },
    { type: 'ip', value: 'fd00::7:1' },
  ])
  expect(leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId).toBe(
    ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
  )
  const node = new X509Certificate(issued[1]?.certificate ?? '')
  expect(node.checkIssued(new X509Certificate(issued[0]?.certificate ?? ''))).toBe(true)
  expect(node.checkPrivateKey(createPrivateKey(issued[1]?.key ?? ''))).toBe(true)
})

test("a certificate for somebody else's key has that key and brings none", () => {
  const theirs = newKey()
  const { issued } = issue(AUTHORITY, { ...LEAF, publicKey: theirs.publicKey })
  expect(issued[1]?.key).toBeUndefined()
  const certificate = new X509Certificate(issued[1]?.certificate ?? '')
  expect(certificate.publicKey.equals(createPublicKey(theirs.publicKey))).toBe(true)
})

test('a years-long certificate says its end in the form for years from 2050 on', () => {
  const { read } = issue({ ...AUTHORITY, days: 36_500 })
  expect(read[0]?.notAfter).toEqual(new Date(NOW + 36_500 * 86_400_000))
})

test('an authority that another program made is taken by its own name and key identifier', async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'C=DE, O=Elsewhere, CN=Their CA',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(NOW),
    notAfter: new Date(NOW + 86_400_000),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.SubjectKeyIdentifierExtension('0102030405'),
    ],
  })
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const authority = {
    name: 'ca',
    certificate: made.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  }
  const [issued] = issueCertificates([LEAF], [authority], NOW)
  const leaf = new x509.X509Certificate(issued?.certificate ?? '')
  expect(leaf.issuer).toBe(made.subject)
  expect(await leaf.verify({ date: new Date(NOW), publicKey: made.publicKey })).toBe(true)
  expect(leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId).toBe('0102030405')
})

test.each([
  ['of an authority that is not there', [LEAF], /No certificate authority ca/],
  [
    'that signs itself with a key that is not here',
    [{ ...AUTHORITY, publicKey: newKey().publicKey }],
    /needs a key of its own/,
  ],
])('refuses a certificate %s', (_, jobs, message) => {
  expect(() => issueCertificates(jobs, [], NOW)).toThrow(message)
})
