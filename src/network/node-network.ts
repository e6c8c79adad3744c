import { existsSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import { run, runResult } from '../base/run.ts'
import { Controller, DONE, type Outcome, source } from '../client/controller.ts'
import type { Client } from '../client/client.ts'
import { Informer } from '../client/informer.ts'
import type { Informers } from '../client/informers.ts'
import { namespace } from '../kinds/core/namespace.ts'
import { node } from '../kinds/core/node.ts'
import { pod } from '../kinds/core/pod.ts'
import { service } from '../kinds/core/service.ts'
import { endpointSlice } from '../kinds/discovery/endpoint-slice.ts'
import type { Node } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import { DnsServer } from './dns/server.ts'
import { readNameservers, Upstream } from './dns/upstream.ts'
import { dnsWorld, ipsOfService, ipsOfSlice, SERVICES_BY_IP, SLICES_BY_IP } from './dns/world.ts'
import { linkMtu } from './links.ts'
import { BRIDGE } from './names.ts'
import { Overlay, removeOverlay, VXLAN_OVERHEAD } from './overlay.ts'
import { BridgeNetwork, type PodConnection, removePodNetwork } from './pod-network.ts'
import { removeChains } from './proxy/iptables.ts'
import { serviceOfSlice, ServiceProxy, SLICES_BY_SERVICE } from './proxy/proxy.ts'

/** What the machine refused is tried again at least this often, as kube-proxy does: the cause may go by itself. */
const LONGEST_RETRY_MS = 30_000

export interface NodeNetworkOptions {
  readonly client: Client
  readonly informers: Informers
  readonly clock: Clock
  readonly log: Logger
  readonly nodeName: string
  readonly nodeIp: string
  readonly clusterCidr: string
  readonly clusterDns: string
  readonly clusterDomain: string
  /** Directory for pod addresses. */
  readonly dir: string
  /** The host's resolver file. */
  readonly resolvConf: string
}

/** How long a pod waits for the node's range before its failure is told and it is tried again. */
const PATIENCE_MS = 10_000

/** The cluster DNS service: answered in the node process, so the proxy leaves it alone. */
const DNS_SERVICE = 'kube-system/kube-dns'

/** All of a node's network: pod links, routes to other nodes, the service proxy and DNS. */
export class NodeNetwork implements Part {
  readonly #o: NodeNetworkOptions
  readonly #parts: Part[] = []
  #bridge: BridgeNetwork | undefined
  #range = ''
  #ready: Promise<void> | undefined
  #becomeReady: () => void = () => {}
  readonly #onReady: (() => void)[] = []
  #dns: DnsServer | undefined

  constructor(options: NodeNetworkOptions) {
    this.#o = options
  }

  /** Begins; the pod network gets ready as soon as the node has a pod range. */
  async start(): Promise<void> {
    const { informers, clock, log, nodeName, nodeIp, dir, clusterCidr } = this.#o
    const mtu = (await linkMtu(nodeIp)) - VXLAN_OVERHEAD
    this.#bridge = new BridgeNetwork({ dir, clusterCidr, log, mtu })
    this.#ready = new Promise(resolve => {
      this.#becomeReady = resolve
    })
    const nodes = informers.of(node)
    const overlay = new Overlay({ nodeName, nodeIp, nodes: nodes.lister, mtu, log })
    const one = (): string[] => ['all']
    this.#add(
      new Controller({
        name: 'pod-network',
        clock,
        log,
        workers: 1,
        maxDelayMs: LONGEST_RETRY_MS,
        sources: [source(nodes, one)],
        reconciler: { reconcile: () => this.#follow(nodes.lister.get(nodeName)) },
      }),
    )
    this.#add(
      new Controller({
        name: 'overlay',
        clock,
        log,
        workers: 1,
        maxDelayMs: LONGEST_RETRY_MS,
        sources: [source(nodes, one)],
        reconciler: overlay,
      }),
    )
    this.#addProxy()
    for (const part of this.#parts) await part.start()
  }

  async stop(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.stop()
  }

  /** Why pods cannot be connected yet; empty when they can. */
  get fault(): string {
    return this.#range === '' ? 'the node has no pod range yet' : ''
  }

  /** Calls `fn` when the pod network has become ready. */
  onReady(fn: () => void): void {
    this.#onReady.push(fn)
  }

  /** Connects a pod; waits for a while for the node's pod range if it must. */
  async setUp(connection: PodConnection): Promise<{ ip: string }> {
    if (this.#range === '') await this.#patience()
    return this.#network().setUp(connection)
  }

  /** Who waits without end cannot be told to stop: pods that are deleted meanwhile would stay. */
  async #patience(): Promise<void> {
    const abort = new AbortController()
    const late = this.#o.clock.sleep(PATIENCE_MS, abort.signal).then(() => {
      throw new Error(`network is not ready: ${this.fault}`)
    })
    try {
      await Promise.race([this.#ready, late])
    } finally {
      abort.abort()
      late.catch(() => {})
    }
  }

  async tearDown(pod: { readonly uid: string }): Promise<void> {
    await this.#network().tearDown(pod.uid)
  }

  /** Frees what pods left of which `isKnown` is not true. */
  async keepOnly(isKnown: (uid: string) => boolean): Promise<void> {
    await this.#ready
    await this.#network().keepOnly(isKnown)
  }

  #network(): BridgeNetwork {
    if (!this.#bridge) throw new Error('The network has not started')
    return this.#bridge
  }

  #add(part: Part): void {
    this.#parts.push(part)
  }

  async #follow(self: Frozen<Node> | undefined): Promise<Outcome> {
    const range = self?.spec?.podCIDR
    if (!range || (range === this.#range && this.#dns)) return DONE
    await this.#network().start(range)
    this.#range = range
    this.#becomeReady()
    for (const fn of this.#onReady.splice(0)) fn()
    // Last: where somebody else has its port, pods run without names until it can be had.
    await this.#startDns()
    return DONE
  }

  #addProxy(): void {
    const { informers, client, clock, log, nodeName, clusterCidr, clusterDns } = this.#o
    const services = informers.of(service)
    const slices = informers.of(endpointSlice)
    slices.addIndex(SLICES_BY_SERVICE, serviceOfSlice)
    const pods = new Informer({ client, kind: pod, clock, log, fieldSelector: `spec.nodeName=${nodeName}` })
    this.#add({ start: async () => void pods.start(), stop: () => pods.stop() })
    const nodes = informers.of(node)
    const zone = (): string => nodes.lister.get(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'] ?? ''
    const proxy = new ServiceProxy({
      place: () => ({ name: nodeName, zone: zone() }),
      clusterCidr,
      clusterDns,
      services: services.lister,
      slices: slices.lister,
      pods: pods.lister,
      clock,
      log,
      answeredHere: new Set([DNS_SERVICE]),
    })
    const controller = new Controller({
      name: 'service-proxy',
      clock,
      log,
      workers: 1,
      maxDelayMs: LONGEST_RETRY_MS,
      reconciler: proxy,
      sources: [
        source(services, () => ['all']),
        source(slices, () => ['all']),
        // Only host ports concern the proxy: other pods would wake it for nothing.
        source(pods, c => (c.object.spec?.containers.some(k => k.ports?.some(p => p.hostPort)) ? ['all'] : [])),
        { informer: pods, attach: add => (add('all'), { [Symbol.dispose]: () => {} }) },
      ],
    })
    this.#add({ start: async () => {}, stop: () => proxy.stop() })
    this.#add(controller)
  }

  async #startDns(): Promise<void> {
    const { informers, clock, log, clusterDns, clusterDomain, resolvConf } = this.#o
    await run('ip', ['addr', 'replace', `${clusterDns}/32`, 'dev', BRIDGE])
    if (this.#dns) return
    const services = informers.of(service)
    const slices = informers.of(endpointSlice)
    services.addIndex(SERVICES_BY_IP, ipsOfService)
    slices.addIndex(SLICES_BY_IP, ipsOfSlice)
    const world = dnsWorld({
      services: services.lister,
      slices: slices.lister,
      namespaces: informers.of(namespace).lister,
      slicesByService: SLICES_BY_SERVICE,
    })
    const upstream = new Upstream({ clock, nameservers: () => readNameservers(resolvConf, [clusterDns]) })
    const dns = new DnsServer({ address: clusterDns, domain: clusterDomain, world, upstream, log })
    try {
      await dns.start()
    } catch (error) {
      // It may have one of its two ports.
      await dns.stop()
      throw new Error(`Cannot answer DNS on ${clusterDns}: does another server listen on port 53 of all addresses?`, {
        cause: error,
      })
    }
    this.#dns = dns
    this.#add(dns)
  }
}

/** Removes every link, route and rule of kubelite from this machine. Gives lines that say what was removed. */
export async function removeNodeNetwork(): Promise<string[]> {
  const out: string[] = []
  const links = [...(await removeOverlay()), ...(await removePodNetwork())]
  if (links.length > 0) out.push(`removed links ${links.join(' ')}`)
  if ((await runResult('iptables-save', ['-t', 'nat'])).code === 0) {
    const chains = await removeChains()
    if (chains.length > 0) out.push(`removed ${chains.length} iptables chains`)
  }
  return out
}

/** True where the tools that the network needs are there; else which one is missing. */
export function missingTools(): string[] {
  const path = (process.env.PATH ?? '').split(':')
  return ['ip', 'bridge', 'nsenter', 'iptables', 'iptables-restore'].filter(
    tool => !path.some(dir => existsSync(`${dir}/${tool}`)),
  )
}
