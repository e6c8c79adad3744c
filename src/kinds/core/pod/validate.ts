import { duplicate, forbidden, invalid, notFoundValue, notSupported, required } from '../../../base/field-error.ts'
import type {
  LocalObjectReference,
  ObjectMeta,
  PodResourceClaim,
  PodSpec,
  PodTemplateSpec,
} from '../../generated/types.ts'
import { validateLabels } from '../../validation/labels.ts'
import { validateAnnotations } from '../../validation/metadata.ts'
import { isDnsLabel, isDnsSubdomain } from '../../validation/names.ts'
import { checkAffinity } from './affinity.ts'
import { checkPodAnnotations, checkProfileAnnotations, MIRROR_POD } from './annotations.ts'
import { checkContainers, checkImagePadding } from './containers.ts'
import { checkDnsConfig, checkHostAliases, checkHostnameOverride } from './dns.ts'
import { addInvalid, checkChoice, checkRange, type Faults } from './faults.ts'
import { type PodObject, specOf } from './object.ts'
import type { PodRules } from './options.ts'
import { checkOverhead, checkPodResources } from './resources.ts'
import { checkReadinessGates, checkSchedulingGates, checkSpread, checkTolerations } from './scheduling.ts'
import { checkHostUsers, checkPodSecurity, checkShareProcessNamespace, containersWithPaths } from './security.ts'
import { checkVolumes } from './volumes.ts'
import { checkHostProcess, checkOsFields } from './windows.ts'

/** Faults that a pod may have at any time. Its metadata is the registry's to check. */
export function checkPod(pod: PodObject, rules: PodRules, out: Faults): void {
  const { metadata } = pod
  const spec = specOf(pod)
  checkPodAnnotations(metadata.annotations ?? {}, spec, 'metadata.annotations', rules, out)
  checkPodSpec(spec, metadata, 'spec', rules, out)
  if (!spec.serviceAccountName) forbidTokens(spec, out)
  for (const list of ['containers', 'initContainers'] as const) {
    spec[list]?.forEach((container, i) => checkImagePadding(container, `spec.${list}[${i}]`, out))
  }
}

function forbidTokens(spec: PodSpec, out: Faults): void {
  spec.volumes?.forEach((volume, v) => {
    volume.projected?.sources?.forEach((source, s) => {
      if (!source.serviceAccountToken) return
      const field = `spec.volumes[${v}].projected.sources[${s}].serviceAccountToken`
      out.push(forbidden(field, 'must not be specified when serviceAccountName is not set'))
    })
  })
}

/** Faults of a new pod. */
export function checkNewPod(pod: PodObject, rules: PodRules, out: Faults): void {
  const { metadata } = pod
  const spec = specOf(pod)
  checkPod(pod, rules, out)
  if (spec.ephemeralContainers?.length) out.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'))
  if (spec.nodeName && spec.schedulingGates?.length) {
    out.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  }
  checkProfileAnnotations(metadata, spec, 'spec', out)
}

/** Faults of the labels and annotations of a template. */
export function checkTemplateMeta(template: PodTemplateSpec, path: string, rules: PodRules, out: Faults): void {
  const meta = template.metadata ?? {}
  out.push(...validateLabels(meta.labels, `${path}.labels`))
  out.push(...validateAnnotations(meta.annotations, `${path}.annotations`))
  checkPodAnnotations(meta.annotations ?? {}, template.spec ?? { containers: [] }, `${path}.annotations`, rules, out)
}

