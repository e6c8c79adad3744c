import { silentLogger } from '../../../src/base/log.ts'
import { HealthChecks, healthAnswer, planHealthChecks } from '../../../src/network/proxy/health-checks.ts'
import { planTransaction } from '../../../src/network/proxy/iptables.ts'
import { planHostPorts } from '../../../src/network/proxy/host-ports.ts'
import { planServicePorts, type ServicePort } from '../../../src/network/proxy/model.ts'
import { planFilter, planNat } from '../../../src/network/proxy/rules.ts'
import { staleFlows, type UdpTargets, udpTargets } from '../../../src/network/proxy/stale-flows.ts'
import { freePort } from '../../support/ports.ts'

const service = (spec: object, name = 'web'): object => ({
  metadata: { namespace: 'default', name },
  spec: { clusterIP: '10.43.0.5', type: 'ClusterIP', ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
})
const slice = (endpoints: object[], ports: object[] = [{ name: 'http', port: 8080, protocol: 'TCP' }]): object => ({
  addressType: 'IPv4',
  ports,
  endpoints,
})
const endpoint = (ip: string, conditions: object = { ready: true }, nodeName = 'here'): object => ({
  addresses: [ip],
  conditions,
  nodeName,
})

function ports(services: object[], slices: object[], zone = 'z1'): ServicePort[] {
  return planServicePorts(services as never, () => slices as never, { name: 'here', zone })
}

describe('planServicePorts()', () => {
  const ips = (endpoints: object[]): string[] =>
    ports([service({})], [slice(endpoints)])[0]?.endpoints.map(e => `${e.ip}:${e.port}`) ?? []

  test('traffic goes to ready endpoints at the target port', () => {
    expect(ips([endpoint('10.42.0.3'), endpoint('10.42.0.2'), endpoint('10.42.0.4', { ready: false })])).toEqual([
      '10.42.0.2:8080',
      '10.42.0.3:8080',
    ])
  })
  test('an endpoint without conditions is ready', () => {
    expect(ips([endpoint('10.42.0.2', {})])).toEqual(['10.42.0.2:8080'])
  })
  test('where none is ready, those that end but still serve take it', () => {
    expect(
      ips([
        endpoint('10.42.0.2', { ready: false, serving: true, terminating: true }),
        endpoint('10.42.0.3', { ready: false, serving: false, terminating: true }),
      ]),
    ).toEqual(['10.42.0.2:8080'])
  })
  test('headless, external-name and not yet allocated services have no rules', () => {
    expect(
      ports(
        [
          service({ clusterIP: 'None' }),
          service({ type: 'ExternalName', clusterIP: '' }),
          service({ clusterIP: undefined }),
        ],
        [],
      ),
    ).toEqual([])
  })
  test('a port takes the slice port of its own name', () => {
    const two = service({
      ports: [
        { name: 'a', port: 1, protocol: 'TCP' },
        { name: 'b', port: 2, protocol: 'UDP' },
      ],
    })
    const planned = ports(
      [two],
      [
        slice(
          [endpoint('10.42.0.2')],
          [
            { name: 'b', port: 20, protocol: 'UDP' },
            { name: 'a', port: 10, protocol: 'TCP' },
          ],
        ),
      ],
    )
    expect(planned.map(p => [p.id, p.protocol, p.endpoints[0]?.port])).toEqual([
      ['default/web:a', 'tcp', 10],
      ['default/web:b', 'udp', 20],
    ])
  })
  test('local endpoints are those of this node', () => {
    const planned = ports(
      [service({ internalTrafficPolicy: 'Local' })],
      [slice([endpoint('10.42.0.2'), endpoint('10.42.1.2', { ready: true }, 'there')])],
    )
    expect(planned[0]?.localEndpoints.map(e => e.ip)).toEqual(['10.42.0.2'])
  })

  const hinted = (ip: string, forNodes: string[], forZones: string[], ready = true): object => ({
    ...endpoint(ip, { ready }),
    hints: { forNodes: forNodes.map(name => ({ name })), forZones: forZones.map(name => ({ name })) },
  })
  const near: [string, object[], string[]][] = [
    [
      'traffic stays on its node where endpoints are meant for it',
      [hinted('10.42.0.2', ['here'], ['z1']), hinted('10.42.0.3', ['there'], ['z1'])],
      ['10.42.0.2'],
    ],
    ['or in its zone', [hinted('10.42.0.2', [], ['z1']), hinted('10.42.0.3', [], ['z2'])], ['10.42.0.2']],
    [
      'where none on the node is ready, the zone counts',
      [
        hinted('10.42.0.2', ['here'], ['z1'], false),
        hinted('10.42.0.3', ['there'], ['z1']),
        hinted('10.42.0.4', ['far'], ['z2']),
      ],
      ['10.42.0.3'],
    ],
    [
      'it goes everywhere where none is meant for here',
      [hinted('10.42.0.2', [], ['z2']), hinted('10.42.0.3', [], ['z3'])],
      ['10.42.0.2', '10.42.0.3'],
    ],
    ['and where one has no hint', [hinted('10.42.0.2', [], ['z1']), endpoint('10.42.0.3')], ['10.42.0.2', '10.42.0.3']],
  ]
  test.each(near)('%s', (_, endpoints, want) => {
    expect(ports([service({})], [slice(endpoints)])[0]?.endpoints.map(e => e.ip)).toEqual(want)
  })
})

describe('planNat()', () => {
  const facts = (services: object[], slices: object[]) => ({
    services: ports(services, slices),
    hostPorts: [],
    clusterCidr: '10.42.0.0/16',
    clusterDns: '10.43.0.10',
  })
  const rulesOf = (services: object[], slices: object[]): string[] =>
    [...planNat(facts(services, slices))].flatMap(([chain, rules]) => rules.map(r => `${chain} ${r}`))

  test('two endpoints share by equal chance, and each masks a pod that calls itself', () => {
    const rules = rulesOf([service({})], [slice([endpoint('10.42.0.2'), endpoint('10.42.0.3')])])
    expect(rules.filter(r => r.includes('--probability'))).toHaveLength(1)
    expect(rules.some(r => r.includes('--probability 0.5'))).toBe(true)
    expect(rules.filter(r => /^KL-SEP-\S+ -s 10\.42\.0\.[23]\/32 -j KUBELITE-MARK-MASQ$/.test(r))).toHaveLength(2)
    expect(rules.filter(r => /DNAT --to-destination 10\.42\.0\.[23]:8080$/.test(r))).toHaveLength(2)
    expect(rules.some(r => r.startsWith('KUBELITE-SERVICES -d 10.43.0.5/32 -p tcp -m tcp --dport 80 '))).toBe(true)
  })
  test('a service without endpoints has no chain, and the filter refuses it', () => {
    expect(rulesOf([service({})], []).some(r => r.includes('10.43.0.5'))).toBe(false)
    expect(
      planFilter(facts([service({})], []))
        .get('KUBELITE-REJECT')
        ?.slice(4),
    ).toEqual([
      '-d 10.43.0.5/32 -p tcp -m tcp --dport 80 -m comment --comment "default/web:http has no endpoints" -j REJECT',
    ])
  })
  test('traffic that must stay on a node without endpoints is dropped: others may still have them', () => {
    const local = {
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Local',
      externalIPs: ['192.0.2.1'],
    }
    const port = { name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }
    const elsewhere = [slice([endpoint('10.42.1.2', { ready: true }, 'another')])]
    const drop = '-m comment --comment "default/web:http has no local endpoints" -j DROP'
    expect(
      planFilter(facts([service({ ...local, ports: [port] })], elsewhere))
        .get('KUBELITE-REJECT')
        ?.slice(4),
    ).toEqual([
      `-d 10.43.0.5/32 -p tcp -m tcp --dport 80 ${drop}`,
      `-d 192.0.2.1/32 -p tcp -m tcp --dport 80 ${drop}`,
      `-m addrtype --dst-type LOCAL -p tcp -m tcp --dport 30080 ${drop}`,
    ])
    expect(planFilter(facts([service({ ports: [port] })], elsewhere)).get('KUBELITE-REJECT')).toEqual([
      '-i kubelite0 -d 127.0.0.0/8 -j DROP',
      '-i kubelite.1 -d 127.0.0.0/8 -j DROP',
      '-i kubelite0 -d 10.43.0.10/32 -p udp -m udp --dport 53 -j ACCEPT',
      '-i kubelite0 -d 10.43.0.10/32 -p tcp -m tcp --dport 53 -j ACCEPT',
    ])
  })
  test('a load balancer’s address is for the sources that it names, and closed to all others', () => {
    const balanced = {
      type: 'LoadBalancer',
      loadBalancerSourceRanges: ['198.51.100.0/24', '203.0.113.0/24'],
      externalIPs: ['192.0.2.9'],
    }
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.8' }, { ip: '192.0.2.7', ipMode: 'Proxy' }] } }
    const made = [{ ...service(balanced), status }]
    const there = [slice([endpoint('10.42.0.2')])]
    const entries = rulesOf(made, there).flatMap(r => /^KUBELITE-SERVICES (.*-d 192\.0\.2\.\S+)/.exec(r)?.[1] ?? [])
    expect(entries).toEqual([
      '-d 192.0.2.9/32',
      '-s 198.51.100.0/24 -d 192.0.2.8/32',
      '-s 203.0.113.0/24 -d 192.0.2.8/32',
    ])
    expect(planFilter(facts(made, there)).get('KUBELITE-REJECT')?.slice(4)).toEqual([
      '-d 192.0.2.8/32 -p tcp -m tcp --dport 80 -m comment --comment "default/web:http is not for this source" -j DROP',
    ])
  })
  test('affinity asks first for the endpoint that a client had', () => {
    const rules = rulesOf(
      [service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } })],
      [slice([endpoint('10.42.0.2'), endpoint('10.42.0.3')])],
    )
    expect(rules.filter(r => r.includes('--rcheck --seconds 60 --reap'))).toHaveLength(2)
    expect(rules.filter(r => r.includes('--set -p tcp'))).toHaveLength(2)
    const service0 = rules.filter(r => r.startsWith('KL-SVC-'))
    expect(service0.findIndex(r => r.includes('--rcheck'))).toBeLessThan(
      service0.findIndex(r => r.includes('--probability')),
    )
  })
  test('a node port masquerades unless its traffic must stay local', () => {
    const nodePort = { type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] }
    const endpoints = [slice([endpoint('10.42.0.2'), endpoint('10.42.1.2', { ready: true }, 'there')])]
    const open = rulesOf([service(nodePort)], endpoints)
    expect(open.some(r => r.startsWith('KUBELITE-NODEPORTS -p tcp -m tcp --dport 30080'))).toBe(true)
    expect(open.some(r => /^KL-EXT-\S+ -j KUBELITE-MARK-MASQ$/.test(r))).toBe(true)
    const local = rulesOf([service({ ...nodePort, externalTrafficPolicy: 'Local' })], endpoints)
    expect(local.some(r => /^KL-EXT-\S+ -j KUBELITE-MARK-MASQ$/.test(r))).toBe(false)
  })
  test('the same facts give the same text', () => {
    const build = () =>
      JSON.stringify([
        ...planNat(facts([service({}), service({ clusterIP: '10.43.0.6' }, 'b')], [slice([endpoint('10.42.0.2')])])),
      ])
    expect(build()).toBe(build())
  })
})

