import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import * as packet from 'dns-packet'
import { silentLogger } from '../../../src/base/log.ts'
import { answerQuestion, type DnsWorld } from '../../../src/network/dns/records.ts'
import { DnsServer } from '../../../src/network/dns/server.ts'
import { framed, readNameservers, Upstream } from '../../../src/network/dns/upstream.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const services: Record<string, object> = {
  'default/web': {
    metadata: { namespace: 'default', name: 'web' },
    spec: { clusterIP: '10.43.0.5', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  },
  'default/db': {
    metadata: { namespace: 'default', name: 'db' },
    spec: { clusterIP: 'None', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] },
  },
  'default/empty': { metadata: { namespace: 'default', name: 'empty' }, spec: { clusterIP: 'None' } },
  'default/ext': {
    metadata: { namespace: 'default', name: 'ext' },
    spec: { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' },
  },
}
const slices: Record<string, object[]> = {
  'default/db': [
    {
      metadata: { namespace: 'default', labels: { 'kubernetes.io/service-name': 'db' } },
      ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
      endpoints: [
        { addresses: ['10.42.0.7'], hostname: 'db-0', conditions: { ready: true } },
        { addresses: ['10.42.0.8'], conditions: { ready: true } },
        { addresses: ['10.42.0.9'], hostname: 'db-2', conditions: { ready: false } },
      ],
    },
  ],
}
const world = {
  service: (ns: string, name: string) => services[`${ns}/${name}`],
  slices: (ns: string, name: string) => slices[`${ns}/${name}`] ?? [],
  serviceByIp: (ip: string) => (ip === '10.43.0.5' ? services['default/web'] : undefined),
  slicesByIp: (ip: string) => (/^10\.42\.0\.[789]$/.test(ip) ? slices['default/db'] : []),
  namespaceExists: (name: string) => name === 'default',
} as unknown as DnsWorld

