import type { Part } from '../base/part.ts'
import { selectorFromObject } from '../base/selector.ts'
import { source } from '../client/controller.ts'
import { replicaSet } from '../kinds/apps/replica-set.ts'
import { pod } from '../kinds/core/pod.ts'
import type { Frozen } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { ownersOfDependent } from './shared/dependents.ts'
import { indexByController } from './shared/owners.ts'
import type { ReplicaOwner } from './shared/replicas.ts'
import { ReplicasReconciler } from './shared/replicas.ts'
import type { ReplicaSet } from './shared/types.ts'

/** A ReplicaSet as the engine sees it. */
export function replicaSetView(object: Frozen<ReplicaSet>): ReplicaOwner {
  return {
    object,
    replicas: object.spec?.replicas ?? 1,
    minReadySeconds: object.spec?.minReadySeconds ?? 0,
    selector: selectorFromObject(object.spec?.selector),
    template: object.spec?.template ?? {},
    status: object.status,
  }
}

/** Keeps the number of pods that each ReplicaSet asks for. */
export function replicaSetController(ctx: ControllerContext): Part {
  const owners = ctx.informers.of(replicaSet)
  const pods = ctx.informers.of(pod)
  indexByController(pods)
  const reconciler = new ReplicasReconciler(ctx, {
    kind: replicaSet,
    owners,
    pods,
    recorder: ctx.recorder('replicaset-controller'),
    view: replicaSetView,
    countTerminating: true,
  })
  return controller(ctx, {
    name: 'replicaset',
    reconciler,
    sources: [
      source(owners),
      source(
        pods,
        ownersOfDependent(replicaSet, owners, (owner, labels) =>
          selectorFromObject(owner.spec?.selector).matches(labels),
        ),
      ),
    ],
  })
}