describe('planHostPorts()', () => {
  const pod = (over: object, status: object = { podIP: '10.42.0.9', phase: 'Running' }): object => ({
    metadata: { namespace: 'default', name: 'p' },
    spec: {
      nodeName: 'here',
      containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' }] }],
      ...over,
    },
    status,
  })
  const rows: [string, object, number][] = [
    ['a running pod of this node', pod({}), 1],
    ['not a pod of another node', pod({ nodeName: 'there' }), 0],
    ['not a pod on the host network: it holds the port itself', pod({ hostNetwork: true }), 0],
    ['not a pod without an address', pod({}, {}), 0],
    ['not a pod that has ended', pod({}, { podIP: '10.42.0.9', phase: 'Succeeded' }), 0],
  ]
  test.each(rows)('%s', (_, p, want) => expect(planHostPorts([p] as never, 'here')).toHaveLength(want))
})

describe('staleFlows()', () => {
  const targets = (fronts: Record<string, string[]>): UdpTargets =>
    new Map(Object.entries(fronts).map(([front, list]) => [front, new Set(list)]))
  const A = '10.42.0.2:53'
  const B = '10.42.0.3:53'
  const rows: [string, Record<string, string[]>, Record<string, string[]>, string[]][] = [
    ['nothing changes, nothing is forgotten', { '10.43.0.5 53': [A] }, { '10.43.0.5 53': [A] }, []],
    [
      'flows to an endpoint that is gone are forgotten, others go on',
      { '10.43.0.5 53': [A, B] },
      { '10.43.0.5 53': [B] },
      ['--orig-dst 10.43.0.5 --dport 53 --dst-nat 10.42.0.2'],
    ],
    ['a further endpoint disturbs nobody', { '10.43.0.5 53': [A] }, { '10.43.0.5 53': [A, B] }, []],
    [
      'flows that began before the first endpoint are forgotten',
      { '10.43.0.5 53': [] },
      { '10.43.0.5 53': [A] },
      ['--orig-dst 10.43.0.5 --dport 53'],
    ],
    ['a new service may have been sent to already', {}, { 'node 30053': [A] }, ['--dport 30053']],
    [
      'a service that is gone sends nothing on',
      { 'node 30053': [A], '10.43.0.5 53': [A] },
      {},
      ['--dport 30053 --dst-nat 10.42.0.2', '--orig-dst 10.43.0.5 --dport 53 --dst-nat 10.42.0.2'],
    ],
  ]
  test.each(rows)('%s', (_, before, after, want) => {
    expect(staleFlows(targets(before), targets(after)).map(args => args.join(' '))).toEqual(want)
  })

  test('all ways in count: cluster address, external ones, node ports and host ports', () => {
    const dns = service({
      type: 'NodePort',
      externalIPs: ['192.0.2.1'],
      ports: [{ name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053 }],
    })
    const planned = ports([dns], [slice([endpoint('10.42.0.2')], [{ name: 'dns', port: 5353, protocol: 'UDP' }])])
    const host = {
      id: 'h',
      protocol: 'udp' as const,
      hostPort: 514,
      hostIp: '',
      podIp: '10.42.0.9',
      containerPort: 5140,
    }
    expect([...udpTargets(planned, [host])].map(([front, to]) => `${front} ${[...to].join()}`)).toEqual([
      '10.43.0.5 53 10.42.0.2:5353',
      '192.0.2.1 53 10.42.0.2:5353',
      'node 30053 10.42.0.2:5353',
      'node 514 10.42.0.9:5140',
    ])
  })
})

