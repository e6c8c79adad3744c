import { busy, type FilterPlugin } from '../framework.ts'
import { hostPortsOf, portsClash } from '../node-info.ts'

const REASON = "node(s) didn't have free ports for the requested pod ports"

/** The node's ports that the pod wants must be free. */
export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  wakesOn: ['node-added', 'pod-removed'],
  prepare: pod => {
    const wanted = hostPortsOf(pod)
    if (wanted.length === 0) return undefined
    return {
      filter: info => (info.usedPorts.some(used => wanted.some(w => portsClash(used, w))) ? busy(REASON) : undefined),
    }
  },
}
