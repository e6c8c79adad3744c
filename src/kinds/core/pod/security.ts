import { duplicate, forbidden, invalid, notSupported, required, tooLong } from '../../../base/field-error.ts'
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from '../../generated/types.ts'
import { byteLength } from '../../validation/names.ts'
import { checkId, checkOptionalChoice, type Faults } from './faults.ts'
import type { PodRules } from './options.ts'
import { checkDescendingPath } from './paths.ts'
import { checkWindowsOptions } from './windows.ts'

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined']

/** The security context of the pod. Host namespaces stand in the spec itself on the wire. */
export function checkPodSecurity(spec: PodSpec, path: string, rules: PodRules, out: Faults): void {
  const context = spec.securityContext
  const at = `${path}.securityContext`
  if (!context) return
  checkId(context.fsGroup, `${at}.fsGroup`, out)
  checkId(context.runAsUser, `${at}.runAsUser`, out)
  checkId(context.runAsGroup, `${at}.runAsGroup`, out)
  context.supplementalGroups?.forEach((group, i) => checkId(group, `${at}.supplementalGroups[${i}]`, out))
  if (context.sysctls?.length) checkSysctls(context, spec, `${at}.sysctls`, rules, out)
  checkOptionalChoice(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${at}.fsGroupChangePolicy`, out)
  checkSeccomp(context.seccompProfile, `${at}.seccompProfile`, out)
  checkWindowsOptions(context.windowsOptions, `${at}.windowsOptions`, out)
  checkAppArmor(context.appArmorProfile, `${at}.appArmorProfile`, out)
  checkOptionalChoice(context.supplementalGroupsPolicy, ['Merge', 'Strict'], `${at}.supplementalGroupsPolicy`, out)
  // Mounting with the label is behind a gate that is off in 1.36.
  checkOptionalChoice(context.seLinuxChangePolicy, ['Recursive'], `${at}.seLinuxChangePolicy`, out)
}

/** Kubernetes reports this one with the security context, since it keeps the field there. */
export function checkShareProcessNamespace(spec: PodSpec, path: string, out: Faults): void {
  if (spec.shareProcessNamespace && spec.hostPID) {
    const text = 'ShareProcessNamespace and HostPID cannot both be enabled'
    out.push(invalid(`${path}.securityContext.shareProcessNamespace`, true, text))
  }
}

const SYSCTL_NAME = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
const SYSCTL_TEXT =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'

function checkSysctls(context: PodSecurityContext, spec: PodSpec, path: string, rules: PodRules, out: Faults): void {
  const seen = new Set<string>()
  context.sysctls?.forEach(({ name }, i) => {
    const at = `${path}[${i}].name`
    if (!name) out.push(required(at))
    else if (name.length > 253 || !SYSCTL_NAME.test(name)) out.push(invalid(at, name, SYSCTL_TEXT))
    else if (seen.has(name)) out.push(duplicate(at, name))
    const host = rules.hostSysctls ? undefined : hostNamespaceOf(name, spec)
    if (host) out.push(invalid(at, name, `may not be specified when '${host}' is true`))
    seen.add(name)
  })
}

const IPC_SYSCTLS = new Set(
  ['sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced', 'shm', 'msgmax', 'msgmnb', 'msgmni', 'msg'].map(
    name => `kernel.${name}`,
  ),
)

/** The host namespace of the pod that a sysctl would change. */
export function hostNamespaceOf(sysctl: string, spec: PodSpec): 'hostNetwork' | 'hostIPC' | undefined {
  const name = dotted(sysctl)
  if (spec.hostNetwork && name.startsWith('net.')) return 'hostNetwork'
  return spec.hostIPC && (IPC_SYSCTLS.has(name) || name.startsWith('fs.mqueue.')) ? 'hostIPC' : undefined
}

/** `net/ipv4/ip_local_port_range` as `net.ipv4.ip_local_port_range`: the first separator decides. */
function dotted(name: string): string {
  const separator = /[./]/.exec(name)?.[0]
  if (separator !== '/') return name
  return name.replace(/[./]/g, c => (c === '/' ? '.' : '/'))
}

/** The security context of a container. */
export function checkSecurity(
  context: SecurityContext | undefined,
  hostUsers: boolean,
  path: string,
  out: Faults,
): void {
  if (!context) return
  checkId(context.runAsUser, `${path}.runAsUser`, out)
  checkId(context.runAsGroup, `${path}.runAsGroup`, out)
  checkOptionalChoice(context.procMount, ['Default', 'Unmasked'], `${path}.procMount`, out)
  if (hostUsers && context.procMount === 'Unmasked') {
    out.push(invalid(`${path}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`'))
  }
  checkSeccomp(context.seccompProfile, `${path}.seccompProfile`, out)
  if (context.allowPrivilegeEscalation === false) checkNoEscalation(context, path, out)
  checkWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, out)
  checkAppArmor(context.appArmorProfile, `${path}.appArmorProfile`, out)
}

function checkNoEscalation(context: SecurityContext, path: string, out: Faults): void {
  if (context.privileged) {
    out.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'))
  }
  for (const capability of context.capabilities?.add ?? []) {
    if (capability !== 'CAP_SYS_ADMIN') continue
    const text = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'
    out.push(invalid(path, context, text))
  }
}

function checkSeccomp(profile: SeccompProfile | undefined, path: string, out: Faults): void {
  if (!profile) return
  checkProfileType(profile.type, 'type is required when seccompProfile is set', `${path}.type`, out)
  const local = profile.localhostProfile
  const at = `${path}.localhostProfile`
  if (profile.type === 'Localhost') {
    if (local === undefined) out.push(required(at, 'must be set when seccomp type is Localhost'))
    else checkDescendingPath(local, at, out)
  } else if (local !== undefined) {
    out.push(invalid(at, profile, 'can only be set when seccomp type is Localhost'))
  }
}

function checkProfileType(type: string, missing: string, path: string, out: Faults): void {
  if (!type) out.push(required(path, missing))
  else if (!PROFILE_TYPES.includes(type)) out.push(notSupported(path, type, PROFILE_TYPES))
}

/** PATH_MAX less one. */
const MAX_PROFILE = 4095

/** An AppArmor profile of a pod or container. */
export function checkAppArmor(profile: AppArmorProfile | undefined, path: string, out: Faults): void {
  if (!profile) return
  const local = profile.localhostProfile
  const at = `${path}.localhostProfile`
  if (profile.type === 'Localhost') {
    const missing = required(at, 'must be set when AppArmor type is Localhost')
    if (local === undefined) {
      out.push(missing)
      return
    }
    if (local.trim() !== local) out.push(invalid(at, local, 'must not be padded with whitespace'))
    else if (local === '') out.push(missing)
    if (byteLength(local) > MAX_PROFILE) out.push(tooLong(at, MAX_PROFILE))
  } else if (PROFILE_TYPES.includes(profile.type)) {
    if (local !== undefined) out.push(invalid(at, local, 'can only be set when AppArmor type is Localhost'))
  } else {
    checkProfileType(profile.type, 'type is required when appArmorProfile is set', `${path}.type`, out)
  }
}

/** What a pod with a user namespace of its own may not have. */
export function checkHostUsers(spec: PodSpec, path: string, rules: PodRules, out: Faults): void {
  if (spec.hostUsers !== false) return
  const text = 'when `hostUsers` is false'
  if (spec.hostNetwork) out.push(forbidden(`${path}.hostNetwork`, text))
  if (spec.hostPID) out.push(forbidden(`${path}.HostPID`, text))
  if (spec.hostIPC) out.push(forbidden(`${path}.HostIPC`, text))
  if (rules.userNamespaceDevices) return
  for (const { container, at } of containersWithPaths(spec, path)) {
    if (container.volumeDevices?.length) out.push(forbidden(`${at}.volumeDevices`, text))
  }
}

/** All containers in Kubernetes' order (init containers first) with their paths. */
export function* containersWithPaths(spec: PodSpec, path: string) {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [i, container] of (spec[list] ?? []).entries()) yield { container, at: `${path}.${list}[${i}]` }
  }
}
