import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { CertificateKeeper } from '../../../src/app/certificate-keeper.ts'
import { HttpsListener } from '../../../src/app/https-listener.ts'
import { joinCluster, type JoinOptions, renewalOfJoined, renewJoined } from '../../../src/app/join-client.ts'
import { createJoinHandler } from '../../../src/app/join-server.ts'
import { formatJoinToken } from '../../../src/app/join-token.ts'
import { caHash, ensurePki, isValidAt, issueNodeCertificates, newKey, type Pki } from '../../../src/app/pki.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

describe('CertificateKeeper', () => {
  const NOW = Date.UTC(2026, 5, 1)
  const setUp = (dueInMs: number, fails = 0, lastsMs = 100 * DAY_MS) => {
    const clock = new FakeClock(NOW)
    const renewed: number[] = []
    let due = NOW + dueInMs
    let left = fails
    const keeper = new CertificateKeeper({
      clock,
      log: silentLogger,
      items: [
        {
          name: 'x',
          due: () => due,
          renew: async () => {
            renewed.push(clock.now() - NOW)
            if (left-- > 0) throw new Error('the server is away')
            due = clock.now() + lastsMs
          },
        },
      ],
    })
    return { clock, keeper, renewed }
  }

  test('renews on the day, and again when that comes round', async () => {
    const { clock, keeper, renewed } = setUp(100 * DAY_MS)
    await keeper.start()
    await clock.advance(250 * DAY_MS)
    expect(renewed).toEqual([100 * DAY_MS, 200 * DAY_MS])
    await keeper.stop()
    expect(clock.pending).toBe(0)
  })

  test('what is due already is renewed at once', async () => {
    const { clock, keeper, renewed } = setUp(-DAY_MS)
    await keeper.start()
    await clock.advance(0)
    expect(renewed).toEqual([0])
    await keeper.stop()
  })

  test('tries again each hour where it fails, and not more often', async () => {
    const { clock, keeper, renewed } = setUp(0, 3)
    await keeper.start()
    await clock.advance(DAY_MS)
    expect(renewed).toEqual([0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS])
    await keeper.stop()
  })

  test('what is due as soon as it is made is made anew each hour, and not more often', async () => {
    const { clock, keeper, renewed } = setUp(0, 0, -DAY_MS)
    await keeper.start()
    await clock.advance(2 * HOUR_MS)
    expect(renewed).toEqual([0, HOUR_MS, 2 * HOUR_MS])
    await keeper.stop()
  })

  test('a clock that is set forward is noticed within half a day', async () => {
    const clock = new FakeClock(NOW)
    let jump = 0
    const renewed: number[] = []
    const keeper = new CertificateKeeper({
      clock: { now: () => clock.now() + jump, setTimer: clock.setTimer.bind(clock), sleep: clock.sleep.bind(clock) },
      log: silentLogger,
      items: [
        {
          name: 'x',
          due: () => (renewed.length > 0 ? Infinity : NOW + 300 * DAY_MS),
          renew: async () => void renewed.push(clock.now() - NOW),
        },
      ],
    })
    await keeper.start()
    jump = 1000 * DAY_MS
    await clock.advance(12 * HOUR_MS)
    expect(renewed).toEqual([12 * HOUR_MS])
    await keeper.stop()
  })
})

