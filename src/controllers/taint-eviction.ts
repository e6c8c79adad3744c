import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, requeueAfter, source } from '../client/controller.ts'
import { node as nodeKind } from '../kinds/core/node.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import type { Taint, Toleration } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { disruptPod } from './shared/disruption.ts'
import { sameObject } from './shared/equal.ts'
import { tolerates } from './shared/taints.ts'

/** Seconds that a pod may stay beside these taints: 0 is not at all, Infinity is for ever. */
export function planStay(taints: readonly Frozen<Taint>[], tolerations: readonly Frozen<Toleration>[]): number {
  let stay = Number.POSITIVE_INFINITY
  for (const taint of taints) {
    const fitting = tolerations.filter(t => tolerates(t, taint))
    if (fitting.length === 0) return 0
    for (const t of fitting)
      if (t.tolerationSeconds !== undefined) stay = Math.min(stay, Math.max(t.tolerationSeconds, 0))
  }
  return stay
}

const executing = (taints: readonly Frozen<Taint>[] | undefined): readonly Frozen<Taint>[] =>
  (taints ?? []).filter(t => t.effect === 'NoExecute')

/** Removes pods that do not tolerate their node's NoExecute taints, at once or when their time is up. */
export function taintEvictionController(ctx: ControllerContext): Part {
  const nodes = ctx.informers.of(nodeKind)
  const pods = ctx.informers.of(podKind)
  const recorder = ctx.recorder('taint-eviction-controller')
  pods.addIndex('node', p => (p.spec?.nodeName ? [p.spec.nodeName] : []))
  /** Since when a pod's time runs, in milliseconds since the epoch, by the pod's uid. */
  const since = new Map<string, number>()
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const pod = pods.lister.get(key)
      const uid = pod?.metadata.uid ?? ''
      if (!pod || pod.metadata.deletionTimestamp) {
        since.delete(uid)
        return DONE
      }
      const taints = executing(nodes.lister.get(pod.spec?.nodeName ?? '')?.spec?.taints)
      const stay = planStay(taints, pod.spec?.tolerations ?? [])
      if (stay === Number.POSITIVE_INFINITY) {
        if (since.delete(uid))
          recorder.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
        return DONE
      }
      const now = ctx.clock.now()
      if (stay > 0) {
        const began = since.get(uid) ?? now
        since.set(uid, began)
        const left = began + stay * 1000 - now
        if (left > 0) return requeueAfter(left)
      }
      since.delete(uid)
      recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
      const message = 'Taint manager: deleting due to NoExecute taint'
      await disruptPod(ctx.client, pod, { condition: { reason: 'DeletionByTaintManager', message } }, now)
      return DONE
    },
  }
  return controller(ctx, {
    name: 'taint-eviction',
    reconciler,
    sources: [
      source(pods, ({ object, previous, type }) => {
        if (type === 'deleted') since.delete(object.metadata.uid ?? '')
        if (type === 'deleted' || !object.spec?.nodeName) return []
        const same = previous?.spec?.nodeName && sameObject(previous.spec.tolerations, object.spec.tolerations)
        return same && !object.metadata.deletionTimestamp ? [] : [objectKey(object)]
      }),
      source(nodes, ({ object, previous }) => {
        if (sameObject(executing(previous?.spec?.taints), executing(object.spec?.taints))) return []
        return [...pods.lister.byIndex('node', object.metadata.name ?? '')].map(p => objectKey(p))
      }),
    ],
  })
}
