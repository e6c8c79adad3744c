import { bridgeMac } from '../../../src/network/pod-network.ts'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cidr, parseCidr } from '../../../src/base/ip.ts'
import { nextFree, PodAddresses } from '../../../src/network/ipam.ts'

const cidr = (text: string): Cidr => {
  const c = parseCidr(text)
  if (!c) throw new Error(text)
  return c
}

describe('nextFree()', () => {
  const rows: [string, string, string[], number, string | undefined][] = [
    ['the first pod gets the address after the gateway', '10.42.0.0/24', [], 1, '10.42.0.2'],
    ['the next pod gets the next address', '10.42.0.0/24', ['10.42.0.2'], 2, '10.42.0.3'],
    ['an address that was freed is not used again at once', '10.42.0.0/24', [], 5, '10.42.0.6'],
    ['after the last address it begins again', '10.42.0.0/24', [], 254, '10.42.0.2'],
    ['taken ones are passed over', '10.42.0.0/24', ['10.42.0.2', '10.42.0.3'], 1, '10.42.0.4'],
    [
      'never the broadcast address',
      '10.42.0.0/29',
      ['10.42.0.2', '10.42.0.3', '10.42.0.4', '10.42.0.5', '10.42.0.6'],
      1,
      undefined,
    ],
  ]
  test.each(rows)('%s', (_, range, taken, last, want) => {
    expect(nextFree(cidr(range), new Set(taken), last)?.address).toBe(want)
  })
})

describe('PodAddresses', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kubelite-ipam-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('what a killed process began to write takes no address', () => {
    writeFileSync(join(dir, '10.42.0.2.new'), '')
    const addresses = new PodAddresses(dir, cidr('10.42.0.0/24'))
    expect([addresses.take('u1'), readdirSync(dir)]).toEqual(['10.42.0.2', ['10.42.0.2']])
  })

  test('a pod keeps its address when asked again, and after a restart', () => {
    const first = new PodAddresses(dir, cidr('10.42.1.0/24'))
    expect(first.take('a')).toBe('10.42.1.2')
    expect(first.take('a')).toBe('10.42.1.2')
    const again = new PodAddresses(dir, cidr('10.42.1.0/24'))
    expect(again.take('a')).toBe('10.42.1.2')
    expect(again.take('b')).toBe('10.42.1.3')
  })

  test('addresses of another range are forgotten', () => {
    new PodAddresses(dir, cidr('10.42.1.0/24')).take('a')
    expect(new PodAddresses(dir, cidr('10.42.2.0/24')).holders()).toEqual([])
  })

  test('a full range is a clear error, and a release makes room', () => {
    const small = new PodAddresses(dir, cidr('10.42.1.0/30'))
    expect(small.take('a')).toBe('10.42.1.2')
    expect(() => small.take('b')).toThrow('No free pod address left')
    small.release('a')
    expect(small.take('b')).toBe('10.42.1.2')
  })
})

test('the bridge has a hardware address of its own, which the gateway decides', () => {
  expect(bridgeMac('10.42.0.1')).toBe('0a:58:0a:2a:00:01')
  expect(bridgeMac('10.42.255.1')).toBe('0a:58:0a:2a:ff:01')
})