describe('a joined node', () => {
  let dir: string
  let pki: Pki
  let listener: HttpsListener
  let token: string
  let url: string
  /** TLS looks at the real clock. */
  const now = new Date().getTime()

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kubelite-app-'))
    pki = await ensurePki({ dir: join(dir, 'server'), serverNames: ['localhost', '127.0.0.1'], now })
    token = 'right'
    const handler = createJoinHandler({
      ca: pki.ca,
      cluster: {
        clusterCidr: 'a',
        serviceCidr: 'b',
        clusterDns: 'c',
        clusterDomain: 'd',
        nodePortRange: { from: 1, to: 2 },
      },
      clock: new FakeClock(now),
      log: silentLogger,
      checkSecret: async s => s === token,
    })
    listener = new HttpsListener({
      address: '127.0.0.1',
      port: 0,
      portFlag: 'x',
      serving: pki.apiserver,
      clientCa: pki.ca.certificate,
      handler: (req, res) => {
        if (!handler(req, res)) res.writeHead(404).end()
      },
      upgrade: (_, socket) => socket.destroy(),
    })
    await listener.start()
    url = `https://127.0.0.1:${listener.port}`
  })
  afterEach(async () => {
    await listener.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const options = (change: Partial<JoinOptions> = {}): JoinOptions => ({
    server: url,
    token: formatJoinToken({ caHash: caHash(pki.ca.certificate), secret: 'right' }),
    nodeName: 'two',
    nodeIp: '10.0.0.2',
    dir: join(dir, 'node'),
    now,
    ...change,
  })

  test('a second start reads what the first left', async () => {
    const joined = await joinCluster(options())
    await listener.stop()
    expect(await joinCluster(options())).toEqual(joined)
  })

  test('renews by its own certificate after its token has expired', async () => {
    const joined = await joinCluster(options())
    token = 'another'
    const later = now + 300 * DAY_MS
    expect(renewalOfJoined(joined)).toBeLessThan(later)
    const renewed = await joinCluster(options({ now: later }))
    expect(renewed.client.certificate).not.toBe(joined.client.certificate)
    expect(await joinCluster(options())).toEqual(renewed)
  })

  test('gets a certificate for its new address, also without a token that is valid', async () => {
    await joinCluster(options())
    token = 'another'
    const moved = await joinCluster(options({ nodeIp: '10.0.0.9' }))
    expect(new X509Certificate(moved.serving.certificate).checkIP('10.0.0.9')).toBe('10.0.0.9')
  })

  test('starts with what it has while the server is away, as long as that is valid', async () => {
    const joined = await joinCluster(options())
    await listener.stop()
    expect(await joinCluster(options({ now: now + 300 * DAY_MS }))).toEqual(joined)
    await expect(joinCluster(options({ now: now + 400 * DAY_MS }))).rejects.toThrow('Cannot reach')
  })

  test('a key that was written without its certificate is replaced by joining again', async () => {
    await joinCluster(options())
    writeFileSync(join(dir, 'node', 'client.key'), newKey().privateKey)
    expect(isValidAt((await joinCluster(options())).client.certificate, now)).toBe(true)
  })

  test('cannot renew in the name of another node', async () => {
    const joined = await joinCluster(options())
    await expect(renewJoined(joined, options({ nodeName: 'one' }))).rejects.toThrow(
      'nodeName: the certificate is that of node "two"',
    )
  })

  const strangers: [string, (foreign: Pki) => Promise<{ certificate: string; key: string }>][] = [
    ['an administrator', async () => pki.admin],
    [
      'a node of another cluster',
      async foreign => {
        const key = newKey()
        const node = { name: 'two', ip: '10.0.0.2', clientKey: key.publicKey, servingKey: key.publicKey }
        return { certificate: (await issueNodeCertificates(foreign.ca, node, now)).client, key: key.privateKey }
      },
    ],
  ]
  test.each(strangers)('%s cannot renew', async (_, who) => {
    const joined = await joinCluster(options())
    const foreign = await ensurePki({ dir: join(dir, 'foreign'), serverNames: ['localhost'], now })
    const client = await who(foreign)
    await expect(renewJoined({ ...joined, client }, options())).rejects.toThrow('Show the certificate of a node')
  })

  test('a listener shows another certificate to those who connect after it got one', async () => {
    const before = await shownBy(url, pki.ca.certificate)
    const other = await ensurePki({ dir: join(dir, 'server'), serverNames: ['localhost', '127.0.0.1', 'new'], now })
    listener.useCertificate(other.apiserver)
    await settle()
    const after = await shownBy(url, pki.ca.certificate)
    expect([before.checkHost('new'), after.checkHost('new')]).toEqual([undefined, 'new'])
  })
})

function shownBy(url: string, ca: string): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const req = request(`${url}/v1-kubelite/ca`, { ca, agent: false }, res => {
      const shown = (res.socket as TLSSocket).getPeerX509Certificate()
      res.resume()
      res.on('end', () => (shown ? resolve(shown) : reject(new Error('no certificate'))))
    })
    req.on('error', reject)
    req.end()
  })
}
