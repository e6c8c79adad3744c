import type { Pod, PodSpec, Toleration } from '../../kinds/generated/types.ts'
import type { KubeObject } from '../../kinds/object.ts'
import { type AdmissionPlugin, isAbout } from './plugin.ts'

/** How long a pod stays on a node that is not ready or not reachable, in seconds. */
const SECONDS = 300
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** Pods that say nothing about lost nodes tolerate them for five minutes. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit(request) {
    if (!isAbout(request, 'core/pods') || !request.object) return
    const spec = (request.object as KubeObject & Pod).spec as PodSpec
    const given = spec.tolerations ?? []
    const added = TAINTS.filter(key => !given.some(t => covers(t, key))).map(
      (key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS }),
    )
    if (added.length) spec.tolerations = [...given, ...added]
  },
}

function covers(toleration: Toleration, key: string): boolean {
  return (!toleration.key || toleration.key === key) && (!toleration.effect || toleration.effect === 'NoExecute')
}
