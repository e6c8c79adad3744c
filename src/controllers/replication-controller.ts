import type { Part } from '../base/part.ts'
import { selectorFromLabels } from '../base/selector.ts'
import { replicationController } from '../kinds/core/replication-controller.ts'
import type { ControllerContext } from './shared/context.ts'
import { replicasController } from './shared/replicas.ts'

/** Keeps the number of pods that each ReplicationController asks for. */
export function replicationControllerController(ctx: ControllerContext): Part {
  return replicasController(ctx, {
    name: 'replicationcontroller',
    component: 'replication-controller',
    kind: replicationController,
    selector: object => selectorFromLabels(object.spec?.selector),
    countTerminating: false,
  })
}
