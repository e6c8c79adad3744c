import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { node as nodeKind } from '../kinds/core/node.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'

const ANNOTATION = 'node.alpha.kubernetes.io/ttl'

/** Seconds for which kubelets may keep secrets and config maps, by the size of the cluster. */
export function planTtl(nodes: number): number {
  if (nodes <= 100) return 0
  if (nodes <= 500) return 15
  if (nodes <= 1000) return 30
  if (nodes <= 2000) return 60
  return 300
}

/** Notes on each node for how long its kubelet may keep what it has read. */
export function ttlController(ctx: ControllerContext): Part {
  const nodes = ctx.informers.of(nodeKind)
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const ttl = String(planTtl(nodes.lister.size))
      const node = nodes.lister.get(key)
      if (!node || node.metadata.annotations?.[ANNOTATION] === ttl) return DONE
      await ctx.client.patch(nodeKind, '', key, 'merge', { metadata: { annotations: { [ANNOTATION]: ttl } } })
      return DONE
    },
  }
  return controller(ctx, { name: 'ttl', reconciler, sources: [source(nodes)], workers: 1 })
}
