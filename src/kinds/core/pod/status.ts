import { duplicate, forbidden, invalid, notSupported, required, tooLong } from '../../../base/field-error.ts'
import type { ContainerStatus, PodSpec, PodStatus, ResourceStatus } from '../../generated/types.ts'
import { validateLegacyIp } from '../../validation/ip.ts'
import { validateImmutable } from '../../validation/metadata.ts'
import { byteLength, ipFamily, isDnsSubdomain, isQualifiedName } from '../../validation/names.ts'
import { checkAnnotationChanges, checkPodAnnotations } from './annotations.ts'
import { rulesForChange } from './allowances.ts'
import { addInvalid, checkId, type Faults } from './faults.ts'
import { type PodObject, specOf } from './object.ts'

const NOT_NEGATIVE = 'must be a non-negative integer'
const LISTS = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const

/** Faults of a status that a kubelet, the scheduler or anyone else wrote. */
export function checkPodStatus(pod: PodObject, old: PodObject, out: Faults): void {
  const [status, before] = [pod.status ?? {}, old.status ?? {}]
  const spec = specOf(pod)
  const annotations = pod.metadata.annotations ?? {}
  checkAnnotationChanges(annotations, old.metadata.annotations ?? {}, 'metadata.annotations', out)
  const rules = rulesForChange(specOf(old), old.metadata, true)
  checkPodAnnotations(annotations, spec, 'metadata.annotations', rules, out)
  checkConditions(status, out)
  checkNominatedNode(status, old, out)
  if ((status.observedGeneration ?? 0) < 0) {
    out.push(invalid('status.observedGeneration', status.observedGeneration, NOT_NEGATIVE))
  }
  out.push(...validateImmutable(status.qosClass, before.qosClass, 'status.qosClass'))
  for (const list of LISTS) checkTransitions(list, status, before, specOf(old), out)
  checkClaimStatuses(status, spec, out)
  checkIps(status, 'podIPs', before.podIPs ?? [], out)
  checkHostIps(status, before, out)
  for (const list of LISTS) checkUsers(status[list] ?? [], spec, `status.${list}`, out)
  for (const list of LISTS) checkHealth(list, status[list] ?? [], spec, out)
}

const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized']

function checkConditions(status: PodStatus, out: Faults): void {
  status.conditions?.forEach(({ type, observedGeneration = 0 }, i) => {
    const at = `status.conditions[${i}]`
    if (observedGeneration < 0) out.push(invalid(`${at}.observedGeneration`, observedGeneration, NOT_NEGATIVE))
    if (!SYSTEM_CONDITIONS.includes(type)) addInvalid(out, `${at}.Type`, type, isQualifiedName(type))
  })
}

function checkNominatedNode(status: PodStatus, old: PodObject, out: Faults): void {
  const name = status.nominatedNodeName
  if (!name || name === old.status?.nominatedNodeName) return
  addInvalid(out, 'status.nominatedNodeName', name, isDnsSubdomain(name))
  if (specOf(old).nodeName) {
    out.push(forbidden('status.nominatedNodeName', 'may not be set on pods that are already bound to a node'))
  }
}

/** A container that has ended for good cannot run again. */
function checkTransitions(
  list: (typeof LISTS)[number],
  next: PodStatus,
  old: PodStatus,
  spec: PodSpec,
  out: Faults,
): void {
  const ephemeral = list === 'ephemeralContainerStatuses'
  if (!ephemeral && mayRestartAll(spec)) return
  const containers = list === 'initContainerStatuses' ? spec.initContainers : spec.containers
  old[list]?.forEach((before, i) => {
    const ended = before.state?.terminated
    if (!ended) return
    const now = next[list]?.find(c => c.name === before.name)
    if (!now || now.state?.terminated) return
    const container = containers?.find(c => c.name === before.name)
    if (!ephemeral && container && mayRestart(container, spec, ended.exitCode)) return
    out.push(forbidden(`status.${list}[${i}].state`, 'may not be transitioned to non-terminated state'))
  })
}

type Restarting = NonNullable<PodSpec['containers']>[number]

