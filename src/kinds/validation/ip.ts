import { isIP } from 'node:net'
import { type FieldError, invalid } from '../../base/field-error.ts'
import { isCidr, isIpAddress, parseIpSloppy } from './names.ts'

/** An address as bytes: 4 for IPv4 (also where it came written into IPv6), else 16. */
export interface ParsedIp {
  readonly bytes: Uint8Array
  /** True where the text was IPv6 that holds IPv4 (`::ffff:10.0.0.1`). */
  readonly mapped: boolean
}

/** undefined where the text is no address. Leading zeros in IPv4 are read as Go's old parser reads them. */
export function parseIp(text: string): ParsedIp | undefined {
  const ip = parseIpSloppy(text)
  if (ip === undefined) return undefined
  if (isIP(ip) === 4) return { bytes: Uint8Array.from(ip.split('.').map(Number)), mapped: false }
  const bytes = ipv6Bytes(ip)
  const mapped = bytes.subarray(0, 10).every(b => b === 0) && bytes[10] === 255 && bytes[11] === 255
  return mapped ? { bytes: bytes.slice(12), mapped } : { bytes, mapped }
}

function ipv6Bytes(ip: string): Uint8Array {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip)
  const text = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : ip
  const [head = '', tail] = text.split('::')
  const front = head ? head.split(':') : []
  const back = tail ? tail.split(':') : []
  const groups =
    tail === undefined ? front : [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back]
  return Uint8Array.from(groups.flatMap(g => [Number.parseInt(g, 16) >> 8, Number.parseInt(g, 16) & 255]))
}

/** The address as RFC 5952 writes it; IPv4 where it is IPv4. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  let best = { at: -1, length: 1 }
  for (let i = 0; i < 8; ) {
    let j = i
    while (j < 8 && groups[j] === 0) j++
    if (j - i > best.length) best = { at: i, length: j - i }
    i = Math.max(j, i + 1)
  }
  const hex = groups.map(g => g.toString(16))
  if (best.at < 0) return hex.join(':')
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`
}

export interface ParsedCidr {
  readonly ip: ParsedIp
  readonly bits: number
  /** The address with the host bits cut off. */
  readonly network: Uint8Array
}

export function parseCidrText(text: string): ParsedCidr | undefined {
  if (isCidr(text).length) return undefined
  const [address = '', prefix = ''] = text.split('/')
  const ip = parseIp(address)
  if (!ip) return undefined
  const bits = ip.mapped ? Math.max(Number(prefix) - 96, 0) : Number(prefix)
  return { ip, bits, network: ip.bytes.map((b, i) => b & maskByte(bits - 8 * i)) }
}

const maskByte = (bits: number): number => (bits >= 8 ? 255 : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff)

/** True where `inner` lies within `outer` (same family) and is smaller. */
export function isStrictSubset(inner: ParsedCidr, outer: ParsedCidr): boolean {
  return (
    inner.network.length === outer.network.length &&
    outer.bits < inner.bits &&
    outer.network.every((b, i) => ((inner.network[i] ?? 0) & maskByte(outer.bits - 8 * i)) === b)
  )
}

const hasLeadingZeros = (address: string): boolean => /(^|\.)0\d/.test(address) && !address.includes(':')

/** Faults of an address in a field that is older than strict rules: odd forms stand where `existing` holds them. */
export function validateLegacyIp(path: string, value: string, existing: readonly string[] = []): FieldError[] {
  if (existing.includes(value)) return []
  const syntax = isIpAddress(value)
  if (syntax.length) return syntax.map(text => invalid(path, value, text))
  if (hasLeadingZeros(value)) return [invalid(path, value, 'must not have leading 0s')]
  if (parseIp(value)?.mapped) return [invalid(path, value, 'must not be an IPv4-mapped IPv6 address')]
  return []
}

/** Faults of an address that must be in canonical form. */
export function validateIp(path: string, value: string): FieldError[] {
  const faults = validateLegacyIp(path, value)
  const parsed = parseIp(value)
  if (faults.length || !parsed) return faults
  const canonical = formatIp(parsed.bytes)
  return canonical === value ? [] : [invalid(path, value, `must be in canonical form (${JSON.stringify(canonical)})`)]
}

