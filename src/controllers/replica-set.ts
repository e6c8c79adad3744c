import type { Part } from '../base/part.ts'
import { selectorFromObject } from '../base/selector.ts'
import { replicaSet } from '../kinds/apps/replica-set.ts'
import type { ControllerContext } from './shared/context.ts'
import { replicasController } from './shared/replicas.ts'

/** Keeps the number of pods that each ReplicaSet asks for. */
export function replicaSetController(ctx: ControllerContext): Part {
  return replicasController(ctx, {
    name: 'replicaset',
    component: 'replicaset-controller',
    kind: replicaSet,
    selector: object => selectorFromObject(object.spec?.selector),
    countTerminating: true,
  })
}
