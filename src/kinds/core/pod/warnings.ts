import { MILLI, parseQuantity, scaledValue } from '../../../base/quantity.ts'
import type {
  Container,
  ContainerPort,
  ObjectMeta,
  PodAffinity,
  PodSpec,
  PodTemplateSpec,
} from '../../generated/types.ts'
import { semanticEqual } from '../../validation/equal.ts'
import { ipWarnings } from '../../validation/ip.ts'
import { isDnsLabel } from '../../validation/names.ts'
import { APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD } from './annotations.ts'
import { nodeSelectorWarnings, topologyWarnings } from './label-warnings.ts'
import { type PodObject, specOf } from './object.ts'
import { appArmorFromAnnotation, appArmorKeys } from './prepare.ts'
import { containersWithPaths } from './security.ts'
import { volumeWarnings } from './volume-warnings.ts'

/** Warnings about a new pod. */
export function podWarnings(pod: PodObject): string[] {
  const label = isDnsLabel(pod.metadata.name ?? '')
  const hostname = "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior"
  return [
    ...(label.length ? [`${hostname}; a DNS label is recommended: ${goList(label)}`] : []),
    ...appArmorKeys(pod).map(key => deprecatedAppArmor(`metadata.annotations[${key}]`)),
    ...specWarnings(specOf(pod), pod.metadata, '', false),
  ]
}

const deprecatedAppArmor = (at: string): string =>
  `${at}: deprecated since v1.30; use the "appArmorProfile" field instead`

/** How Go prints a list of texts. */
const goList = (texts: readonly string[]): string => `[${texts.join(' ')}]`

/** A workload's name becomes part of its pods' names. */
export function hostnameWarnings(name: string | undefined): string[] {
  const faults = isDnsLabel(name ?? '')
  if (faults.length === 0) return []
  const text = 'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior'
  return [`${text}; a DNS label is recommended: ${goList(faults)}`]
}

/** Warnings about a template; none where what holds it (`next`, `old.spec`) did not change. */
export function templateWarnings(
  template: PodTemplateSpec | undefined,
  path: string,
  next: unknown,
  old: { readonly spec: unknown } | undefined,
): string[] {
  if (!template?.spec || (old && semanticEqual(next, old.spec))) return []
  return specWarnings(template.spec, template.metadata ?? {}, `${path}.`, true)
}

