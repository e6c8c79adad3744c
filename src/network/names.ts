import { createHash } from 'node:crypto'

/** The bridge that the pods of this machine hang on. */
export const BRIDGE = 'kubelite0'
/** The VXLAN device towards the other nodes. */
export const VXLAN = 'kubelite.1'
/** VXLAN network identifier and UDP port, as flannel's on Linux. */
export const VXLAN_ID = 1
export const VXLAN_PORT = 8472
/** Host ends of pods' veth pairs begin with this. */
export const VETH_PREFIX = 'klv'
/** Chains begin with this; those of single services and endpoints with `KL-`. */
export const CHAIN_PREFIX = 'KUBELITE-'
/** Marks packets that must be masqueraded, as kube-proxy's bit 14. */
export const MASQUERADE_MARK = '0x4000/0x4000'

/** Host end of a pod's veth pair: at most 15 characters. */
export function vethName(podUid: string): string {
  return VETH_PREFIX + createHash('sha256').update(podUid).digest('hex').slice(0, 11)
}

/** A chain name of at most 28 characters: `KL-SVC-` and 16 characters that the text decides. */
export function hashedChain(prefix: 'KL-SVC-' | 'KL-SEP-' | 'KL-EXT-' | 'KL-HP-', text: string): string {
  const digest = createHash('sha256').update(text).digest()
  return prefix + base32(digest).slice(0, 16)
}

function base32(bytes: Uint8Array): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let out = ''
  let value = 0
  let bits = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      out += alphabet[(value >>> (bits - 5)) & 31]
      bits -= 5
    }
    value &= (1 << bits) - 1
  }
  return out
}