/** Faults of a pod template within another object. */
export function checkPodTemplate(template: PodTemplateSpec, path: string, rules: PodRules, out: Faults): void {
  const meta = template.metadata ?? {}
  const spec = template.spec ?? { containers: [] }
  checkTemplateMeta(template, path, rules, out)
  checkPodSpec(spec, undefined, `${path}.spec`, rules, out)
  checkProfileAnnotations(meta, spec, `${path}.spec`, out)
  if (spec.ephemeralContainers?.length) {
    out.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'))
  }
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never']

/** Faults of a pod's spec. `meta` is missing in templates. */
export function checkPodSpec(
  spec: PodSpec,
  meta: ObjectMeta | undefined,
  path: string,
  rules: PodRules,
  out: Faults,
): void {
  if (spec.terminationGracePeriodSeconds === undefined) out.push(required(`${path}.terminationGracePeriodSeconds`))
  const volumes = checkVolumes(spec.volumes ?? [], meta, `${path}.volumes`, rules, out)
  const claimNames = new Set((spec.resourceClaims ?? []).map(c => c.name).filter(Boolean))
  checkResourceClaims(spec.resourceClaims ?? [], meta, `${path}.resourceClaims`, out)
  checkContainers({ spec, volumes, claimNames, rules }, path, out)
  checkPodResources(spec, claimNames, path, rules, out)
  checkHostNetworkPorts(spec, path, rules, out)
  checkChoice(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`, out)
  checkChoice(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`, out)
  out.push(...validateLabels(spec.nodeSelector, `${path}.nodeSelector`))
  checkPodSecurity(spec, path, rules, out)
  checkShareProcessNamespace(spec, path, out)
  checkPullSecrets(spec.imagePullSecrets ?? [], `${path}.imagePullSecrets`, out)
  if (spec.affinity) checkAffinity(spec.affinity, `${path}.affinity`, rules, out)
  checkDnsConfig(spec, `${path}.dnsConfig`, out)
  checkReadinessGates(spec.readinessGates ?? [], `${path}.readinessGates`, out)
  checkSchedulingGates(spec.schedulingGates ?? [], `${path}.schedulingGates`, out)
  checkSpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`, rules, out)
  checkHostProcess(spec, path, out)
  checkHostUsers(spec, path, rules, out)
  checkHostnameOverride(spec, path, out)
  checkScalars(spec, path, out)
  checkTolerations(spec.tolerations ?? [], `${path}.tolerations`, out)
  checkHostAliases(spec.hostAliases ?? [], `${path}.hostAliases`, out)
  checkClasses(spec, path, rules, out)
  checkOs(spec, path, out)
  checkFileVolumes(spec, path, out)
}

function checkResourceClaims(
  claims: readonly PodResourceClaim[],
  meta: ObjectMeta | undefined,
  path: string,
  out: Faults,
): void {
  const seen = new Set<string>()
  claims.forEach((claim, i) => {
    if (meta?.annotations?.[MIRROR_POD] !== undefined) {
      out.push(forbidden('', 'static pods do not support resource claims'))
      return
    }
    const at = `${path}[${i}]`
    if (!claim.name) out.push(required(`${at}.name`))
    else if (seen.has(claim.name)) out.push(duplicate(`${at}.name`, claim.name))
    else addInvalid(out, `${at}.name`, claim.name, isDnsLabel(claim.name))
    seen.add(claim.name)
    const { resourceClaimName: name, resourceClaimTemplateName: template } = claim
    if (name !== undefined && template !== undefined) {
      const text = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
      out.push(invalid(at, claim, text))
    }
    if (name === undefined && template === undefined) {
      out.push(invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'))
    }
    if (name !== undefined) addInvalid(out, `${at}.resourceClaimName`, name, isDnsSubdomain(name))
    if (template !== undefined) addInvalid(out, `${at}.resourceClaimTemplateName`, template, isDnsSubdomain(template))
  })
}

function checkHostNetworkPorts(spec: PodSpec, path: string, rules: PodRules, out: Faults): void {
  if (!spec.hostNetwork) return
  spec.containers?.forEach((container, c) => {
    container.ports?.forEach((port, p) => {
      const hostPort = port.hostPort ?? 0
      if ((!rules.isPod && hostPort === 0) || hostPort === port.containerPort) return
      const field = `${path}.containers[${c}].ports[${p}].hostPort`
      out.push(invalid(field, hostPort, 'must match `containerPort` when `hostNetwork` is true'))
    })
  })
}

function checkPullSecrets(secrets: readonly LocalObjectReference[], path: string, out: Faults): void {
  secrets.forEach((secret, i) => {
    const others = Object.keys(secret).filter(key => key !== 'name')
    if (others.length) out.push(invalid(`${path}[${i}]`, secret, 'only name may be set'))
  })
}

function checkScalars(spec: PodSpec, path: string, out: Faults): void {
  const name = (field: 'serviceAccountName' | 'nodeName' | 'hostname' | 'subdomain', rule: (v: string) => string[]) => {
    const value = spec[field]
    if (value) addInvalid(out, `${path}.${field}`, value, rule(value))
  }
  name('serviceAccountName', isDnsSubdomain)
  name('nodeName', isDnsSubdomain)
  if (spec.activeDeadlineSeconds !== undefined) {
    checkRange(spec.activeDeadlineSeconds, 1, 2147483647, `${path}.activeDeadlineSeconds`, out)
  }
  name('hostname', isDnsLabel)
  name('subdomain', isDnsLabel)
}

function checkClasses(spec: PodSpec, path: string, rules: PodRules, out: Faults): void {
  const { priorityClassName: priority, runtimeClassName: runtime, preemptionPolicy: preemption } = spec
  if (priority) addInvalid(out, `${path}.priorityClassName`, priority, isDnsSubdomain(priority))
  if (runtime !== undefined) addInvalid(out, `${path}.runtimeClassName`, runtime, isDnsSubdomain(runtime))
  if (preemption !== undefined) {
    checkChoice(preemption, PREEMPTION_POLICIES, `${path}.preemptionPolicy`, out)
  }
  if (spec.overhead) checkOverhead(spec.overhead, `${path}.overhead`, rules, out)
}

function checkOs(spec: PodSpec, path: string, out: Faults): void {
  const { os } = spec
  if (!os) return
  if (!os.name) out.push(required(`${path}.os.name`))
  else if (os.name !== 'linux' && os.name !== 'windows')
    out.push(notSupported(`${path}.os`, os.name, ['linux', 'windows']))
  else checkOsFields(spec, path, out)
}

/** Files of environment variables are read from emptyDir volumes. */
function checkFileVolumes(spec: PodSpec, path: string, out: Faults): void {
  for (const { container, at } of containersWithPaths(spec, path)) {
    container.env?.forEach((variable, i) => {
      const name = variable.valueFrom?.fileKeyRef?.volumeName
      if (name === undefined) return
      const field = `${at}.env[${i}].valueFrom.fileKeyRef.volumeName`
      const volume = spec.volumes?.find(v => v.name === name)
      if (!volume) out.push(notFoundValue(field, name))
      else if (!volume.emptyDir) out.push(invalid(field, name, 'referenced volume must be of type emptyDir'))
    })
  }
}
