import { existsSync, mkdirSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Client } from '../client/client.ts'
import { EventRecorder } from '../client/events.ts'
import { Informer } from '../client/informer.ts'
import { node } from '../kinds/core/node.ts'
import { configMap } from '../kinds/core/config-map.ts'
import { secret } from '../kinds/core/secret.ts'
import { service } from '../kinds/core/service.ts'
import { serviceAccount } from '../kinds/core/service-account.ts'
import type { Node, Pod, Service, Taint } from '../kinds/generated/types.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Frozen, ObjectOf } from '../kinds/object.ts'
import { refusalOf } from './admission.ts'
import { ContainerStarter } from './container-starter.ts'
import { Images } from './images.ts'
import { type Headroom, readHeadroom, readMachine } from './node/facts.ts'
import { NodeReporter } from './node/reporter.ts'
import { allocatableOf } from './node/status.ts'
import { podsDir } from './pod-dir.ts'
import { PodManager } from './pod-manager.ts'
import type { PodNetwork } from './pod-network.ts'
import { noVolumes, PodVolumes } from './pod-volumes.ts'
import { podNamespaceOf, specOf } from './pods.ts'
import { ReferenceWatcher } from './references.ts'
import type { Runtime, RuntimeContainer, RuntimeInfo } from './runtime/runtime.ts'
import type { KubeletHost } from './server/host.ts'
import { serviceEnv } from './service-env.ts'
import { attemptsOf, newestSandbox } from './step-pod.ts'
import { Claims } from './volumes/claims.ts'
import { Tokens } from './volumes/tokens.ts'
import type { WorkerDeps } from './worker-deps.ts'

export interface AgentOptions {
  readonly client: Client
  readonly runtime: Runtime
  readonly network: PodNetwork
  readonly clock: Clock
  readonly log: Logger
  readonly nodeName: string
  readonly nodeIp: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly Taint[]
  /** Port of the kubelet's HTTPS API. Defaults to 10250. */
  readonly kubeletPort?: number
  /** The Kubernetes release that the node reports: `v1.36.3`. */
  readonly kubeletVersion: string
  readonly dataDir: string
  /** Empty where the cluster has no DNS. */
  readonly clusterDns: string
  readonly clusterDomain: string
  /** The node's resolver file, which pods inherit. Defaults to systemd's own, or else /etc/resolv.conf. */
  readonly resolvConf?: string
  /** Why the network cannot take pods yet; empty when it can. Defaults to always ready. */
  readonly networkFault?: () => string
  /** What is left of memory, disk and processes. Defaults to what the machine says of itself. */
  readonly headroom?: () => Headroom
}

/** The node agent: runs the pods that the API binds to this node and reports on them and on the node. */
export interface Agent extends Part, KubeletHost {
  /** Reports the node's status anew, for example when the network has become ready. */
  refreshNode(): Promise<void>
}

/** Builds the agent. It registers the node in `start`, which resolves when existing pods are adopted. */
export function createAgent(options: AgentOptions): Agent {
  return new NodeAgent(options)
}

/** Where systemd's resolver runs, the usual file names only a local stub, which pods cannot reach. */
const SYSTEMD_RESOLVER = '/run/systemd/resolve/resolv.conf'
const RESOLVER = '/etc/resolv.conf'

class NodeAgent implements Agent {
  readonly runtime: Runtime
  readonly #o: AgentOptions
  readonly #recorder: EventRecorder
  readonly #references: ReferenceWatcher
  readonly #services: Informer<ObjectOf<Service>>
  readonly #node: Informer<ObjectOf<Node>>
  readonly #pods: PodManager
  readonly #reporter: NodeReporter
  readonly #images: Images
  #info: RuntimeInfo | undefined
  #engineFault = ''