/** A rule that restarts all containers can bring any of them back. */
const mayRestartAll = (spec: PodSpec): boolean =>
  [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(c =>
    c.restartPolicyRules?.some(rule => rule.action === 'RestartAllContainers'),
  )

/** Whether the container's rules, its policy or the pod's let it run again after this exit code. */
export function mayRestart(container: Restarting, spec: PodSpec, exitCode: number): boolean {
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    if (action !== 'Restart' || !exitCodes) continue
    const listed = (exitCodes.values ?? []).includes(exitCode)
    if (exitCodes.operator === 'In' ? listed : exitCodes.operator === 'NotIn' && !listed) return true
  }
  const policy = container.restartPolicy ?? spec.restartPolicy
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

function checkClaimStatuses(status: PodStatus, spec: PodSpec, out: Faults): void {
  const seen = new Set<string>()
  status.resourceClaimStatuses?.forEach(({ name, resourceClaimName: claim }, i) => {
    const at = `status.resourceClaimStatuses[${i}]`
    if (!spec.resourceClaims?.some(c => c.name === name)) {
      out.push(invalid(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`'))
    }
    if (seen.has(name)) out.push(duplicate(`${at}.name`, name))
    seen.add(name)
    if (claim !== undefined) addInvalid(out, `${at}.resourceClaimName`, claim, isDnsSubdomain(claim))
  })
}

function checkIps(status: PodStatus, list: 'podIPs' | 'hostIPs', old: readonly { ip: string }[], out: Faults): void {
  const ips = (status[list] ?? []).map(({ ip }) => ip)
  const known = old.map(({ ip }) => ip)
  ips.forEach((ip, i) => out.push(...validateLegacyIp(`status.${list}[${i}]`, ip, known)))
  if (ips.length < 2) return
  const families = new Set(ips.map(ipFamily))
  if (families.size !== 2 || families.has(0) || ips.length > 2) {
    out.push(invalid(`status.${list}`, status[list], 'may specify no more than one IP for each IP family'))
  }
}

function checkHostIps(status: PodStatus, old: PodStatus, out: Faults): void {
  const first = status.hostIPs?.[0]?.ip
  if (first === undefined) return
  if ((status.hostIP ?? '') !== first) {
    out.push(invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`'))
  }
  checkIps(status, 'hostIPs', old.hostIPs ?? [], out)
}

function checkUsers(statuses: readonly ContainerStatus[], spec: PodSpec, path: string, out: Faults): void {
  statuses.forEach(({ user }, i) => {
    if (!user?.linux) return
    const at = `${path}[${i}].user.linux`
    if (spec.os?.name === 'windows') {
      out.push(forbidden(at, 'cannot be set for a windows pod'))
      return
    }
    checkId(user.linux.uid, `${at}.uid`, out)
    checkId(user.linux.gid, `${at}.gid`, out)
    user.linux.supplementalGroups?.forEach((group, g) => checkId(group, `${at}.supplementalGroups[${g}]`, out))
  })
}

/** The health of devices that a container was given. */
function checkHealth(
  list: (typeof LISTS)[number],
  statuses: readonly ContainerStatus[],
  spec: PodSpec,
  out: Faults,
): void {
  statuses.forEach((status, i) => {
    const at = `status.${list}[${i}].allocatedResourcesStatus`
    const given = status.allocatedResourcesStatus ?? []
    if (list === 'ephemeralContainerStatuses') {
      if (given.length) out.push(forbidden(at, 'must not be specified in container status'))
      return
    }
    const containers = list === 'containerStatuses' ? spec.containers : spec.initContainers
    const container = containers?.find(c => c.name === status.name)
    given.forEach((resource, j) => {
      if (container) checkAllocated(resource, container, `${at}[${j}].name`, out)
      checkResourceHealth(resource, `${at}[${j}].resources`, out)
    })
  })
}

function checkAllocated(resource: ResourceStatus, container: Restarting, path: string, out: Faults): void {
  const { claims = [], requests = {} } = container.resources ?? {}
  if (resource.name.startsWith('claim:')) {
    const known = claims.map(c => `claim:${c.name}${c.request ? `/${c.request}` : ''}`)
    const text =
      "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    if (!known.includes(resource.name)) out.push(invalid(path, resource.name, text))
  } else if (!Object.hasOwn(requests, resource.name)) {
    out.push(invalid(path, resource.name, "must match one of the container's resource requests"))
  }
}

const MAX_MESSAGE = 1024

function checkResourceHealth(resource: ResourceStatus, path: string, out: Faults): void {
  const seen = new Set<string>()
  resource.resources?.forEach((one, k) => {
    const at = `${path}[${k}]`
    const health = ['Healthy', 'Unhealthy', 'Unknown']
    if (!health.includes(one.health ?? '')) out.push(notSupported(`${at}.health`, one.health ?? '', health))
    if (one.message === '') out.push(required(`${at}.message`, 'must be non-empty if specified'))
    else if (byteLength(one.message ?? '') > MAX_MESSAGE) out.push(tooLong(`${at}.message`, MAX_MESSAGE))
    if (seen.has(one.resourceID)) out.push(duplicate(`${at}.resourceID`, one.resourceID))
    seen.add(one.resourceID)
  })
}
