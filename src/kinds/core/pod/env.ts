import { invalid, notSupported, required } from '../../../base/field-error.ts'
import { formatQuantity, parseQuantity, signOf } from '../../../base/quantity.ts'
import type {
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '../../generated/types.ts'
import {
  isConfigMapKey,
  isDnsLabel,
  isDnsSubdomain,
  isEnvVarName,
  isQualifiedName,
  nameIsDnsSubdomain,
} from '../../validation/names.ts'
import { addInvalid, type Faults } from './faults.ts'
import { checkNoBacksteps } from './paths.ts'

export function checkEnv(vars: readonly EnvVar[], path: string, out: Faults): void {
  vars.forEach((variable, i) => {
    const at = `${path}[${i}]`
    if (!variable.name) out.push(required(`${at}.name`))
    else addInvalid(out, `${at}.name`, variable.name, isEnvVarName(variable.name))
    if (variable.valueFrom) checkValueFrom(variable, variable.valueFrom, `${at}.valueFrom`, out)
  })
}

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

function checkValueFrom(variable: EnvVar, from: EnvVarSource, path: string, out: Faults): void {
  let sources = 0
  if (from.fieldRef) {
    sources++
    checkFieldRef(from.fieldRef, ENV_FIELDS, `${path}.fieldRef`, out)
  }
  if (from.resourceFieldRef) {
    sources++
    checkResourceFieldRef(from.resourceFieldRef, false, `${path}.resourceFieldRef`, out)
  }
  if (from.configMapKeyRef) {
    sources++
    checkKeyRef(from.configMapKeyRef, `${path}.configMapKeyRef`, out)
  }
  if (from.secretKeyRef) {
    sources++
    checkKeyRef(from.secretKeyRef, `${path}.secretKeyRef`, out)
  }
  if (from.fileKeyRef) {
    sources++
    checkFileKeyRef(from.fileKeyRef, `${path}.fileKeyRef`, out)
  }
  if (sources === 0) {
    const choices = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
    out.push(invalid(path, '', `must specify one of: ${choices}`))
  } else if (variable.value) {
    out.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  } else if (sources > 1) {
    out.push(invalid(path, '', 'may not have more than one field specified at a time'))
  }
}

function checkKeyRef(ref: ConfigMapKeySelector, path: string, out: Faults): void {
  addInvalid(out, `${path}.name`, ref.name ?? '', isDnsSubdomain(ref.name ?? ''))
  if (!ref.key) out.push(required(`${path}.key`))
  else addInvalid(out, `${path}.key`, ref.key, isConfigMapKey(ref.key))
}

function checkFileKeyRef(ref: FileKeySelector, path: string, out: Faults): void {
  if (!ref.key) out.push(required(`${path}.key`))
  else addInvalid(out, `${path}.key`, ref.key, isEnvVarName(ref.key))
  if (!ref.volumeName) out.push(required(`${path}.volumeName`))
  else addInvalid(out, `${path}.volumeName`, ref.volumeName, isDnsLabel(ref.volumeName))
  if (!ref.path) out.push(required(`${path}.path`))
  else checkNoBacksteps(ref.path, `${path}.path`, out)
}

const FIELD_LABELS = new Set([
  ...ENV_FIELDS,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])

/** `metadata.labels['app']` as path and subscript. */
export function splitSubscript(fieldPath: string): { path: string; subscript?: string } {
  const open = fieldPath.endsWith("']") ? fieldPath.indexOf("['") : -1
  if (open <= 0) return { path: fieldPath }
  return { path: fieldPath.slice(0, open), subscript: fieldPath.slice(open + 2, -2) }
}

/** A field of the pod itself, as `env` and downward API volumes name it. */
export function checkFieldRef(ref: ObjectFieldSelector, allowed: readonly string[], path: string, out: Faults): void {
  if (!ref.apiVersion) {
    out.push(required(`${path}.apiVersion`))
    return
  }
  if (!ref.fieldPath) {
    out.push(required(`${path}.fieldPath`))
    return
  }
  const { path: label, subscript } = splitSubscript(ref.fieldPath)
  const fault = fieldLabelFault(ref.apiVersion, ref.fieldPath, label, subscript)
  if (fault) {
    out.push(invalid(`${path}.fieldPath`, ref.fieldPath, `error converting fieldPath: ${fault}`))
  } else if (subscript !== undefined) {
    const key = label === 'metadata.annotations' ? subscript.toLowerCase() : subscript
    addInvalid(out, path, key, isQualifiedName(key))
  } else {
    const field = label === 'spec.host' ? 'spec.nodeName' : label
    if (!allowed.includes(field)) out.push(notSupported(`${path}.fieldPath`, field, allowed))
  }
}

function fieldLabelFault(version: string, text: string, label: string, subscript?: string): string | undefined {
  if (version !== 'v1') return `unsupported pod version: ${version}`
  if (subscript !== undefined) {
    if (label === 'metadata.annotations' || label === 'metadata.labels') return undefined
    return `field label does not support subscript: ${text}`
  }
  return FIELD_LABELS.has(label) || label === 'spec.host' ? undefined : `field label not supported: ${text}`
}

const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]
const SIZE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']
const HUGE_PAGES = /^(requests|limits)\.hugepages-/

