import { parseQuantity, compareQuantities, tryParseQuantity } from '../../base/quantity.ts'
import type { Taint, Toleration } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import { type FilterPlugin, type NodeObject, type PodObject, type ScorePlugin, unfit } from '../framework.ts'

const REASON = 'node(s) had untolerated taint(s)'

type TaintLike = Pick<Frozen<Taint>, 'key' | 'effect'> & { readonly value?: string | undefined }

/** True where one of the tolerations covers the taint (core/v1 Toleration.ToleratesTaint). */
export function tolerates(tolerations: Frozen<Toleration[]> | undefined, taint: TaintLike): boolean {
  return (tolerations ?? []).some(t => {
    if (t.effect && t.effect !== taint.effect) return false
    if (t.key && t.key !== taint.key) return false
    switch (t.operator || 'Equal') {
      case 'Exists':
        return true
      case 'Equal':
        return (t.value ?? '') === (taint.value ?? '')
      case 'Lt':
        return compared(taint.value, t.value, -1)
      case 'Gt':
        return compared(taint.value, t.value, 1)
      default:
        return false
    }
  })
}

function compared(taint: string | undefined, toleration: string | undefined, want: number): boolean {
  if (!taint || !toleration || !tryParseQuantity(taint) || !tryParseQuantity(toleration)) return false
  return Math.sign(compareQuantities(parseQuantity(taint), parseQuantity(toleration))) === want
}

/** True where a taint of the node keeps the pod away. */
export function untoleratedTaint(tolerations: Frozen<Toleration[]> | undefined, node: NodeObject): boolean {
  return node.spec?.taints?.some(t => t.effect !== 'PreferNoSchedule' && !tolerates(tolerations, t)) ?? false
}

/** The pod must tolerate the taints that keep pods away. */
export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  wakesOn: ['node-added', 'node-taints'],
  prepare: (pod: PodObject) => {
    const tolerations = pod.spec?.tolerations
    // For scoring only tolerations that name no effect or PreferNoSchedule count.
    const soft = tolerations?.filter(t => !t.effect || t.effect === 'PreferNoSchedule')
    return {
      filter: info => (untoleratedTaint(tolerations, info.node) ? unfit(REASON) : undefined),
      normalize: 'by-max-reversed' as const,
      score: info =>
        (info.node.spec?.taints ?? []).filter(t => t.effect === 'PreferNoSchedule' && !tolerates(soft, t)).length,
    }
  },
}