/** `prefix` is empty or ends in a dot. */
function specWarnings(spec: PodSpec, meta: ObjectMeta, prefix: string, isTemplate: boolean): string[] {
  const path = `${prefix}spec`
  return [
    ...nodeSelectorWarnings(spec, path),
    ...topologyWarnings(spec, path),
    ...annotationWarnings(meta, `${prefix}metadata.annotations`),
    ...volumeWarnings(spec.volumes ?? [], `${path}.volumes`),
    ...repeated(spec.hostAliases ?? [], 'ip', `${path}.hostAliases`),
    ...repeated(spec.imagePullSecrets ?? [], 'name', `${path}.imagePullSecrets`),
    ...(spec.imagePullSecrets ?? []).flatMap((secret, i) =>
      secret.name ? [] : [`${path}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
    ...fractions(spec.overhead, `${path}.overhead`),
    ...seccompWarnings(spec, meta, `${prefix}metadata.annotations`),
    ...[...containersWithPaths(spec, path)].flatMap(({ container, at }) => [
      ...profileWarnings(container as Container, spec, meta, `${prefix}metadata.annotations`, isTemplate),
      ...containerWarnings(container as Container, at),
    ]),
    ...portWarnings(spec, path),
    ...portNameWarnings(spec, path),
    ...graceWarnings(spec, path),
    ...affinityWarnings(spec.affinity?.podAffinity, `${path}.affinity.podAffinity`),
    ...affinityWarnings(spec.affinity?.podAntiAffinity, `${path}.affinity.podAntiAffinity`),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, i) => ipWarnings(`${path}.dnsConfig.nameservers[${i}]`, ip)),
    ...(spec.hostAliases ?? []).flatMap((alias, i) => ipWarnings(`${path}.hostAliases[${i}].ip`, alias.ip ?? '')),
  ]
}

const DEPRECATED_ANNOTATIONS = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
] as const

function annotationWarnings(meta: ObjectMeta, path: string): string[] {
  const present = DEPRECATED_ANNOTATIONS.filter(([key]) => meta.annotations?.[key] !== undefined)
  return present.map(([key, text]) => `${path}[${key}]: ${text}`)
}

function repeated<K extends string>(
  items: readonly Partial<Record<K, string | undefined>>[],
  key: K,
  path: string,
): string[] {
  const seen = new Set<string>()
  return items.flatMap((item, i) => {
    const value = item[key] ?? ''
    if (seen.has(value)) return [`${path}[${i}].${key}: duplicate ${key} ${JSON.stringify(value)}`]
    seen.add(value)
    return []
  })
}

/** Bytes come whole. */
function fractions(list: Readonly<Record<string, string>> | undefined, path: string): string[] {
  return ['memory', 'ephemeral-storage'].flatMap(name => {
    const text = list?.[name]
    if (text === undefined || scaledValue(parseQuantity(text), MILLI) % 1000 === 0) return []
    return [`${path}[${name}]: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`]
  })
}

const noSeccomp = (at: string): string => `${at}: non-functional in v1.27+; use the "seccompProfile" field instead`

function seccompWarnings(spec: PodSpec, meta: ObjectMeta, path: string): string[] {
  if (spec.securityContext?.seccompProfile || meta.annotations?.[SECCOMP_POD] === undefined) return []
  return [noSeccomp(`${path}[${SECCOMP_POD}]`)]
}

function profileWarnings(
  container: Container,
  spec: PodSpec,
  meta: ObjectMeta,
  path: string,
  isTemplate: boolean,
): string[] {
  const out: string[] = []
  const context = container.securityContext
  const seccomp = SECCOMP_CONTAINER + container.name
  if (!context?.seccompProfile && meta.annotations?.[seccomp] !== undefined) out.push(noSeccomp(`${path}[${seccomp}]`))
  const key = APP_ARMOR + container.name
  const annotation = meta.annotations?.[key]
  if (!isTemplate || context?.appArmorProfile || annotation === undefined) return out
  const own = spec.securityContext?.appArmorProfile
  if (!own || !semanticEqual(own, appArmorFromAnnotation(annotation))) out.push(deprecatedAppArmor(`${path}[${key}]`))
  return out
}

function containerWarnings(container: Container, at: string): string[] {
  const { limits, requests } = container.resources ?? {}
  const [limited, requested] = [
    fractions(limits, `${at}.resources.limits`),
    fractions(requests, `${at}.resources.requests`),
  ]
  const byName = (name: string) => [...limited, ...requested].filter(text => text.includes(`[${name}]`))
  return [...byName('memory'), ...byName('ephemeral-storage'), ...envWarnings(container, at)]
}

function envWarnings(container: Container, at: string): string[] {
  const seen = new Set<string>()
  return (container.env ?? []).flatMap((variable, i) => {
    if (!seen.has(variable.name)) {
      seen.add(variable.name)
      return []
    }
    const reference = `$(${variable.name})`
    const value = variable.value ?? ''
    // A later value that builds on the earlier one is fine.
    if (!variable.valueFrom && value !== reference && value.includes(reference)) return []
    const name = JSON.stringify(variable.name)
    return [`${at}.env[${i}]: hides previous definition of ${name}, which may be dropped when using apply`]
  })
}

function portWarnings(spec: PodSpec, path: string): string[] {
  const out: string[] = []
  const known = new Map<string, { at: string; port: ContainerPort }[]>()
  for (const { container, at } of containersWithPaths(spec, path)) {
    container.ports?.forEach((port, i) => {
      const here = `${at}.ports[${i}]`
      if (port.hostIP && !port.hostPort) out.push(`${here}: hostIP set without hostPort: ${goPort(port)}`)
      const key = `${port.containerPort}/${port.protocol}`
      const others = known.get(key) ?? []
      for (const other of others) out.push(...portConflict(port, other.port, here, other.at))
      known.set(key, [...others, { at: here, port }])
    })
  }
  return out
}

const goPort = (p: ContainerPort): string =>
  `{Name:${p.name ?? ''} HostPort:${p.hostPort ?? 0} ContainerPort:${p.containerPort} Protocol:${p.protocol} HostIP:${p.hostIP ?? ''}}`

function portConflict(a: ContainerPort, b: ContainerPort, here: string, there: string): string[] {
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? '']
  const [portA, portB] = [a.hostPort ?? 0, b.hostPort ?? 0]
  if (ipA === ipB && portA === portB) return [`${here}: duplicate port definition with ${there}`]
  if (!portA || !portB) return [`${here}: overlapping port definition with ${there}`]
  const oneOpen = (ipA === '') !== (ipB === '')
  return portA === portB && oneOpen ? [`${here}: dangerously ambiguous port definition with ${there}`] : []
}

function portNameWarnings(spec: PodSpec, path: string): string[] {
  const known = new Map<string, string>()
  const out: string[] = []
  for (const { container, at } of containersWithPaths(spec, path)) {
    container.ports?.forEach((port, i) => {
      if (!port.name) return
      const here = `${at}.ports[${i}]`
      const there = known.get(port.name)
      if (!there) known.set(port.name, here)
      else {
        const name = JSON.stringify(port.name)
        const use = `services and probes that select ports by name will use ${there}`
        out.push(`${here}: duplicate port name ${name} with ${there}, ${use}`)
      }
    })
  }
  return out
}

function graceWarnings(spec: PodSpec, path: string): string[] {
  if ((spec.terminationGracePeriodSeconds ?? 0) >= 0) return []
  const text = 'must be >= 0; negative values are invalid and will be treated as 1'
  return [`${path}.terminationGracePeriodSeconds: ${text}`]
}

function affinityWarnings(affinity: PodAffinity | undefined, path: string): string[] {
  const text = 'a null labelSelector results in matching no pod'
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return [
    ...required.flatMap((term, i) =>
      term.labelSelector ? [] : [`${path}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${text}`],
    ),
    ...preferred.flatMap((term, i) =>
      term.podAffinityTerm.labelSelector
        ? []
        : [`${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${text}`],
    ),
  ]
}