/** A container's limit or request. Volumes must name the container; variables mean their own. */
export function checkResourceFieldRef(ref: ResourceFieldSelector, volume: boolean, path: string, out: Faults): void {
  const resource = ref.resource
  if (volume && !ref.containerName) out.push(required(`${path}.containerName`))
  else if (!resource) out.push(required(`${path}.resource`))
  else if (!RESOURCE_FIELDS.includes(resource) && !HUGE_PAGES.test(resource)) {
    out.push(notSupported(`${path}.resource`, resource, RESOURCE_FIELDS))
  }
  const divisor = parseQuantity(ref.divisor ?? '0')
  if (signOf(divisor) === 0) return
  const allowed = allowedDivisors(resource)
  if (allowed && !allowed.values.includes(formatQuantity(divisor))) {
    const text = `only divisor's values ${allowed.text} are supported with the ${allowed.name} resource`
    out.push(invalid(`${path}.divisor`, resource, text))
  }
}

function allowedDivisors(resource: string): { values: string[]; text: string; name: string } | undefined {
  const sizes = (name: string) => ({ values: SIZE_DIVISORS, text: SIZE_DIVISORS.join(', '), name })
  if (HUGE_PAGES.test(resource)) return sizes('hugepages')
  switch (resource.slice(resource.indexOf('.') + 1)) {
    case 'cpu':
      return { values: ['1m', '1'], text: '1m and 1', name: 'cpu' }
    case 'memory':
      return sizes('memory')
    case 'ephemeral-storage':
      return sizes('local ephemeral storage')
    default:
      return undefined
  }
}

/** Whole ConfigMaps and Secrets, whose names are checked as prefixes. Faults about the number of sources stand at the list, as in Kubernetes. */
export function checkEnvFrom(sources: readonly EnvFromSource[], path: string, out: Faults): void {
  sources.forEach((source, i) => {
    const at = `${path}[${i}]`
    if (source.prefix) addInvalid(out, `${at}.prefix`, source.prefix, isEnvVarName(source.prefix))
    const refs = [
      ['configMapRef', source.configMapRef],
      ['secretRef', source.secretRef],
    ] as const
    const set = refs.filter(([, ref]) => ref !== undefined)
    for (const [name, ref] of set) {
      if (!ref?.name) out.push(required(`${at}.${name}.name`))
      else addInvalid(out, `${at}.${name}.name`, ref.name, nameIsDnsSubdomain(ref.name, true))
    }
    if (set.length === 0) out.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    else if (set.length > 1) out.push(invalid(path, '', 'may not have more than one field specified at a time'))
  })
}
