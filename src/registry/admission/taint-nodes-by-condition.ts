import type { Node } from '../../kinds/generated/types.ts'
import type { KubeObject } from '../../kinds/object.ts'
import { type AdmissionPlugin, isAbout } from './plugin.ts'

const KEY = 'node.kubernetes.io/not-ready'
const EFFECT = 'NoSchedule'

/** A new node takes no pods until it is known to be ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit(request) {
    if (!isAbout(request, 'core/nodes') || request.operation !== 'CREATE' || !request.object) return
    const node = request.object as KubeObject & Node
    const taints = node.spec?.taints ?? []
    if (taints.some(t => t.key === KEY && t.effect === EFFECT)) return
    node.spec = { ...node.spec, taints: [...taints, { key: KEY, effect: EFFECT }] }
  },
}
