import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, requeueAfter, source } from '../client/controller.ts'
import { node as nodeKind } from '../kinds/core/node.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import { objectKey } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { disruptPod } from './shared/disruption.ts'
import type { FrozenPod } from './shared/pods.ts'
import { hasEnded } from './shared/pods.ts'

/** A node that is missing for this long does not come back with its pods. */
const QUARANTINE_MS = 40_000
const ENDED = 'ended'

/** The ended pods to remove so that `threshold` stay: evicted ones first, then the oldest. */
export function planEnded(ended: readonly FrozenPod[], threshold: number): FrozenPod[] {
  const surplus = ended.length - threshold
  if (surplus <= 0) return []
  const evicted = (p: FrozenPod): boolean => p.status?.phase === 'Failed' && p.status.reason === 'Evicted'
  const order = (a: FrozenPod, b: FrozenPod): number =>
    Number(evicted(b)) - Number(evicted(a)) ||
    Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '') ||
    ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)
  return [...ended].sort(order).slice(0, surplus)
}

/** A pod that ends without ever having been on a node: nobody else would let it go. */
export const isUnscheduledTerminating = (pod: FrozenPod): boolean =>
  !!pod.metadata.deletionTimestamp && !pod.spec?.nodeName && (pod.metadata.deletionGracePeriodSeconds ?? 0) > 0

/**
 * Removes pods that nobody else removes: on nodes that are gone, ended ones beyond a number, and ending ones that
 * were never scheduled. Keys are `ended`, `node NAME` and `pod NAMESPACE/NAME`.
 */
export function podGcController(ctx: ControllerContext): Part {
  const nodes = ctx.informers.of(nodeKind)
  const pods = ctx.informers.of(podKind)
  pods.addIndex('node', p => (p.spec?.nodeName ? [p.spec.nodeName] : []))
  pods.addIndex(ENDED, p => (hasEnded(p) ? [ENDED] : []))
  /** Since when a node with pods is missing, in milliseconds since the epoch. */
  const missing = new Map<string, number>()

  const removeEnded = async (): Promise<Outcome> => {
    const surplus = planEnded([...pods.lister.byIndex(ENDED, ENDED)], ctx.config.terminatedPodThreshold)
    for (const pod of surplus) await disruptPod(ctx.client, pod, { gracePeriodSeconds: 0 }, ctx.clock.now())
    return DONE
  }
  const removeOrphans = async (name: string): Promise<Outcome> => {
    const orphans = [...pods.lister.byIndex('node', name)]
    if (nodes.lister.get(name) || orphans.length === 0) {
      missing.delete(name)
      return DONE
    }
    const now = ctx.clock.now()
    const since = missing.get(name) ?? now
    missing.set(name, since)
    if (now < since + QUARANTINE_MS) return requeueAfter(since + QUARANTINE_MS - now)
    for (const pod of orphans) {
      if (pod.metadata.deletionTimestamp && pod.metadata.deletionGracePeriodSeconds === 0) continue
      const condition = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' }
      await disruptPod(ctx.client, pod, { condition, fail: !hasEnded(pod), gracePeriodSeconds: 0 }, now)
    }
    // A node of that name which comes and goes again is missing anew.
    missing.delete(name)
    return DONE
  }
  const removeUnscheduled = async (key: string): Promise<Outcome> => {
    const pod = pods.lister.get(key)
    if (pod && isUnscheduledTerminating(pod))
      await disruptPod(ctx.client, pod, { fail: !hasEnded(pod), gracePeriodSeconds: 0 }, ctx.clock.now())
    return DONE
  }
  const reconciler: Reconciler = {
    reconcile(key) {
      const space = key.indexOf(' ')
      if (space < 0) return removeEnded()
      const rest = key.slice(space + 1)
      return key.startsWith('node ') ? removeOrphans(rest) : removeUnscheduled(rest)
    },
  }
  return controller(ctx, {
    name: 'pod-gc',
    reconciler,
    sources: [
      source(pods, ({ type, object }) => {
        if (type === 'deleted') return []
        const keys: string[] = []
        const node = object.spec?.nodeName
        if (node && !nodes.lister.get(node)) keys.push(`node ${node}`)
        if (isUnscheduledTerminating(object)) keys.push(`pod ${objectKey(object)}`)
        if (hasEnded(object) && pods.lister.count(ENDED, ENDED) > ctx.config.terminatedPodThreshold) keys.push(ENDED)
        return keys
      }),
      source(nodes, ({ object }) => {
        const name = object.metadata.name ?? ''
        return pods.lister.count('node', name) ? [`node ${name}`] : []
      }),
    ],
  })
}
