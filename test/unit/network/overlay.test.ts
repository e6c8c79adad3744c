import { planChanges, planPeers, tunnelMac } from '../../../src/network/overlay.ts'

const node = (name: string, podCIDR?: string, ip?: string): object => ({
  metadata: { name },
  spec: { podCIDR },
  status: {
    addresses: ip
      ? [
          { type: 'Hostname', address: name },
          { type: 'InternalIP', address: ip },
        ]
      : [],
  },
})

describe('planPeers()', () => {
  test('all nodes but this one that have a range and an address', () => {
    const nodes = [
      node('b', '10.42.2.0/24', '10.0.0.2'),
      node('self', '10.42.0.0/24', '10.0.0.1'),
      node('new'),
      node('a', '10.42.1.0/24', '10.0.0.3'),
      node('bad', 'x/24', '10.0.0.4'),
    ]
    expect(planPeers(nodes as never, 'self')).toEqual([
      { podCidr: '10.42.1.0/24', ip: '10.0.0.3' },
      { podCidr: '10.42.2.0/24', ip: '10.0.0.2' },
    ])
  })
})

describe('planChanges()', () => {
  const a = { podCidr: '10.42.1.0/24', ip: '10.0.0.1' }
  const mac = tunnelMac('10.42.1.0/24')

  test('a new node gets a neighbour, a route and a forwarding entry', () => {
    expect(planChanges([], [a])).toEqual({
      bridge: [`fdb replace ${mac} dev kubelite.1 dst 10.0.0.1`],
      ip: [
        `neigh replace 10.42.1.0 lladdr ${mac} dev kubelite.1 nud permanent`,
        'route replace 10.42.1.0/24 via 10.42.1.0 dev kubelite.1 onlink',
      ],
    })
  })

  test('a node that is gone loses all three', () => {
    expect(planChanges([a], [])).toEqual({
      bridge: [`fdb del ${mac} dev kubelite.1 dst 10.0.0.1`],
      ip: ['route del 10.42.1.0/24 dev kubelite.1', 'neigh del 10.42.1.0 dev kubelite.1'],
    })
  })

  test('a node that came back with another address keeps its route', () => {
    const moved = planChanges([a], [{ ...a, ip: '10.0.0.9' }])
    expect(moved.bridge).toEqual([
      `fdb del ${mac} dev kubelite.1 dst 10.0.0.1`,
      `fdb replace ${mac} dev kubelite.1 dst 10.0.0.9`,
    ])
    expect(moved.ip.filter(l => l.includes('del'))).toEqual([])
  })

  test('nothing changes, nothing to do', () => {
    expect(planChanges([a], [a])).toEqual({ ip: [], bridge: [] })
  })
})
