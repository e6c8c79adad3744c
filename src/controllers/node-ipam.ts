import type { Cidr } from '../base/ip.ts'
import { addressAt, cidrText, parseCidr } from '../base/ip.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { node as nodeKind } from '../kinds/core/node.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'

/** The lowest share of the cluster's range that no node has; undefined where all are taken. */
export function planPodCidr(cluster: Cidr, maskSize: number, taken: ReadonlySet<string>): string | undefined {
  const shares = 2 ** Math.max(maskSize - cluster.bits, 0)
  for (let i = 0; i < shares; i++) {
    const base = parseCidr(`${addressAt(cluster, i * 2 ** (32 - maskSize))}/${maskSize}`)
    const text = base && cidrText(base)
    if (text && !taken.has(text)) return text
  }
  return undefined
}

/** Gives each node its share of the pod addresses. */
export function nodeIpamController(ctx: ControllerContext): Part {
  const nodes = ctx.informers.of(nodeKind)
  const recorder = ctx.recorder('cidrAllocator')
  const cluster = parseCidr(ctx.config.clusterCidr)
  const without = new Set<string>()
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const node = nodes.lister.get(key)
      without.delete(key)
      if (!cluster || !node || node.metadata.deletionTimestamp || node.spec?.podCIDR) return DONE
      const taken = new Set([...nodes.lister.all()].flatMap(n => n.spec?.podCIDRs ?? [n.spec?.podCIDR ?? '']))
      const podCIDR = planPodCidr(cluster, ctx.config.nodeCidrMaskSize, taken)
      if (!podCIDR) {
        without.add(key)
        const text = `Node ${key} status is now: CIDRNotAvailable`
        recorder.event(node, 'Normal', 'CIDRNotAvailable', text)
        return DONE
      }
      await ctx.client.patch(nodeKind, '', key, 'merge', { spec: { podCIDR, podCIDRs: [podCIDR] } })
      return DONE
    },
  }
  return controller(ctx, {
    name: 'node-ipam',
    reconciler,
    // A node that goes frees its share for one that has none yet.
    sources: [source(nodes, c => (c.type === 'deleted' ? [...without] : [c.object.metadata.name ?? '']))],
    workers: 1,
  })
}
