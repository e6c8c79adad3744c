import { isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** An IPv4 range: the first address as a number, and how many bits are fixed. */
export interface Cidr {
  readonly base: number
  readonly bits: number
}

/** `10.42.0.0/16` as a range; undefined where the text is none. Host bits are cut off. */
export function parseCidr(text: string): Cidr | undefined {
  const m = /^([\d.]+)\/(\d{1,2})$/.exec(text)
  if (!m?.[1] || !isIPv4(m[1])) return undefined
  const bits = Number(m[2])
  if (bits > 32) return undefined
  return { base: (ipToNumber(m[1]) & maskOf(bits)) >>> 0, bits }
}

/** Four octets as an unsigned number. The text must be an IPv4 address. */
export function ipToNumber(ip: string): number {
  return ip.split('.').reduce((n, octet) => n * 256 + Number(octet), 0)
}

export function numberToIp(n: number): string {
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.')
}

export function cidrText(cidr: Cidr): string {
  return `${numberToIp(cidr.base)}/${cidr.bits}`
}

/** The address at `index` from the start of the range (0 is the network address itself). */
export function addressAt(cidr: Cidr, index: number): string {
  return numberToIp(cidr.base + index)
}

export function cidrContains(cidr: Cidr, ip: string): boolean {
  return isIPv4(ip) && (ipToNumber(ip) & maskOf(cidr.bits)) >>> 0 === cidr.base
}

/** The 4 or 16 bytes of an address, which must be one. A zone (`%eth0`) is left out. */
export function ipBytes(ip: string): Buffer {
  if (isIPv4(ip)) return Buffer.from(ip.split('.').map(Number))
  const text = ip.replace(/%.*$/, '').replace(/[\d.]+$/, last => {
    if (!last.includes('.')) return last
    const n = ipToNumber(last)
    return `${(n >>> 16).toString(16)}:${(n & 0xffff).toString(16)}`
  })
  const [before = '', after] = text.split('::')
  const groups = (part: string | undefined): number[] => (part ? part.split(':').map(g => Number.parseInt(g, 16)) : [])
  const head = groups(before)
  const tail = groups(after)
  const bytes = Buffer.alloc(16)
  head.forEach((group, i) => bytes.writeUInt16BE(group, i * 2))
  tail.forEach((group, i) => bytes.writeUInt16BE(group, 16 - (tail.length - i) * 2))
  return bytes
}

function maskOf(bits: number): number {
  return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0
}

/** The first IPv4 address of this machine that is not loopback; undefined where there is none. */
export function primaryIp(): string | undefined {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (/^(docker|br-|veth|kubelite|kl-|cni|flannel)/.test(name)) continue
    const found = addresses?.find(a => a.family === 'IPv4' && !a.internal)
    if (found) return found.address
  }
  return undefined
}