/** As {@link validateLegacyIp} for `10.0.0.0/8`. */
export function validateLegacyCidr(path: string, value: string, existing: readonly string[] = []): FieldError[] {
  if (existing.includes(value)) return []
  const parsed = parseCidrText(value)
  if (!parsed) return isCidr(value).map(text => invalid(path, value, text))
  const [address = '', prefix = ''] = value.split('/')
  if (hasLeadingZeros(address) || /^0\d/.test(prefix))
    return [invalid(path, value, 'must not have leading 0s in IP or prefix length')]
  if (parsed.ip.mapped) return [invalid(path, value, 'must not have an IPv4-mapped IPv6 address')]
  if (formatIp(parsed.ip.bytes) !== formatIp(parsed.network))
    return [invalid(path, value, 'must not have bits set beyond the prefix length')]
  return []
}

export function validateCidr(path: string, value: string): FieldError[] {
  const faults = validateLegacyCidr(path, value)
  const parsed = parseCidrText(value)
  if (faults.length || !parsed) return faults
  const canonical = `${formatIp(parsed.network)}/${parsed.bits}`
  return canonical === value ? [] : [invalid(path, value, `must be in canonical form (${JSON.stringify(canonical)})`)]
}

/** Addresses that no service may point to. A text that is no address has no faults here. */
export function validateNonSpecialIp(path: string, value: string): FieldError[] {
  const ip = parseIp(value)?.bytes
  if (!ip) return []
  const fault = (text: string): FieldError[] => [invalid(path, value, text)]
  const [a = 0, b = 0, c = 0] = ip
  const rest = (from: number): boolean => ip.subarray(from).every(x => x === 0)
  const v4 = ip.length === 4
  if (rest(0)) return fault(`may not be unspecified (${value})`)
  if (v4 ? a === 127 : ip.subarray(0, 15).every(x => x === 0) && ip[15] === 1)
    return fault('may not be in the loopback range (127.0.0.0/8, ::1/128)')
  if (v4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80)
    return fault('may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  if (v4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2)
    return fault('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  return []
}

/** As {@link validateNonSpecialIp}; what is no address at all is a fault of its own. */
export function validateEndpointIp(path: string, value: string): FieldError[] {
  return parseIp(value) ? validateNonSpecialIp(path, value) : [invalid(path, value, 'must be a valid IP address')]
}

/** Texts of warnings about an address in an odd form that is still accepted. */
export function ipWarnings(path: string, value: string): string[] {
  const parsed = parseIp(value)
  if (!parsed) return []
  const plain = formatIp(parsed.bytes)
  if (hasLeadingZeros(value) || parsed.mapped)
    return [
      `${path}: non-standard IP address "${value}" will be considered invalid in a future Kubernetes release: use "${plain}"`,
    ]
  if (parsed.bytes.length === 16 && plain !== value)
    return [`${path}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${plain}")`]
  return []
}

export function cidrWarnings(path: string, value: string): string[] {
  const parsed = parseCidrText(value)
  if (!parsed) return []
  const [address = '', prefix = ''] = value.split('/')
  const network = `${formatIp(parsed.network)}/${parsed.bits}`
  const warnings: string[] = []
  if (formatIp(parsed.ip.bytes) !== formatIp(parsed.network))
    warnings.push(
      `${path}: CIDR value "${value}" is ambiguous in this context (should be "${network}" or "${formatIp(parsed.ip.bytes)}/${8 * parsed.ip.bytes.length}"?)`,
    )
  if (hasLeadingZeros(address) || /^0\d/.test(prefix) || parsed.ip.mapped)
    warnings.push(
      `${path}: non-standard CIDR value "${value}" will be considered invalid in a future Kubernetes release: use "${network}"`,
    )
  if (warnings.length === 0 && parsed.ip.bytes.length === 16 && network !== value)
    warnings.push(`${path}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${network}")`)
  return warnings
}