  constructor(o: AgentOptions) {
    this.#o = o
    this.runtime = o.runtime
    const { client, clock, log, runtime, dataDir, nodeName } = o
    mkdirSync(podsDir(dataDir), { recursive: true, mode: 0o755 })
    const machine = readMachine(dataDir)
    const info = (): RuntimeInfo => {
      if (!this.#info) throw new Error('The container runtime is not connected yet')
      return this.#info
    }
    this.#recorder = new EventRecorder({ client, clock, log, component: 'kubelet', host: nodeName })
    this.#references = new ReferenceWatcher({
      client,
      clock,
      log,
      configMaps: configMap,
      secrets: secret,
      onChange: uid => this.#pods.worker(uid)?.refresh(),
    })
    const services = new Informer({ client, clock, log, kind: service as Kind<ObjectOf<Service>> })
    this.#services = services
    this.#node = new Informer({ client, clock, log, kind: node, fieldSelector: `metadata.name=${nodeName}` })
    const tokens = new Tokens({ client, clock, kind: serviceAccount })
    const images = new Images({ runtime, clock })
    this.#images = images
    const starter = new ContainerStarter({
      runtime,
      images,
      log,
      dataDir,
      clusterDomain: o.clusterDomain,
      nodeMemoryBytes: machine.memoryBytes,
      info,
      services: pod => serviceEnv(services.lister.all(), podNamespaceOf(pod), specOf(pod).enableServiceLinks !== false),
    })
    const deps: WorkerDeps = {
      client,
      runtime,
      network: o.network,
      clock,
      log,
      recorder: this.#recorder,
      images,
      starter,
      volumes: runtime.simulated
        ? noVolumes
        : new PodVolumes({
            dataDir,
            clock,
            tokens,
            claims: new Claims({ client, node: () => this.#node.lister.get(nodeName) }),
          }),
      references: this.#references,
      tokens,
      nodeIp: o.nodeIp,
      dataDir,
      clusterDns: o.clusterDns,
      clusterDomain: o.clusterDomain,
      resolvConf: o.resolvConf ?? (existsSync(SYSTEMD_RESOLVER) ? SYSTEMD_RESOLVER : RESOLVER),
      info,
      allocatable: () => allocatableOf(machine),
      imageId: id => images.idText(info().name, id),
      roomFreed: () => {
        for (const worker of this.#pods.workers) worker.retryResize()
      },
      admit: pod => {
        const others = [...this.#pods.workers].filter(w => w.active && w.uid !== pod.metadata.uid).map(w => w.pod)
        return refusalOf(pod, { node: this.#node.lister.get(nodeName), allocatable: allocatableOf(machine), others })
      },
    }
    this.#pods = new PodManager(deps, {
      nodeName,
      onEngine: fault => {
        this.#engineFault = fault ? 'container runtime is down' : ''
        if (fault) log.warn('Container runtime lost', { error: fault })
        void this.#reporter.refresh()
      },
    })
    this.#reporter = new NodeReporter({
      client,
      clock,
      log,
      runtime,
      node: () => this.#node.lister.get(nodeName),
      nodeName,
      nodeIp: o.nodeIp,
      labels: o.labels ?? {},
      taints: o.taints ?? [],
      kubeletPort: o.kubeletPort ?? 10_250,
      kubeletVersion: o.kubeletVersion,
      headroom: o.headroom ?? (() => readHeadroom(dataDir)),
      machine,
      info,
      fault: () => this.#engineFault || (o.networkFault?.() ?? ''),
    })
  }

  async start(): Promise<void> {
    const { runtime } = this.#o
    await runtime.start()
    this.#info = await runtime.info()
    this.#images.learn(await runtime.listImages())
    await Promise.all([this.#reporter.start(), this.#services.start(), this.#node.start()])
    await this.#pods.start()
  }

  async stop(): Promise<void> {
    await this.#pods.stop()
    await Promise.all([this.#reporter.stop(), this.#services.stop(), this.#node.stop(), this.#references.stop()])
    await this.#recorder.stop()
    await this.#o.runtime.stop()
  }

  refreshNode(): Promise<void> {
    return this.#reporter.refresh()
  }

  pods(): readonly Frozen<Pod>[] {
    return [...this.#pods.workers].map(w => w.pod)
  }

  pod(namespace: string, name: string): Frozen<Pod> | undefined {
    return this.#pods.byName(namespace, name)?.pod
  }

  async container(pod: Frozen<Pod>, name: string, previous = false): Promise<RuntimeContainer | undefined> {
    const known = this.#pods.worker(pod.metadata?.uid ?? '')?.containers ?? []
    return attemptsOf(known, name)[previous ? 1 : 0]
  }

  async sandbox(pod: Frozen<Pod>): Promise<RuntimeContainer | undefined> {
    return newestSandbox(this.#pods.worker(pod.metadata?.uid ?? '')?.containers ?? [])
  }
}
