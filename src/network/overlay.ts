import { ipToNumber, parseCidr } from '../base/ip.ts'
import type { Logger } from '../base/log.ts'
import { run, runResult } from '../base/run.ts'
import { DONE, type Outcome, type Reconciler } from '../client/controller.ts'
import type { Lister } from '../client/lister.ts'
import type { Node } from '../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import { linkExists, writeSysctl } from './links.ts'
import { VXLAN, VXLAN_ID, VXLAN_PORT } from './names.ts'

/** Another node, as the overlay sees it. */
export interface Peer {
  readonly podCidr: string
  readonly ip: string
}

/** What VXLAN takes from every packet: outer Ethernet, IPv4, UDP and VXLAN headers. */
export const VXLAN_OVERHEAD = 50

export interface OverlayOptions {
  readonly nodeName: string
  readonly nodeIp: string
  readonly nodes: Lister<Node & KubeObject>
  /** MTU of the device, in bytes. */
  readonly mtu: number
  readonly log: Logger
}

/** The nodes that packets are sent to: all but this one that have a pod range and an address. */
export function planPeers(nodes: Iterable<Frozen<Node>>, self: string): Peer[] {
  const peers: Peer[] = []
  for (const node of nodes) {
    const podCidr = node.spec?.podCIDR
    const ip = node.status?.addresses?.find(a => a.type === 'InternalIP')?.address
    if (node.metadata?.name !== self && podCidr && ip && parseCidr(podCidr)) peers.push({ podCidr, ip })
  }
  return peers.sort((a, b) => (a.podCidr < b.podCidr ? -1 : 1))
}

/** The address of a node's VXLAN device: the first of its pod range, which no pod gets. */
export function tunnelAddress(podCidr: string): string {
  return podCidr.slice(0, podCidr.indexOf('/'))
}

/** The hardware address of a node's VXLAN device, which every node can work out from the pod range. */
export function tunnelMac(podCidr: string): string {
  const n = ipToNumber(tunnelAddress(podCidr))
  const octets = [0x0a, 0x6b, n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
  return octets.map(o => o.toString(16).padStart(2, '0')).join(':')
}

/** What must change between two sets of peers, as lines for `ip -batch` and `bridge -batch`. */
export function planChanges(before: readonly Peer[], after: readonly Peer[]): { ip: string[]; bridge: string[] } {
  const key = (p: Peer): string => `${p.podCidr} ${p.ip}`
  const had = new Set(before.map(key))
  const has = new Set(after.map(key))
  const stillRouted = new Set(after.map(p => p.podCidr))
  const ip: string[] = []
  const bridge: string[] = []
  for (const p of before.filter(x => !has.has(key(x)))) {
    bridge.push(`fdb del ${tunnelMac(p.podCidr)} dev ${VXLAN} dst ${p.ip}`)
    if (stillRouted.has(p.podCidr)) continue
    ip.push(`route del ${p.podCidr} dev ${VXLAN}`, `neigh del ${tunnelAddress(p.podCidr)} dev ${VXLAN}`)
  }
  for (const p of after.filter(x => !had.has(key(x)))) {
    bridge.push(`fdb replace ${tunnelMac(p.podCidr)} dev ${VXLAN} dst ${p.ip}`)
    ip.push(
      `neigh replace ${tunnelAddress(p.podCidr)} lladdr ${tunnelMac(p.podCidr)} dev ${VXLAN} nud permanent`,
      `route replace ${p.podCidr} via ${tunnelAddress(p.podCidr)} dev ${VXLAN} onlink`,
    )
  }
  return { ip, bridge }
}

/** Keeps a VXLAN device with a route to each other node's pods. Without other nodes there is no device. */
export class Overlay implements Reconciler {
  readonly #o: OverlayOptions
  #peers: Peer[] = []
  #device: string | undefined

  constructor(options: OverlayOptions) {
    this.#o = options
  }

  async reconcile(): Promise<Outcome> {
    const own = this.#o.nodes.get(this.#o.nodeName)?.spec?.podCIDR
    if (!own) return DONE
    const peers = planPeers(this.#o.nodes.all(), this.#o.nodeName)
    if (peers.length === 0 && !this.#device) {
      // One node alone: a device that an earlier run left has no use.
      if (linkExists(VXLAN)) await removeOverlay()
      return DONE
    }
    await this.#ensureDevice(own)
    const changes = planChanges(this.#peers, peers)
    // Removals may be gone already (the kernel drops routes with links): only additions must succeed.
    if (changes.bridge.length > 0) await batch('bridge', changes.bridge)
    if (changes.ip.length > 0) await batch('ip', changes.ip)
    if (changes.ip.length + changes.bridge.length > 0)
      this.#o.log.info('Routes to other nodes changed', { nodes: peers.length })
    this.#peers = peers
    return DONE
  }

  async #ensureDevice(podCidr: string): Promise<void> {
    if (this.#device === podCidr && linkExists(VXLAN)) return
    // Made anew at start: what an earlier run put on it is not trusted.
    if (linkExists(VXLAN)) await removeOverlay()
    this.#peers = []
    const { nodeIp, mtu } = this.#o
    await run('ip', ['-batch', '-'], {
      input: [
        `link add ${VXLAN} mtu ${mtu} address ${tunnelMac(podCidr)} type vxlan id ${VXLAN_ID} local ${nodeIp} dstport ${VXLAN_PORT} nolearning`,
        `addr add ${tunnelAddress(podCidr)}/32 dev ${VXLAN}`,
        `link set ${VXLAN} up`,
        '',
      ].join('\n'),
    })
    // Node ports of loopback addresses lead to pods of other nodes too, and their answers back.
    writeSysctl(`net/ipv4/conf/${VXLAN}/route_localnet`, '1')
    this.#device = podCidr
  }
}

async function batch(command: 'ip' | 'bridge', lines: readonly string[]): Promise<void> {
  const removals = lines.filter(l => l.includes(' del '))
  const additions = lines.filter(l => !l.includes(' del '))
  if (removals.length > 0) await runResult(command, ['-force', '-batch', '-'], { input: `${removals.join('\n')}\n` })
  if (additions.length > 0) await run(command, ['-batch', '-'], { input: `${additions.join('\n')}\n` })
}

/** Removes the VXLAN device with its routes. */
export async function removeOverlay(): Promise<string[]> {
  if (!linkExists(VXLAN)) return []
  await runResult('ip', ['link', 'del', VXLAN])
  return [VXLAN]
}
