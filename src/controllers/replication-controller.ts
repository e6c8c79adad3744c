import type { Part } from '../base/part.ts'
import { selectorFromLabels } from '../base/selector.ts'
import { source } from '../client/controller.ts'
import { pod } from '../kinds/core/pod.ts'
import { replicationController } from '../kinds/core/replication-controller.ts'
import type { Frozen } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { ownersOfDependent } from './shared/dependents.ts'
import { indexByController } from './shared/owners.ts'
import type { ReplicaOwner } from './shared/replicas.ts'
import { ReplicasReconciler } from './shared/replicas.ts'
import type { ReplicationController } from './shared/types.ts'

/** A ReplicationController as the engine sees it. */
export function replicationControllerView(object: Frozen<ReplicationController>): ReplicaOwner {
  return {
    object,
    replicas: object.spec?.replicas ?? 1,
    minReadySeconds: object.spec?.minReadySeconds ?? 0,
    selector: selectorFromLabels(object.spec?.selector),
    template: object.spec?.template ?? {},
    status: object.status,
  }
}

/** Keeps the number of pods that each ReplicationController asks for. */
export function replicationControllerController(ctx: ControllerContext): Part {
  const owners = ctx.informers.of(replicationController)
  const pods = ctx.informers.of(pod)
  indexByController(pods)
  const reconciler = new ReplicasReconciler(ctx, {
    kind: replicationController,
    owners,
    pods,
    recorder: ctx.recorder('replication-controller'),
    view: replicationControllerView,
    countTerminating: false,
  })
  return controller(ctx, {
    name: 'replicationcontroller',
    reconciler,
    sources: [
      source(owners),
      source(
        pods,
        ownersOfDependent(replicationController, owners, (owner, labels) =>
          selectorFromLabels(owner.spec?.selector).matches(labels),
        ),
      ),
    ],
  })
}