describe('answerQuestion()', () => {
  const rows: [string, string, string, string][] = [
    ['a service has its cluster address', 'web.default.svc.cluster.local', 'A', 'A 10.43.0.5'],
    ['a service has no IPv6 address here', 'web.default.svc.cluster.local', 'AAAA', 'NODATA'],
    ['a service that is not there', 'none.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['a namespace that is not there', 'web.none.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['a namespace exists without data', 'default.svc.cluster.local', 'A', 'NODATA'],
    ['a headless service has its ready pods', 'db.default.svc.cluster.local', 'A', 'A 10.42.0.7|A 10.42.0.8'],
    ['a pod with a hostname has a name of its own', 'db-0.db.default.svc.cluster.local', 'A', 'A 10.42.0.7'],
    ['a pod without one is found by its address', '10-42-0-8.db.default.svc.cluster.local', 'A', 'A 10.42.0.8'],
    ['a headless service without ready pods is no name', 'empty.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['whatever is asked', 'empty.default.svc.cluster.local', 'AAAA', 'NXDOMAIN'],
    ['a headless service with pods of the other family has no data', 'db.default.svc.cluster.local', 'AAAA', 'NODATA'],
    ['a pod that is not ready is not found', 'db-2.db.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    [
      'a named port has SRV records',
      '_http._tcp.web.default.svc.cluster.local',
      'SRV',
      'SRV 80 web.default.svc.cluster.local',
    ],
    [
      'each headless pod has one',
      '_sql._tcp.db.default.svc.cluster.local',
      'SRV',
      'SRV 5432 db-0.db.default.svc.cluster.local|SRV 5432 10-42-0-8.db.default.svc.cluster.local',
    ],
    ['a port that the service has not', '_x._tcp.web.default.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['a pod name holds the address', '10-42-0-9.default.pod.cluster.local', 'A', 'A 10.42.0.9'],
    ['a pod name that is no address', 'x.default.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['the reverse of a cluster address', '5.0.43.10.in-addr.arpa', 'PTR', 'PTR web.default.svc.cluster.local'],
    ['the reverse of a headless pod', '7.0.42.10.in-addr.arpa', 'PTR', 'PTR db-0.db.default.svc.cluster.local'],
    ['a pod that is not ready has no reverse', '9.0.42.10.in-addr.arpa', 'PTR', 'UPSTREAM'],
    ['a foreign reverse name is for upstream', '1.1.1.1.in-addr.arpa', 'PTR', 'UPSTREAM'],
    ['a name outside the cluster is for upstream', 'example.com', 'A', 'UPSTREAM'],
    ['an external name is an alias', 'ext.default.svc.cluster.local', 'CNAME', 'CNAME web.default.svc.cluster.local'],
    ['the version of the DNS specification', 'dns-version.cluster.local', 'TXT', 'TXT 1.1.0'],
    ['the domain itself', 'cluster.local', 'A', 'NODATA'],
  ]
  test.each(rows)('%s: %s %s', (_, name, type, want) => {
    const got = answerQuestion(world, 'cluster.local', name, type)
    const data = (d: unknown): string =>
      typeof d === 'string' ? d : `${(d as { port: number }).port} ${(d as { target: string }).target}`
    const text =
      got === undefined
        ? 'UPSTREAM'
        : got.rcode === 'NXDOMAIN'
          ? 'NXDOMAIN'
          : got.answers.map(a => `${a.type} ${data(a.data)}`).join('|') || 'NODATA'
    expect(text).toBe(want)
  })
})

describe('DnsServer', () => {
  const ADDRESS = '127.53.0.53'
  let server: DnsServer
  beforeEach(async () => {
    const upstream = new Upstream({ clock: new FakeClock(), nameservers: () => [] })
    server = new DnsServer({
      // Of its own: the port that is free for UDP here is so for TCP too.
      address: ADDRESS,
      port: 0,
      domain: 'cluster.local',
      world,
      upstream,
      log: silentLogger,
    })
    await server.start()
  })
  afterEach(() => server.stop())

  const query = (name: string, type = 'A'): Buffer =>
    Buffer.from(
      packet.encode({
        type: 'query',
        id: 7,
        flags: packet.RECURSION_DESIRED,
        questions: [{ type: type as 'A', name, class: 'IN' }],
      }),
    )
  function overUdp(message: Buffer): Promise<packet.DecodedPacket> {
    return new Promise(resolve => {
      const socket = createSocket('udp4')
      socket.on('message', answer => {
        socket.close()
        resolve(packet.decode(answer))
      })
      socket.send(message, server.port, ADDRESS)
    })
  }
  function overTcp(message: Buffer): Promise<packet.DecodedPacket> {
    return new Promise(resolve => {
      const socket = connect(server.port, ADDRESS)
      socket.on('data', (answer: Buffer) => {
        socket.destroy()
        resolve(packet.decode(answer.subarray(2)))
      })
      socket.write(framed(message))
    })
  }
  const codeOf = (p: packet.DecodedPacket): number => (p.flags ?? 0) & 15

  test('answers over UDP with the same id, whatever the case of the name', async () => {
    const answer = await overUdp(query('WEB.default.svc.cluster.local'))
    expect([answer.id, answer.answers?.map(a => (a as { data: string }).data)]).toEqual([7, ['10.43.0.5']])
  })
  test('answers over TCP', async () => {
    expect((await overTcp(query('web.default.svc.cluster.local'))).answers).toHaveLength(1)
  })
  test('says that a name does not exist, with the authority of the zone', async () => {
    const answer = await overUdp(query('none.default.svc.cluster.local'))
    expect([codeOf(answer), answer.authorities?.[0]?.type]).toEqual([3, 'SOA'])
  })
  test('an external name brings the addresses that it stands for', async () => {
    const answer = await overUdp(query('ext.default.svc.cluster.local'))
    expect(answer.answers?.map(a => a.type)).toEqual(['CNAME', 'A'])
  })
  test.each([28, 65, 255, 257, 65_000])('a question of type %d about a name of ours is answered', async type => {
    const question = query('db.default.svc.cluster.local')
    question.writeUInt16BE(type, question.length - 4)
    const answer = await overUdp(question)
    expect([codeOf(answer), answer.id]).toEqual([0, 7])
  })
  test('a server whose port is taken says so, and keeps nothing', async () => {
    const other = new DnsServer({
      address: ADDRESS,
      port: server.port,
      domain: 'cluster.local',
      world,
      upstream: new Upstream({ clock: new FakeClock(), nameservers: () => [] }),
      log: silentLogger,
    })
    await expect(other.start()).rejects.toThrow('EADDRINUSE')
    await other.stop()
  })
  test('a foreign name without upstream servers fails, and does not hang', async () => {
    expect(codeOf(await overUdp(query('example.com')))).toBe(2)
  })
  test('what is no DNS question gets no answer and does no harm', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => socket.send(Buffer.from('x'), server.port, ADDRESS, () => resolve()))
    socket.close()
    expect((await overUdp(query('web.default.svc.cluster.local'))).answers).toHaveLength(1)
  })
})

describe('Upstream', () => {
  const DEAD = '127.53.0.98'
  const ALIVE = '127.53.0.99'
  const message = Buffer.from([0, 7, 1, 0])

  /** Two servers on one port, of which the first says nothing until it is told to. */
  async function servers() {
    const heard: string[] = []
    let silent = true
    const sockets: ReturnType<typeof createSocket>[] = []
    let port = 0
    for (const address of [DEAD, ALIVE]) {
      const socket = createSocket('udp4')
      socket.on('message', (query, from) => {
        heard.push(address)
        if (address === ALIVE || !silent) socket.send(query, from.port, from.address)
      })
      await new Promise<void>(resolve => socket.bind(port, address, resolve))
      port = socket.address().port
      sockets.push(socket)
    }
    const clock = new FakeClock()
    const upstream = new Upstream({ clock, nameservers: () => [DEAD, ALIVE], port })
    return {
      clock,
      upstream,
      heard,
      speak: () => (silent = false),
      /** Waits until a server has heard so many questions. */
      until: async (count: number): Promise<void> => {
        while (heard.length < count) await new Promise(resolve => setImmediate(resolve))
      },
      [Symbol.asyncDispose]: async () => {
        upstream.close()
        await Promise.all(sockets.map(s => new Promise<void>(resolve => s.close(() => resolve()))))
      },
    }
  }

  test('a server that does not answer comes last for a while', async () => {
    await using s = await servers()
    const first = s.upstream.ask(message, 'udp')
    await s.until(1)
    await s.clock.advance(2000)
    expect(await first).toEqual(message)
    expect(await s.upstream.ask(message, 'udp')).toEqual(message)
    expect(s.heard).toEqual([DEAD, ALIVE, ALIVE])
    s.speak()
    await s.clock.advance(10_000)
    expect(await s.upstream.ask(message, 'udp')).toEqual(message)
    expect(s.heard).toEqual([DEAD, ALIVE, ALIVE, DEAD])
  })

  test('no more than a thousand questions wait', async () => {
    await using s = await servers()
    const waiting = Array.from({ length: 1000 }, () => s.upstream.ask(message, 'udp'))
    expect(await s.upstream.ask(message, 'udp')).toBeUndefined()
    s.upstream.close()
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => undefined))
  })
})

test('readNameservers() leaves out our own address', () => {
  expect(readNameservers('/nonexistent', [])).toEqual([])
})
