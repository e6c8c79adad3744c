import { planTransaction } from '../../../src/network/proxy/iptables.ts'
import { planHostPorts } from '../../../src/network/proxy/host-ports.ts'
import { planServicePorts, type ServicePort } from '../../../src/network/proxy/model.ts'
import { planFilter, planNat } from '../../../src/network/proxy/rules.ts'

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

function ports(services: object[], slices: object[]): ServicePort[] {
  return planServicePorts(services as never, () => slices as never, 'here')
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
})

describe('planNat()', () => {
  const facts = (services: object[], slices: object[]) => ({
    services: ports(services, slices),
    hostPorts: [],
    clusterCidr: '10.42.0.0/16',
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
    expect(planFilter(facts([service({})], [])).get('KUBELITE-REJECT')).toEqual([
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
    expect(planFilter(facts([service({ ...local, ports: [port] })], elsewhere)).get('KUBELITE-REJECT')).toEqual([
      `-d 10.43.0.5/32 -p tcp -m tcp --dport 80 ${drop}`,
      `-d 192.0.2.1/32 -p tcp -m tcp --dport 80 ${drop}`,
      `-m addrtype --dst-type LOCAL -p tcp -m tcp --dport 30080 ${drop}`,
    ])
    expect(planFilter(facts([service({ ports: [port] })], elsewhere)).get('KUBELITE-REJECT')).toEqual([])
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
