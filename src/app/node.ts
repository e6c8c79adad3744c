import { join } from 'node:path'
import { createAgent } from '../agent/agent.ts'
import type { PodNetwork } from '../agent/pod-network.ts'
import { DockerRuntime } from '../agent/runtime/docker.ts'
import type { Runtime } from '../agent/runtime/runtime.ts'
import { KubeletRoutes } from '../agent/server/routes.ts'
import type { Clock } from '../base/clock.ts'
import { hostResolver } from '../base/host-files.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informers.ts'
import { missingTools, NodeNetwork } from '../network/node-network.ts'
import { ownerOf } from './clean.ts'
import { type NodeConfig, paths } from './config.ts'
import { nodeFaults, readSurroundings } from './surroundings.ts'
import { HttpsListener } from './https-listener.ts'
import type { ClusterFacts } from './join-server.ts'
import { ConfigError } from './options.ts'
import { Parts } from './parts.ts'
import type { KeyPair } from './pki.ts'
import { KUBERNETES_VERSION, VERSION } from './version.ts'

export interface NodeOptions {
  readonly node: NodeConfig
  readonly dataDir: string
  readonly cluster: ClusterFacts
  /** PEM of the cluster's authority. */
  readonly ca: string
  /** What the kubelet's API shows. */
  readonly serving: KeyPair
  readonly client: Client
  /** Started and stopped by their owner. */
  readonly informers: Informers
  readonly clock: Clock
  readonly log: Logger
}

/** A node as its owner knows it. */
export interface NodeHandle extends Part {
  /** The kubelet's API shows another certificate from now on. */
  useServing(serving: KeyPair): void
}

/** One node: container engine, network, agent and the kubelet's API. The same on a server and on a joined machine. */
export function createNode(options: NodeOptions): NodeHandle {
  return new NodePart(options)
}

class NodePart implements NodeHandle {
  readonly #o: NodeOptions
  readonly #parts: Parts
  #listener: HttpsListener | undefined
  #serving: KeyPair

  constructor(options: NodeOptions) {
    this.#o = options
    this.#serving = options.serving
    this.#parts = new Parts(options.log)
  }

  useServing(serving: KeyPair): void {
    this.#serving = serving
    this.#listener?.useCertificate(serving)
  }

  async start(): Promise<void> {
    const { node, dataDir, cluster, client, clock, log, ca } = this.#o
    const dir = paths(dataDir).node
    const resolvConf = hostResolver()
    const { runtime, network } = node.runtime === 'hollow' ? await this.#hollow() : this.#docker(resolvConf)
    const nodeNetwork = network instanceof NodeNetwork ? network : undefined
    if (nodeNetwork) await this.#parts.add('network', nodeNetwork)
    const agent = createAgent({
      client,
      runtime,
      network,
      clock,
      log,
      nodeName: node.name,
      nodeIp: node.ip,
      labels: node.labels,
      taints: node.taints,
      kubeletPort: node.kubeletPort,
      kubeletVersion: `${KUBERNETES_VERSION}+kubelite-${VERSION}`,
      dataDir: dir,
      clusterDns: cluster.clusterDns,
      clusterDomain: cluster.clusterDomain,
      resolvConf,
      networkFault: () => nodeNetwork?.fault ?? '',
    })
    nodeNetwork?.onReady(() => void agent.refreshNode())
    const routes = new KubeletRoutes({ host: agent, clock, log, nodeName: node.name })
    const listener = new HttpsListener({
      address: '0.0.0.0',
      port: node.kubeletPort,
      portFlag: 'kubelet-port',
      serving: this.#serving,
      clientCa: ca,
      handler: routes.handler,
      upgrade: routes.upgrade,
    })
    this.#listener = listener
    await this.#parts.add('kubelet-api', listener)
    await this.#parts.add('agent', agent)
  }

  stop(): Promise<void> {
    return this.#parts.stop()
  }

  #docker(resolvConf: string): { runtime: Runtime; network: PodNetwork } {
    const { node, dataDir, cluster, client, informers, clock, log } = this.#o
    if (process.getuid?.() !== 0)
      throw new ConfigError('a node needs root, for network links and iptables: run as root, or with --disable-agent')
    const missing = missingTools()
    if (missing.length > 0)
      throw new ConfigError(
        `a node needs the programs ${missing.join(', ')}: on Debian and Ubuntu apt-get install iptables iproute2 util-linux`,
      )
    const faults = nodeFaults(dataDir, readSurroundings(dataDir))
    if (faults.length > 0) throw new ConfigError(`a node cannot work here: ${faults.join('; ')}`)
    const dir = paths(dataDir).node
    const runtime = new DockerRuntime({
      socket: node.dockerSocket,
      owner: ownerOf(dataDir),
      dir: join(dir, 'runtime'),
      clock,
      log,
    })
    const network = new NodeNetwork({
      client,
      informers,
      clock,
      log,
      nodeName: node.name,
      nodeIp: node.ip,
      clusterCidr: cluster.clusterCidr,
      clusterDns: cluster.clusterDns,
      clusterDomain: cluster.clusterDomain,
      dir: join(dir, 'addresses'),
      resolvConf,
    })
    return { runtime, network }
  }

  async #hollow(): Promise<{ runtime: Runtime; network: PodNetwork }> {
    const { HollowRuntime } = await import('../agent/runtime/hollow.ts')
    return { runtime: new HollowRuntime({ clock: this.#o.clock }), network: new HollowNetwork() }
  }
}

/** Addresses that lead nowhere, for pods that do not really run. */
class HollowNetwork implements PodNetwork {
  readonly #addresses = new Map<string, string>()
  #last = 0

  async setUp(pod: { readonly uid: string }): Promise<{ ip: string }> {
    let ip = this.#addresses.get(pod.uid)
    if (!ip) {
      this.#last++
      ip = `10.${42 + (this.#last >> 16)}.${(this.#last >> 8) & 255}.${this.#last & 255}`
      this.#addresses.set(pod.uid, ip)
    }
    return { ip }
  }

  async tearDown(pod: { readonly uid: string }): Promise<void> {
    this.#addresses.delete(pod.uid)
  }

  async keepOnly(isKnown: (uid: string) => boolean): Promise<void> {
    for (const uid of this.#addresses.keys()) if (!isKnown(uid)) this.#addresses.delete(uid)
  }
}
