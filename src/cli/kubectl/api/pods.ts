import { selectorText } from '../../../kinds/columns.ts'
import { PlainError } from '../base/errors.ts'
import type { Call } from '../base/verb.ts'
import type { Json } from './connection.ts'
import { metadataOf, planTargets } from './targets.ts'
import { pathOf } from './discovery.ts'
import { watchEvents } from './watching.ts'

export interface Container {
  readonly name: string
  readonly image?: string
  readonly [field: string]: unknown
}
/** The parts of a Pod that commands look at. */
export interface Pod extends Json {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly creationTimestamp?: string
    readonly annotations?: Record<string, string>
    readonly labels?: Record<string, string>
    readonly uid?: string
    readonly resourceVersion?: string
  }
  readonly spec: {
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
    readonly ephemeralContainers?: readonly Container[]
    readonly nodeName?: string
    readonly restartPolicy?: string
  }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}
export interface ContainerStatus {
  readonly name: string
  readonly ready?: boolean
  readonly restartCount?: number
  readonly state?: {
    readonly running?: Json
    readonly waiting?: Json
    readonly terminated?: Json & { exitCode?: number; reason?: string; message?: string }
  }
}

const PODS = { group: '', version: 'v1', plural: 'pods', namespaced: true } as const
/** The path of pods, of one pod, or of a subresource. */
export const podPath = (namespace: string, name = '', subresource = ''): string =>
  pathOf(PODS as never, namespace, name, subresource)

/** The containers that the label `a, b, c (init)` names. */
export function containerNames(pod: Pod): string {
  const { containers, ephemeralContainers = [], initContainers = [] } = pod.spec
  return [
    ...containers.map(c => c.name),
    ...ephemeralContainers.map(c => `${c.name} (ephem)`),
    ...initContainers.map(c => `${c.name} (init)`),
  ].join(', ')
}

export function hasContainer(pod: Pod, name: string): boolean {
  const { containers, ephemeralContainers = [], initContainers = [] } = pod.spec
  return [...containers, ...ephemeralContainers, ...initContainers].some(c => c.name === name)
}

/** The container to work in: the one asked for, the one that the pod prefers, or the first. Tells what it chose. */
export function chooseContainer(pod: Pod, asked: string, tell: (line: string) => void): string {
  if (asked) {
    if (hasContainer(pod, asked)) return asked
    throw new PlainError(`container ${asked} is not valid for pod ${pod.metadata.name} out of: ${containerNames(pod)}`)
  }
  const preferred = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (preferred) {
    if (hasContainer(pod, preferred)) return preferred
    tell(`Default container name ${JSON.stringify(preferred)} not found in pod ${pod.metadata.name}`)
  }
  const first = pod.spec.containers[0]?.name ?? ''
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec
  if (containers.length + initContainers.length + ephemeralContainers.length > 1)
    tell(`Defaulted container ${JSON.stringify(first)} out of: ${containerNames(pod)}`)
  return first
}

/** The label selector of what has pods: a workload or a service. Throws PlainError for all else. */
export function selectorOf(object: Json): string {
  const kind = String(object['kind'])
  const selector = (object['spec'] as { selector?: Json } | undefined)?.selector
  const empty = !selector || Object.keys(selector).length === 0
  if (kind === 'Service' && empty)
    throw new PlainError(`invalid service '${metadataOf(object).name}': Service is defined without a selector`)
  if (!WORKLOADS.includes(kind)) throw new PlainError(`selector for ${goType(object)} not implemented`)
  if (empty) return ''
  const byLabels = kind === 'ReplicationController' || kind === 'Service'
  return selectorText(byLabels ? { matchLabels: selector as Record<string, string> } : selector)
}

const WORKLOADS = ['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'ReplicationController', 'Service', 'StatefulSet']

/** The type of an object as kubectl names it: `*v1.Service`. */
const goType = (object: Json): string => `*${String(object['apiVersion']).split('/').at(-1)}.${String(object['kind'])}`

/** Reads what `pod`, `pod/x` or `deploy/x` names: a pod, or an object that has pods. */
export async function readAttachable(call: Call, word: string): Promise<Json> {
  const { session } = call
  if (!word.includes('/')) return session.connection.json({ path: podPath(session.namespace, word) })
  const [target] = planTargets(await session.resources(), [word], { namespace: session.namespace, listing: false })
  if (!target) throw new PlainError('expected a resource')
  return session.connection.json({ path: pathOf(target.resource, target.namespace, target.name) })
}

/** The pods of an object in `order`; waits for one as long as --pod-running-timeout says. */
export async function podsOf(
  call: Call,
  object: Json,
  o: {
    readonly order: (a: Pod, b: Pod) => number
    /** What is done with them, for the error: `attach to`. */
    readonly doing: string
  },
): Promise<Pod[]> {
  if (object['kind'] === 'Pod') return [object as Pod]
  const namespace = metadataOf(object).namespace ?? ''
  const labelSelector = podSelector(object, o.doing)
  const { connection } = call.session
  const list = await connection.json<{ items?: Pod[]; metadata: { resourceVersion: string } }>({
    path: podPath(namespace),
    query: { labelSelector },
  })
  const typed = (pod: Pod): Pod => ({ ...pod, kind: 'Pod', apiVersion: 'v1' })
  if (list.items?.length) return list.items.map(typed).sort(o.order)
  const abort = new AbortController()
  using _timer = call.io.clock.setTimer(call.flags.duration('pod-running-timeout'), () => abort.abort())
  const query = { labelSelector, resourceVersion: list.metadata.resourceVersion }
  for await (const event of watchEvents(connection, {
    path: podPath(namespace),
    query,
    signal: AbortSignal.any([abort.signal, call.io.signal]),
  }))
    if (event.type === 'ADDED') return [typed(event.object as Pod)]
  throw new PlainError('timed out waiting for the condition')
}

function podSelector(object: Json, doing: string): string {
  try {
    return selectorOf(object)
  } catch (error) {
    throw new PlainError(`cannot ${doing} ${goType(object)}: ${(error as Error).message}`)
  }
}

const READY = (pod: Pod): boolean =>
  pod.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false
const PHASES: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 }

/** Pods that are likelier to answer first: placed, running, ready, older. */
export function byReadiness(a: Pod, b: Pod): number {
  const placed = Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName))
  const running = (PHASES[b.status?.phase ?? ''] ?? 0) - (PHASES[a.status?.phase ?? ''] ?? 0)
  const ready = Number(READY(b)) - Number(READY(a))
  const older = (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1
  return placed || running || ready || older
}
