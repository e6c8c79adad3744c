import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Client } from '../client/client.ts'
import type { EventRecorder } from '../client/events.ts'
import type { ContainerStarter } from './container-starter.ts'
import type { Images } from './images.ts'
import type { PodNetwork } from './pod-network.ts'
import type { VolumeKeeper } from './pod-volumes.ts'
import type { PodView } from './pods.ts'
import type { ReferenceWatcher } from './references.ts'
import type { Runtime, RuntimeInfo } from './runtime/runtime.ts'
import type { Tokens } from './volumes/tokens.ts'

/** What every pod worker shares. */
export interface WorkerDeps {
  readonly client: Client
  readonly runtime: Runtime
  readonly network: PodNetwork
  readonly clock: Clock
  readonly log: Logger
  readonly recorder: EventRecorder
  readonly images: Images
  readonly starter: ContainerStarter
  readonly volumes: VolumeKeeper
  readonly references: ReferenceWatcher
  readonly tokens: Tokens
  readonly nodeIp: string
  readonly dataDir: string
  readonly clusterDns: string
  readonly clusterDomain: string
  /** The node's resolver file. */
  readonly resolvConf: string
  readonly info: () => RuntimeInfo
  /** What the node has for pods: cpu, memory, ephemeral-storage. */
  readonly allocatable: () => Readonly<Record<string, string>>
  /** Shows an image's ID as statuses do. */
  readonly imageId: (id: string) => string
  /** Why the node cannot take a pod; undefined where it can. */
  readonly admit: (pod: PodView) => { readonly reason: string; readonly message: string } | undefined
  /** Room on the node became free: resizes that wait are looked at again. */
  readonly roomFreed: () => void
}
