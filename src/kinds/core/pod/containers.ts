import { duplicate, forbidden, invalid, notFoundValue, required } from '../../../base/field-error.ts'
import type { Container, ContainerPort, EphemeralContainer, PodSpec } from '../../generated/types.ts'
import { isDnsLabel, isPortName, isPortNumber } from '../../validation/names.ts'
import { checkEnv, checkEnvFrom } from './env.ts'
import { addInvalid, checkChoice, type Faults, forbidSet } from './faults.ts'
import { checkMounts, type Volumes } from './mounts.ts'
import type { PodRules } from './options.ts'
import { checkLifecycle, checkProbes, checkRestartRules } from './probes.ts'
import { checkRequirements, checkResizePolicy, isSidecar } from './resources.ts'
import { checkSecurity } from './security.ts'

/** What the rules of a container need to know of its pod. */
interface PodParts {
  readonly spec: PodSpec
  readonly volumes: Volumes
  readonly claimNames: ReadonlySet<string>
  readonly rules: PodRules
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']

/** A pull policy of a container or image volume. */
export const checkPullPolicy = (policy: string | undefined, path: string, out: Faults): void =>
  checkChoice(policy, PULL_POLICIES, path, out)

/** All containers of a pod. */
export function checkContainers(pod: PodParts, path: string, out: Faults): void {
  checkMainContainers(pod, `${path}.containers`, out)
  checkInitContainers(pod, `${path}.initContainers`, out)
  checkEphemeralContainers(pod, `${path}.ephemeralContainers`, out)
}

function checkCommon(container: Container | EphemeralContainer, pod: PodParts, path: string, out: Faults): void {
  if (!container.name) out.push(required(`${path}.name`))
  else addInvalid(out, `${path}.name`, container.name, isDnsLabel(container.name))
  if (!container.image) out.push(required(`${path}.image`))
  const messages = ['File', 'FallbackToLogsOnError']
  checkChoice(container.terminationMessagePolicy, messages, `${path}.terminationMessagePolicy`, out)
  if (container.ports) checkPorts(container.ports, `${path}.ports`, out)
  if (container.env) checkEnv(container.env, `${path}.env`, out)
  if (container.envFrom) checkEnvFrom(container.envFrom, `${path}.envFrom`, out)
  checkMounts(container, pod.volumes, path, out)
  checkPullPolicy(container.imagePullPolicy, `${path}.imagePullPolicy`, out)
  checkRequirements(container.resources, pod.claimNames, `${path}.resources`, pod.rules, out)
  checkResizePolicy(container.resizePolicy ?? [], pod.spec.restartPolicy, `${path}.resizePolicy`, out)
  checkSecurity(container.securityContext, pod.spec.hostUsers !== false, `${path}.securityContext`, out)
}

function checkPorts(ports: readonly ContainerPort[], path: string, out: Faults): void {
  const names = new Set<string>()
  ports.forEach((port, i) => {
    const at = `${path}[${i}]`
    if (port.name) {
      const faults = isPortName(port.name)
      addInvalid(out, `${at}.name`, port.name, faults)
      if (faults.length === 0 && names.has(port.name)) out.push(duplicate(`${at}.name`, port.name))
      else if (faults.length === 0) names.add(port.name)
    }
    if (!port.containerPort) out.push(required(`${at}.containerPort`))
    else addInvalid(out, `${at}.containerPort`, port.containerPort, isPortNumber(port.containerPort))
    if (port.hostPort) addInvalid(out, `${at}.hostPort`, port.hostPort, isPortNumber(port.hostPort))
    checkChoice(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`, out)
  })
}

/** Two containers of a pod cannot listen on one port of the host. */
function checkHostPorts(containers: readonly Container[], path: string, out: Faults): void {
  const taken = new Set<string>()
  containers.forEach((container, c) => {
    container.ports?.forEach((port, p) => {
      if (!port.hostPort) return
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`
      if (taken.has(key)) out.push(duplicate(`${path}[${c}].ports[${p}].hostPort`, key))
      taken.add(key)
    })
  })
}

function checkMainContainers(pod: PodParts, path: string, out: Faults): void {
  const containers = pod.spec.containers ?? []
  const gracePeriod = pod.spec.terminationGracePeriodSeconds
  if (containers.length === 0) {
    out.push(required(path))
    return
  }
  const names = new Set<string>()
  containers.forEach((container, i) => {
    const at = `${path}[${i}]`
    checkCommon(container, pod, at, out)
    if (names.has(container.name)) out.push(duplicate(`${at}.name`, container.name))
    names.add(container.name)
    if (container.lifecycle) checkLifecycle(container.lifecycle, gracePeriod, `${at}.lifecycle`, out)
    checkProbes(container, gracePeriod, at, out)
    checkRestartRules(container, false, at, out)
  })
  checkHostPorts(containers, path, out)
}

const FOR_SIDECARS = 'may not be set for init containers without restartPolicy=Always'

function checkInitContainers(pod: PodParts, path: string, out: Faults): void {
  const gracePeriod = pod.spec.terminationGracePeriodSeconds
  const names = new Set((pod.spec.containers ?? []).map(c => c.name))
  pod.spec.initContainers?.forEach((container, i) => {
    const at = `${path}[${i}]`
    checkCommon(container, pod, at, out)
    checkRestartRules(container, true, at, out)
    if (names.has(container.name)) out.push(duplicate(`${at}.name`, container.name))
    else if (container.name) names.add(container.name)
    checkHostPorts([container], path, out)
    if (isSidecar(container)) {
      if (container.lifecycle) checkLifecycle(container.lifecycle, gracePeriod, `${at}.lifecycle`, out)
      checkProbes(container, gracePeriod, at, out)
    } else {
      for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        if (container[field] !== undefined) out.push(forbidden(`${at}.${field}`, FOR_SIDECARS))
      }
      if (!pod.rules.initRestartContainer) checkNoRestartOnResize(container, at, out)
    }
  })
}

function checkNoRestartOnResize(container: Container, at: string, out: Faults): void {
  container.resizePolicy?.forEach((policy, i) => {
    if (policy.restartPolicy !== 'RestartContainer') return
    const text = "must not be set to 'RestartContainer' for non-sidecar initContainers"
    out.push(invalid(`${at}.resizePolicy[${i}].restartPolicy`, policy.restartPolicy, text))
  })
}

const FOR_OTHERS = 'cannot be set for an Ephemeral Container'
const NOT_FOR_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
]

function checkEphemeralContainers(pod: PodParts, path: string, out: Faults): void {
  const others = new Set([...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])].map(c => c.name))
  const names = new Set(others)
  pod.spec.ephemeralContainers?.forEach((container, i) => {
    const at = `${path}[${i}]`
    checkCommon(container, pod, at, out)
    checkImagePadding(container, at, out)
    if (names.has(container.name)) out.push(duplicate(`${at}.name`, container.name))
    names.add(container.name)
    const target = container.targetContainerName
    if (target && !others.has(target)) out.push(notFoundValue(`${at}.targetContainerName`, target))
    forbidSet(container, NOT_FOR_EPHEMERAL, FOR_OTHERS, at, out)
    container.volumeMounts?.forEach((mount, m) => {
      forbidSet(mount, ['subPath', 'subPathExpr'], FOR_OTHERS, `${at}.volumeMounts[${m}]`, out)
    })
  })
}

/** Pods, unlike templates, may not have blanks around an image's name. */
export function checkImagePadding(container: Pick<Container, 'image'>, path: string, out: Faults): void {
  const image = container.image ?? ''
  if (image.trim() !== image) {
    out.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'))
  }
}
