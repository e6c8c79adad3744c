import { existsSync } from 'node:fs'
import { type Cidr, cidrText, parseCidr } from '../base/ip.ts'
import type { Logger } from '../base/log.ts'
import { run, runResult } from '../base/run.ts'
import { PodAddresses } from './ipam.ts'
import { linkExists, linkNames, writeSysctl } from './links.ts'
import { BRIDGE, VETH_PREFIX, vethName } from './names.ts'

export interface PodNetworkOptions {
  /** Directory of the address files. */
  readonly dir: string
  /** All pods of the cluster. */
  readonly clusterCidr: string
  readonly log: Logger
  /** Bytes; pods get the bridge's. */
  readonly mtu: number
}

/** One pod to connect: `pid` is a process in its network namespace. */
export interface PodConnection {
  readonly uid: string
  readonly netnsPid: number
}

/**
 * Connects pods to this node's bridge: an address from the node's range, a veth pair, a default route.
 * Everything is repeatable: a second call for the same pod finds what the first made.
 */
export class BridgeNetwork {
  readonly #o: PodNetworkOptions
  #addresses: PodAddresses | undefined
  #cidr: Cidr | undefined

  constructor(options: PodNetworkOptions) {
    this.#o = options
  }

  /** Makes the bridge for this node's range. Called again with another range (the node was made anew) it moves. */
  async start(podCidr: string): Promise<void> {
    const cidr = parseCidr(podCidr)
    if (!cidr) throw new Error(`The node's pod range "${podCidr}" is no IPv4 range`)
    this.#cidr = cidr
    this.#addresses = new PodAddresses(this.#o.dir, cidr)
    const gateway = `${this.#addresses.gateway}/${cidr.bits}`
    if (!linkExists(BRIDGE)) await run('ip', ['link', 'add', BRIDGE, 'type', 'bridge'])
    const present = await run('ip', ['-o', '-4', 'addr', 'show', 'dev', BRIDGE])
    const stale = [...present.matchAll(/inet (\S+)/g)].map(m => m[1]).filter(a => a !== gateway)
    const batch = [
      ...stale.map(a => `addr del ${a} dev ${BRIDGE}`),
      `addr replace ${gateway} dev ${BRIDGE}`,
      // By itself a bridge takes the lowest hardware address of its ports: it would change as pods come and go, and
      // pods would go on sending to the one they know.
      `link set ${BRIDGE} address ${bridgeMac(this.#addresses.gateway)}`,
      `link set ${BRIDGE} mtu ${this.#o.mtu} up`,
    ]
    await run('ip', ['-batch', '-'], { input: `${batch.join('\n')}\n` })
    writeSysctl('net/ipv4/ip_forward', '1')
    // Answers between pods of one bridge must pass iptables, or a service's address is not translated back.
    if (!existsSync('/proc/sys/net/bridge')) await runResult('modprobe', ['br_netfilter'])
    if (!existsSync('/proc/sys/net/bridge'))
      this.#o.log.warn('The kernel has no br_netfilter: pods do not reach pods of their own node through services')
    writeSysctl('net/bridge/bridge-nf-call-iptables', '1')
    writeSysctl(`net/ipv4/conf/${BRIDGE}/route_localnet`, '1')
    this.#o.log.info('Pod network ready', { bridge: BRIDGE, range: cidrText(cidr) })
  }

  /** Connects a pod and gives its address. */
  async setUp(pod: PodConnection): Promise<{ ip: string }> {
    const { addresses, cidr } = this.#ready()
    const ip = addresses.take(pod.uid)
    const veth = vethName(pod.uid)
    const inPod = await runResult('nsenter', [
      '-t',
      String(pod.netnsPid),
      '-n',
      'ip',
      '-o',
      '-4',
      'addr',
      'show',
      'dev',
      'eth0',
    ])
    if (inPod.code === 0 && inPod.stdout.includes(`inet ${ip}/`) && linkExists(veth)) {
      // Whoever made it may have been killed before the next step.
      await this.#attach(veth)
      return { ip }
    }
    if (linkExists(veth)) await runResult('ip', ['link', 'del', veth])
    // One batch in the pod's namespace makes the pair: its other end is put where this process is.
    await run('nsenter', ['-t', String(pod.netnsPid), '-n', 'ip', '-batch', '-'], {
      input: [
        `link add eth0 mtu ${this.#o.mtu} type veth peer name ${veth} mtu ${this.#o.mtu} netns ${process.pid}`,
        'link set lo up',
        `addr add ${ip}/${cidr.bits} dev eth0`,
        'link set eth0 up',
        `route add default via ${addresses.gateway}`,
        '',
      ].join('\n'),
    })
    await this.#attach(veth)
    return { ip }
  }

  /** Hairpin: a pod may reach itself through its service. */
  async #attach(veth: string): Promise<void> {
    await run('ip', ['-batch', '-'], {
      input: `link set ${veth} master ${BRIDGE} up\nlink set ${veth} type bridge_slave hairpin on\n`,
    })
  }

  /** Removes what setUp made. The link goes with the pod's namespace; the address is free again. */
  async tearDown(uid: string): Promise<void> {
    const veth = vethName(uid)
    if (linkExists(veth)) await runResult('ip', ['link', 'del', veth])
    this.#addresses?.release(uid)
  }

  /** Frees addresses and links of pods of which `isKnown` is not true. */
  async keepOnly(isKnown: (uid: string) => boolean): Promise<void> {
    for (const uid of this.#ready().addresses.holders()) if (!isKnown(uid)) await this.tearDown(uid)
  }

  #ready(): { addresses: PodAddresses; cidr: Cidr } {
    if (!this.#addresses || !this.#cidr) throw new Error('The pod network is not ready: the node has no pod range yet')
    return { addresses: this.#addresses, cidr: this.#cidr }
  }
}

/** A hardware address of our own for the bridge: 0a:58 (locally administered) and the gateway's IPv4 address. */
export function bridgeMac(gateway: string): string {
  return ['0a', '58', ...gateway.split('.').map(o => Number(o).toString(16).padStart(2, '0'))].join(':')
}

/** Removes the bridge and all pod links of kubelite. */
export async function removePodNetwork(): Promise<string[]> {
  const ours = linkNames().filter(n => n === BRIDGE || n.startsWith(VETH_PREFIX))
  for (const name of ours) await runResult('ip', ['link', 'del', name])
  return ours
}
