import { badRequest } from '../../base/errors.ts'

interface Named {
  readonly name: string
}

/** What connecting to a pod needs of it. */
export interface PodView {
  readonly metadata: { readonly name?: string; readonly namespace?: string }
  readonly spec: {
    readonly nodeName?: string
    readonly hostNetwork?: boolean
    readonly containers: readonly (Named & {
      readonly ports?: readonly { readonly containerPort: number; readonly name?: string }[]
    })[]
    readonly initContainers?: readonly Named[]
    readonly ephemeralContainers?: readonly Named[]
  }
  readonly status?: { readonly podIP?: string; readonly podIPs?: readonly { readonly ip?: string }[] }
}

/** The container meant: the one named, or the only one there is. Throws 400. */
export function containerOf(pod: PodView, wanted: string | undefined): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec
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
  const { nodeName } = pod.spec
  if (!nodeName) throw badRequest(`pod ${pod.metadata.name ?? ''} does not have a host assigned`)
  return nodeName
}
