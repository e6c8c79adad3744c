import { createServer, type Server } from 'node:http'
import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createJoinHandler, type JoinAnswer } from '../../../src/app/join-server.ts'
import { formatJoinToken, parseJoinToken } from '../../../src/app/join-token.ts'
import { takeLock } from '../../../src/app/lock.ts'
import { caHash, ensurePki, isCurrent, isValidAt, issueNodeCertificates, newKey } from '../../../src/app/pki.ts'
import { createTokenIssuer } from '../../../src/app/token-issuer.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { readKubeconfig } from '../../../src/client/kubeconfig.ts'
import { kubeconfigText } from '../../../src/app/kubeconfig.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const NOW = Date.UTC(2026, 5, 1)
const YEAR_MS = 365 * 86_400_000
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubelite-app-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('ensurePki()', () => {
  const names = ['localhost', '127.0.0.1', '10.43.0.1', 'kubernetes.default.svc']

  test('makes an authority and certificates that it signed, readable by the owner only', async () => {
    const pki = await ensurePki({ dir, serverNames: names, now: NOW })
    const ca = new X509Certificate(pki.ca.certificate)
    for (const pair of [pki.apiserver, pki.admin, pki.kubeletClient])
      expect(new X509Certificate(pair.certificate).checkIssued(ca)).toBe(true)
    const server = new X509Certificate(pki.apiserver.certificate)
    expect([server.checkHost('localhost'), server.checkIP('10.43.0.1'), server.checkHost('example.com')]).toEqual([
      'localhost',
      '10.43.0.1',
      undefined,
    ])
    expect(new X509Certificate(pki.admin.certificate).subject).toContain('O=system:masters')
    expect(statSync(join(dir, 'ca.key')).mode & 0o777).toBe(0o600)
  })

  test('a second start finds everything; another name makes only the server certificate anew', async () => {
    const first = await ensurePki({ dir, serverNames: names, now: NOW })
    expect(await ensurePki({ dir, serverNames: names, now: NOW })).toEqual(first)
    const renamed = await ensurePki({ dir, serverNames: [...names, 'home.example'], now: NOW })
    expect(renamed.ca).toEqual(first.ca)
    expect(renamed.admin).toEqual(first.admin)
    expect(new X509Certificate(renamed.apiserver.certificate).checkHost('home.example')).toBe('home.example')
  })

  test('certificates that end soon are made anew, the authority stays', async () => {
    const first = await ensurePki({ dir, serverNames: names, now: NOW })
    const later = await ensurePki({ dir, serverNames: names, now: NOW + 0.9 * YEAR_MS })
    expect(later.ca).toEqual(first.ca)
    expect(later.apiserver.certificate).not.toBe(first.apiserver.certificate)
    expect(isCurrent(later.apiserver, {}, later.ca, NOW + 0.9 * YEAR_MS)).toBe(true)
  })

  test('an authority made while the clock was not set yet holds when it is; the certificates follow', async () => {
    const early = await ensurePki({ dir, serverNames: names, now: 60_000 })
    const later = await ensurePki({ dir, serverNames: names, now: NOW + 2 * YEAR_MS })
    expect(later.ca).toEqual(early.ca)
    for (const now of [NOW, NOW + 29 * YEAR_MS]) expect(isValidAt(later.ca.certificate, now)).toBe(true)
    expect(isValidAt(early.apiserver.certificate, Date.UTC(2026, 6, 1))).toBe(true)
    expect(isValidAt(later.apiserver.certificate, NOW + 2 * YEAR_MS)).toBe(true)
  })

  test('a clock that ran ahead and was set back: the authority holds, what is not valid yet is made anew', async () => {
    const ahead = await ensurePki({ dir, serverNames: names, now: NOW + 5 * YEAR_MS })
    const back = await ensurePki({ dir, serverNames: names, now: NOW })
    expect(back.ca).toEqual(ahead.ca)
    expect(isValidAt(back.ca.certificate, NOW)).toBe(true)
    expect(isValidAt(back.apiserver.certificate, NOW)).toBe(true)
  })

  const damages: [string, (dir: string) => void][] = [
    ['an empty certificate', d => writeFileSync(join(d, 'apiserver.crt'), '')],
    ['an empty key', d => writeFileSync(join(d, 'apiserver.key'), '')],
    ['the key of another certificate', d => writeFileSync(join(d, 'apiserver.key'), newKey().privateKey)],
  ]
  test.each(damages)('%s is replaced', async (_, damage) => {
    const first = await ensurePki({ dir, serverNames: names, now: NOW })
    damage(dir)
    const second = await ensurePki({ dir, serverNames: names, now: NOW })
    expect(isCurrent(second.apiserver, {}, first.ca, NOW)).toBe(true)
    expect(second.admin).toEqual(first.admin)
  })

  test('a damaged authority is never replaced in silence', async () => {
    await ensurePki({ dir, serverNames: names, now: NOW })
    writeFileSync(join(dir, 'ca.crt'), '')
    await expect(ensurePki({ dir, serverNames: names, now: NOW })).rejects.toThrow(
      `${join(dir, 'ca.crt')} and ca.key are damaged`,
    )
  })

  test('a name with a wildcard is no reason to make the certificate anew at each start', async () => {
    const wild = [...names, '*.home.example']
    const first = await ensurePki({ dir, serverNames: wild, now: NOW })
    expect(await ensurePki({ dir, serverNames: wild, now: NOW })).toEqual(first)
  })
})

