import { type FilterPlugin, unfit } from '../framework.ts'
import { tolerates } from './taint-toleration.ts'

const REASON = 'node(s) were unschedulable'
const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const

/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  wakesOn: ['node-added', 'node-schedulable'],
  prepare: pod => {
    if (tolerates(pod.spec?.tolerations, TAINT)) return undefined
    return { filter: info => (info.node.spec?.unschedulable ? unfit(REASON) : undefined) }
  },
}