describe('health checks of load balancers', () => {
  const balanced = (over: object = {}): object =>
    service({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31234, ...over })
  const there = [slice([endpoint('10.42.0.2'), endpoint('10.42.1.2', { ready: true }, 'there')])]

  test('a service whose traffic stays on its node is asked for at its port', () => {
    expect([...planHealthChecks(ports([balanced()], there))]).toEqual([
      [31234, { namespace: 'default', name: 'web', localEndpoints: 1 }],
    ])
    expect(planHealthChecks(ports([balanced({ externalTrafficPolicy: 'Cluster' })], there)).size).toBe(0)
    expect(planHealthChecks(ports([balanced({ type: 'NodePort' })], there)).size).toBe(0)
  })

  test.each([
    [1, 200],
    [0, 503],
  ])('with %d endpoints on the node the answer is %d', (localEndpoints, code) => {
    const answer = healthAnswer({ namespace: 'default', name: 'web', localEndpoints })
    expect([answer.code, JSON.parse(answer.body)]).toEqual([
      code,
      { service: { namespace: 'default', name: 'web' }, localEndpoints, serviceProxyHealthy: true },
    ])
  })

  test('ports are listened on as long as there is such a service', async () => {
    const port = await freePort()
    const ask = (): Promise<number> =>
      fetch(`http://127.0.0.1:${port}/`).then(
        a => a.status,
        () => 0,
      )
    const checks = new HealthChecks(silentLogger)
    try {
      checks.update(new Map([[port, { namespace: 'default', name: 'web', localEndpoints: 1 }]]))
      expect(await ask()).toBe(200)
      checks.update(new Map([[port, { namespace: 'default', name: 'web', localEndpoints: 0 }]]))
      expect(await ask()).toBe(503)
      checks.update(new Map())
      expect(await ask()).toBe(0)
    } finally {
      await checks.stop()
    }
  })
})

describe('planTransaction()', () => {
  test('only what changed is written, and gone chains are removed', () => {
    const before = new Map([
      ['A', ['-j X']],
      ['B', ['-j Y']],
      ['C', ['-j Z']],
    ])
    const after = new Map([
      ['A', ['-j X']],
      ['B', ['-j N']],
    ])
    expect(planTransaction('nat', before, after)).toBe('*nat\n:B - [0:0]\n:C - [0:0]\n-A B -j N\n-X C\nCOMMIT\n')
  })
  test('no change, no transaction', () => {
    const chains = new Map([['A', ['-j X']]])
    expect(planTransaction('nat', chains, new Map(chains))).toBe('')
  })
  test('chains with unknown content are written anew', () => {
    expect(planTransaction('nat', new Map([['A', undefined]]), new Map([['A', []]]))).toBe('*nat\n:A - [0:0]\nCOMMIT\n')
  })
})