describe('createTokenIssuer()', () => {
  test('signs what Kubernetes puts into a service account token', async () => {
    const pki = await ensurePki({ dir, serverNames: ['localhost'], now: NOW })
    const issue = createTokenIssuer({
      privateKey: pki.serviceAccount.privateKey,
      issuer: 'https://issuer',
      clock: new FakeClock(NOW),
    })
    const issued = await issue({
      namespace: 'default',
      serviceAccount: { name: 'sa', uid: 'u1' },
      audiences: ['https://issuer'],
      expirationSeconds: 3600,
      boundObject: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'u2' },
    })
    const [header = '', payload = '', signature = ''] = issued.token.split('.')
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(read(header)).toMatchObject({ alg: 'RS256' })
    expect(read(payload)).toMatchObject({
      aud: ['https://issuer'],
      iss: 'https://issuer',
      sub: 'system:serviceaccount:default:sa',
      exp: NOW / 1000 + 3600,
      'kubernetes.io': {
        namespace: 'default',
        pod: { name: 'p', uid: 'u2' },
        serviceaccount: { name: 'sa', uid: 'u1' },
      },
    })
    const key = createPublicKey(pki.serviceAccount.publicKey)
    expect(verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true)
    expect(issued.expires).toBe(NOW + 3_600_000)
  })
})

describe('takeLock()', () => {
  const path = (): string => join(dir, 'sub', 'kubelite.pid')

  test('a second process is refused by name, and let in when the first has gone', () => {
    const first = takeLock(path())
    expect(() => takeLock(path())).toThrow(`in use by another kubelite (process ${process.pid})`)
    first[Symbol.dispose]()
    takeLock(path())[Symbol.dispose]()
    expect(existsSync(path())).toBe(false)
  })

  test('a file that a killed process left does not count', () => {
    takeLock(path())[Symbol.dispose]()
    for (const left of ['999999999 1\n', `${process.pid} 1\n`, '']) {
      writeFileSync(path(), left)
      takeLock(path())[Symbol.dispose]()
    }
  })
})

