import type { Node, Pod } from '../../kinds/generated/types.ts'
import type { AnyObject, KubeObject } from '../../kinds/object.ts'
import type { World } from '../world.ts'
import { type AdmissionPlugin, isAbout } from './plugin.ts'

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

/** A pod shows the zone and region of its node as labels of its own. */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  admit(request, world) {
    if (!isAbout(request, 'core/pods') || request.operation !== 'CREATE' || !request.object) return
    const node = (request.object as KubeObject & Pod).spec?.nodeName
    if (node) copyTopology(request.object, node, world)
  },
}

/** Also for bindings, which give a pod its node later. */
export function copyTopology(pod: AnyObject, nodeName: string, world: World): void {
  const labels = world.get<KubeObject & Node>('core/nodes', '', nodeName)?.metadata.labels
  if (!labels) return
  for (const label of LABELS) {
    const value = labels[label]
    if (value !== undefined) pod.metadata.labels = { ...pod.metadata.labels, [label]: value as string }
  }
}
