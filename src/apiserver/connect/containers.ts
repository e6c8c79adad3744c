import { badRequest } from '../../base/errors.ts'
import type { PodObject } from '../../kinds/core/pod/object.ts'
import type { Frozen } from '../../kinds/object.ts'

interface Named {
  readonly name: string
}

export type PodView = Frozen<PodObject>

/** The container meant: the one named, or the only one there is. Throws 400. */
export function containerOf(pod: PodView, wanted: string | undefined): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {}
  const name = pod.metadata.name ?? ''
  if (wanted) {
    if ([...containers, ...initContainers, ...ephemeralContainers].some(c => c.name === wanted)) return wanted
    throw badRequest(`container ${wanted} is not valid for pod ${name}`)
  }
  const [only] = containers
  if (only && containers.length === 1) return only.name
  if (!only) throw badRequest(`a container name must be specified for pod ${name}`)
  const names = (list: readonly Named[]): string => `[${list.map(c => c.name).join(' ')}]`
  const inits = initContainers.length ? ` or one of the init containers: ${names(initContainers)}` : ''
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: ${names(containers)}${inits}`)
}

/** The node of a pod. Throws 400 where it has none yet. */
export function hostOf(pod: PodView): string {
  const nodeName = pod.spec?.nodeName
  if (!nodeName) throw badRequest(`pod ${pod.metadata.name ?? ''} does not have a host assigned`)
  return nodeName
}