describe('join tokens', () => {
  const hash = 'ab'.repeat(32)
  test('are read as they are written', () => {
    expect(parseJoinToken(`${formatJoinToken({ caHash: hash, secret: 's.x' })}\n`)).toEqual({
      caHash: hash,
      secret: 's.x',
    })
  })
  const wrong: [string, string][] = [
    ['nothing', ''],
    ['a secret alone', 'secret'],
    ['a hash that is too short', 'KL1abcd::secret'],
    ['no secret', `KL1${hash}::`],
    ['a blank in the secret', `KL1${hash}::a b`],
  ]
  test.each(wrong)('%s is none', (_, text) => expect(parseJoinToken(text)).toBeUndefined())
})

describe('createJoinHandler()', () => {
  let server: Server
  let url: string
  beforeEach(async () => {
    const pki = await ensurePki({ dir, serverNames: ['localhost'], now: NOW })
    const cluster = {
      clusterCidr: 'a',
      serviceCidr: 'b',
      clusterDns: 'c',
      clusterDomain: 'd',
      nodePortRange: { from: 1, to: 2 },
    }
    const handler = createJoinHandler({
      ca: pki.ca,
      cluster,
      clock: new FakeClock(NOW),
      log: silentLogger,
      checkSecret: async s => s === 'right',
    })
    server = createServer((req, res) => {
      if (!handler(req, res)) res.writeHead(404).end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1-kubelite`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const key = newKey()
  const ask = (secret: string, body: object): Promise<Response> =>
    fetch(`${url}/join`, { method: 'POST', headers: { authorization: `Bearer ${secret}` }, body: JSON.stringify(body) })
  const good = { nodeName: 'two', nodeIp: '10.0.0.2', clientKey: key.publicKey, servingKey: key.publicKey }

  test('gives certificates for the keys that were sent, and the facts of the cluster', async () => {
    const ca = await (await fetch(`${url}/ca`)).text()
    expect(caHash(ca)).toMatch(/^[0-9a-f]{64}$/)
    const answer = (await (await ask('right', good)).json()) as JoinAnswer
    const client = new X509Certificate(answer.clientCertificate)
    expect([client.subject, client.checkIssued(new X509Certificate(ca))]).toEqual([
      'CN=system:node:two\nO=system:nodes',
      true,
    ])
    expect(new X509Certificate(answer.servingCertificate).checkIP('10.0.0.2')).toBe('10.0.0.2')
    expect(client.publicKey.export({ type: 'spki', format: 'pem' })).toBe(key.publicKey)
    expect(answer.cluster.clusterDomain).toBe('d')
  })

  const refused: [string, string, object, number, string][] = [
    ['a wrong secret', 'wrong', good, 401, 'The token is not valid'],
    ['a node name that is none', 'right', { ...good, nodeName: 'A b' }, 400, 'nodeName'],
    ['an address that is none', 'right', { ...good, nodeIp: 'x' }, 400, 'nodeIp'],
    ['a key that is none', 'right', { ...good, clientKey: 'x' }, 400, 'clientKey'],
  ]
  test.each(refused)('%s is refused with its name', async (_, secret, body, code, text) => {
    const answer = await ask(secret, body)
    expect([answer.status, await answer.text()]).toEqual([code, expect.stringContaining(text)])
  })
})

test('a kubeconfig that we write is one that we read', async () => {
  const text = kubeconfigText({ server: 'https://h:1', ca: 'CA', client: { certificate: 'CERT', key: 'KEY' } })
  expect(readKubeconfig(text)).toEqual({ server: 'https://h:1', ca: 'CA', cert: 'CERT', key: 'KEY', namespace: '' })
})

test('issueNodeCertificates() needs no private key of the node', async () => {
  const pki = await ensurePki({ dir, serverNames: ['localhost'], now: NOW })
  const { client, serving } = await issueNodeCertificates(
    pki.ca,
    { name: 'n', ip: '10.0.0.9', clientKey: newKey().publicKey, servingKey: newKey().publicKey },
    NOW,
  )
  expect(client).not.toBe(serving)
  expect(readFileSync(join(dir, 'ca.crt'), 'utf8')).toBe(pki.ca.certificate)
})
