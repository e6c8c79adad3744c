import { parseQuantity, MILLI, scaledValue } from '../base/quantity.ts'
import type { PodSpec } from '../kinds/generated/types.ts'
import { computeQosClass } from '../kinds/core/pod/qos.ts'
import { ConfigError } from './env.ts'
import { type ContainerView, type PodView, podNameOf, podNamespaceOf, podTitle, podUidOf, specOf } from './pods.ts'
import {
  type ContainerIdentity,
  CPU_PERIOD_US,
  type Limits,
  type RuntimeImage,
  type RuntimeInfo,
} from './runtime/runtime.ts'

/** Pods of this priority and above are the system's own. */
const CRITICAL_PRIORITY = 2_000_000_000
const MIN_CPU_SHARES = 2
const MIN_CPU_QUOTA_US = 1000

export function identityOf(pod: PodView, name: string, attempt: number): ContainerIdentity {
  return { podUid: podUidOf(pod), podName: podNameOf(pod), podNamespace: podNamespaceOf(pod), name, attempt }
}

/** The pod's cgroup, below one for its quality of service. */
export function cgroupParentOf(pod: PodView, info: RuntimeInfo): string {
  const qos = computeQosClass(specOf(pod) as PodSpec)
  const levels = qos === 'Guaranteed' ? ['kubelite'] : ['kubelite', qos.toLowerCase()]
  const own = `pod${podUidOf(pod)}`
  if (info.cgroupDriver === 'cgroupfs') return `/${[...levels, own].join('/')}`
  return `${[...levels, own.replaceAll('-', '_')].join('-')}.slice`
}

/** Limits of a container from its requests and limits. */
export function limitsOf(resources: ContainerView['resources']): Limits {
  const { requests, limits } = resources ?? {}
  const cpuLimit = limits?.cpu ? scaledValue(parseQuantity(limits.cpu), MILLI) : 0
  const cpuRequest = requests?.cpu ? scaledValue(parseQuantity(requests.cpu), MILLI) : cpuLimit
  return {
    cpuShares: Math.min(Math.max(Math.floor((cpuRequest * 1024) / 1000), MIN_CPU_SHARES), 262_144),
    cpuQuotaUs: cpuLimit ? Math.max((cpuLimit * CPU_PERIOD_US) / 1000, MIN_CPU_QUOTA_US) : 0,
    memoryBytes: limits?.memory ? scaledValue(parseQuantity(limits.memory)) : 0,
  }
}

/** How soon the kernel takes a container when memory is short: 1000 first, -997 last. */
export function oomScoreAdj(pod: PodView, container: ContainerView, nodeMemoryBytes: number): number {
  if ((specOf(pod).priority ?? 0) >= CRITICAL_PRIORITY) return -997
  const qos = computeQosClass(specOf(pod) as PodSpec)
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const text = container.resources?.requests?.memory
  const request = text ? scaledValue(parseQuantity(text)) : 0
  const adjust = 1000 - Math.floor((1000 * request) / nodeMemoryBytes)
  return Math.min(Math.max(adjust, 3), 999)
}

/** `user`, `user:group`, or empty for the image's own. Throws {@link ConfigError} where root is forbidden and cannot be ruled out. */
export function userOf(pod: PodView, container: ContainerView, image: RuntimeImage): string {
  const podContext = specOf(pod).securityContext
  const own = container.securityContext
  const user = own?.runAsUser ?? podContext?.runAsUser
  const group = own?.runAsGroup ?? podContext?.runAsGroup
  if (own?.runAsNonRoot ?? podContext?.runAsNonRoot) checkNonRoot(pod, container, user, image.user)
  if (user !== undefined) return group === undefined ? String(user) : `${user}:${group}`
  return group === undefined ? '' : `${image.user.split(':')[0] || '0'}:${group}`
}

function checkNonRoot(pod: PodView, container: ContainerView, user: number | undefined, imageUser: string): void {
  const where = `(pod: "${podTitle(pod)}", container: ${container.name})`
  if (user === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`)
  if (user !== undefined) return
  const named = imageUser.split(':')[0] ?? ''
  if (named === '' || named === '0')
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`)
  if (!/^\d+$/.test(named)) {
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${named}), cannot verify user is non-root ${where}`,
    )
  }
}

/** Groups that the container's process is in besides its own. */
export function groupsOf(pod: PodView): number[] {
  const { supplementalGroups = [], fsGroup } = specOf(pod).securityContext ?? {}
  return [...new Set([...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])])]
}

/** Names without the prefix that the kernel gives them. */
export function capabilityNames(names: readonly string[] | undefined): string[] {
  return (names ?? []).map(n => n.toUpperCase().replace(/^CAP_/, ''))
}

/** `unconfined`, `runtime/default`, or what `readProfile` gives for a profile on the node. */
export function seccompOf(pod: PodView, container: ContainerView, readProfile: (name: string) => string): string {
  const profile = container.securityContext?.seccompProfile ?? specOf(pod).securityContext?.seccompProfile
  if (profile?.type === 'RuntimeDefault') return 'runtime/default'
  if (profile?.type === 'Localhost') return readProfile(profile.localhostProfile ?? '')
  return 'unconfined'
}

/** Empty for the engine's own profile. */
export function apparmorOf(pod: PodView, container: ContainerView): string {
  const profile = container.securityContext?.appArmorProfile ?? specOf(pod).securityContext?.appArmorProfile
  if (profile?.type === 'Unconfined') return 'unconfined'
  return profile?.type === 'Localhost' ? (profile.localhostProfile ?? '') : ''
}
