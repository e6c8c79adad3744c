import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Client } from '../client/client.ts'
import { EventRecorder } from '../client/events.ts'
import { Informers } from '../client/informers.ts'
import { bootstrapSignerController } from './bootstrap-signer.ts'
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts'
import { deploymentController } from './deployment.ts'
import { disruptionController } from './disruption.ts'
import { endpointSliceController } from './endpoint-slice.ts'
import { endpointSliceMirroringController } from './endpoint-slice-mirroring.ts'
import { endpointsController } from './endpoints.ts'
import { garbageCollector } from './garbage-collector.ts'
import { namespaceController } from './namespace.ts'
import { nodeIpamController } from './node-ipam.ts'
import { nodeLifecycleController } from './node-lifecycle.ts'
import { podGcController } from './pod-gc.ts'
import { pvProtectionController } from './pv-protection.ts'
import { pvcProtectionController } from './pvc-protection.ts'
import { replicaSetController } from './replica-set.ts'
import { replicationControllerController } from './replication-controller.ts'
import { resourceQuotaController } from './resource-quota.ts'
import { rootCaController } from './root-ca.ts'
import { serviceAccountController } from './service-account.ts'
import { serviceAccountTokensController } from './service-account-tokens.ts'
import { AllKinds } from './shared/all-kinds.ts'
import type { ControllerContext, ControllersConfig } from './shared/context.ts'
import { taintEvictionController } from './taint-eviction.ts'
import { tokenCleanerController } from './token-cleaner.ts'
import { ttlController } from './ttl.ts'
import { vacProtectionController } from './vac-protection.ts'
import { volumeBinderController } from './volume-binder.ts'
import { volumeExpandController } from './volume-expand.ts'

export type { ControllersConfig, LegacyTokenOrder } from './shared/context.ts'

/** All controllers. One file each; none knows of another. */
const CONTROLLERS: readonly ((ctx: ControllerContext) => Part)[] = [
  namespaceController,
  serviceAccountController,
  rootCaController,
  garbageCollector,
  replicaSetController,
  replicationControllerController,
  deploymentController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  nodeLifecycleController,
  nodeIpamController,
  taintEvictionController,
  podGcController,
  ttlController,
  pvcProtectionController,
  pvProtectionController,
  vacProtectionController,
  resourceQuotaController,
  clusterRoleAggregationController,
  disruptionController,
  serviceAccountTokensController,
  tokenCleanerController,
  bootstrapSignerController,
  volumeBinderController,
  volumeExpandController,
]

export interface ControllersOptions {
  /** A client that writes as `kube-controller-manager`. */
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly config: Pick<ControllersConfig, 'rootCa' | 'clusterCidr'> & Partial<ControllersConfig>
  /** Shared with other parts of the process, such as the scheduler, whose owner starts and stops it then. */
  readonly informers?: Informers
}

/** The controllers as one part of the process. */
export function startControllers(options: ControllersOptions): Part {
  return new Controllers(options)
}

class Controllers implements Part {
  readonly #informers: Informers
  readonly #ownsInformers: boolean
  readonly #allKinds: AllKinds
  readonly #recorders = new Map<string, EventRecorder>()
  readonly #parts: readonly Part[]

  constructor(options: ControllersOptions) {
    const { client, clock, log } = options
    this.#ownsInformers = options.informers === undefined
    this.#informers = options.informers ?? new Informers({ client, clock, log })
    this.#allKinds = new AllKinds({ client, informers: this.#informers, log })
    const config = {
      nodeCidrMaskSize: 24,
      nodeMonitorGracePeriodMs: 50_000,
      terminatedPodThreshold: 12_500,
      ...options.config,
    }
    const ctx: ControllerContext = {
      client,
      clock,
      log,
      informers: this.#informers,
      config,
      allKinds: this.#allKinds,
      recorder: component => {
        let recorder = this.#recorders.get(component)
        if (!recorder) this.#recorders.set(component, (recorder = new EventRecorder({ client, clock, log, component })))
        return recorder
      },
    }
    this.#parts = CONTROLLERS.map(make => make(ctx))
  }

  async start(): Promise<void> {
    await this.#allKinds.start()
    if (this.#ownsInformers) await this.#informers.start()
    await Promise.all(this.#parts.map(p => p.start()))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parts.map(p => p.stop()))
    await this.#allKinds.stop()
    await Promise.all([...this.#recorders.values()].map(r => r.stop()))
    if (this.#ownsInformers) await this.#informers.stop()
  }
}
