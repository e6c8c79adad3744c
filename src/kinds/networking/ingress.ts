import { type FieldError, invalid, notSupported, required } from '../../base/field-error.ts'
import { age, name, orNone, someOf, text } from '../columns.ts'
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressSpec,
  IngressTLS,
} from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateLegacyIp } from '../validation/ip.ts'
import {
  isDnsLabel,
  isDnsSubdomain,
  isPathSegment,
  isPortName,
  isPortNumber,
  isWildcardDnsSubdomain,
  parseIpSloppy,
} from '../validation/names.ts'

type Whole = ObjectOf<Ingress>

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']
const SHOWN = 3

/** What an old object may keep though it would not be accepted anew. */
interface Leniency {
  readonly secretNames?: boolean
  readonly wildcardRules?: boolean
}

export const ingress = defineKind<Whole>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  schema: 'io.k8s.api.networking.v1.Ingress',
  generation: 'spec',
  prepareForCreate: draft => {
    draft.status = { loadBalancer: {} }
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
  },
  validate: i => [...validateSpec(i.spec ?? {}, {}), ...validateClassAnnotation(i)],
  validateUpdate: (now, old) => validateSpec(now.spec ?? {}, leniencyFor(old.spec ?? {})),
  warnings: (now, old) =>
    !old && now.metadata.annotations?.[CLASS_ANNOTATION] !== undefined
      ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: validateStatus,
  },
  columns: [
    name(),
    text('Class', i => orNone(i.spec?.ingressClassName)),
    text(
      'Hosts',
      i =>
        someOf(
          (i.spec?.rules ?? []).flatMap(r => r.host || []),
          SHOWN,
        ) || '*',
    ),
    text('Address', i => {
      const given = (i.status?.loadBalancer?.ingress ?? []).flatMap(e => e.ip || e.hostname || [])
      return [...new Set(given)].sort().join(',')
    }),
    text('Ports', i => (i.spec?.tls?.length ? '80, 443' : '80')),
    age(),
  ],
})

function leniencyFor(old: IngressSpec): Leniency {
  return {
    secretNames: (old.tls ?? []).some(t => t.secretName && isDnsSubdomain(t.secretName).length > 0),
    wildcardRules: (old.rules ?? []).some(r => r.host?.includes('*') && validatePaths(r, '').length > 0),
  }
}

function validateClassAnnotation(i: Whole): FieldError[] {
  const annotation = i.metadata.annotations?.[CLASS_ANNOTATION]
  const wanted = i.spec?.ingressClassName
  return annotation === undefined || wanted === undefined || annotation === wanted
    ? []
    : [invalid(`annotations.${CLASS_ANNOTATION}`, annotation, 'must match `ingressClassName` when both are specified')]
}

function validateSpec(spec: IngressSpec, lenient: Leniency): FieldError[] {
  const { rules, tls, defaultBackend, ingressClassName } = spec
  const faults: FieldError[] = []
  if (!rules?.length && !defaultBackend)
    faults.push(invalid('spec', rules ?? null, 'either `defaultBackend` or `rules` must be specified'))
  if (defaultBackend) faults.push(...validateBackend(defaultBackend, 'spec.defaultBackend'))
  rules?.forEach((r, i) => void faults.push(...validateRule(r, lenient, `spec.rules[${i}]`)))
  tls?.forEach((t, i) => void faults.push(...validateTls(t, lenient, `spec.tls[${i}]`)))
  if (ingressClassName !== undefined)
    for (const t of isDnsSubdomain(ingressClassName)) faults.push(invalid('spec.ingressClassName', ingressClassName, t))
  return faults
}

const hostFaults = (host: string): string[] =>
  host.includes('*') ? isWildcardDnsSubdomain(host) : isDnsSubdomain(host)

function validateRule(r: IngressRule, lenient: Leniency, path: string): FieldError[] {
  const { host } = r
  const faults: FieldError[] = []
  if (host) {
    if (parseIpSloppy(host) !== undefined)
      faults.push(invalid(`${path}.host`, host, 'must be a DNS name, not an IP address'))
    for (const t of hostFaults(host)) faults.push(invalid(`${path}.host`, host, t))
  }
  return host?.includes('*') && lenient.wildcardRules ? faults : [...faults, ...validatePaths(r, path)]
}

function validatePaths({ http }: IngressRule, path: string): FieldError[] {
  if (!http) return []
  const paths = http.paths ?? []
  if (paths.length === 0) return [required(`${path}.http.paths`)]
  return paths.flatMap((p, i) => validatePath(p, `${path}.http.paths[${i}]`))
}

function validatePath(p: HTTPIngressPath, path: string): FieldError[] {
  if (p.pathType === undefined || p.pathType === null)
    return [required(`${path}.pathType`, 'pathType must be specified')]
  const value = p.path ?? ''
  const fault = (detail: string): FieldError => invalid(`${path}.path`, value, detail)
  const faults: FieldError[] = []
  switch (p.pathType) {
    case 'Exact':
    case 'Prefix':
      if (!value.startsWith('/')) faults.push(fault('must be an absolute path'))
      for (const part of ['//', '/./', '/../', '%2f', '%2F'])
        if (value.includes(part)) faults.push(fault(`must not contain '${part}'`))
      for (const end of ['/..', '/.']) if (value.endsWith(end)) faults.push(fault(`cannot end with '${end}'`))
      break
    case 'ImplementationSpecific':
      if (value && !value.startsWith('/')) faults.push(fault('must be an absolute path'))
      break
    default:
      faults.push(notSupported(`${path}.pathType`, p.pathType, PATH_TYPES))
  }
  return [...faults, ...validateBackend(p.backend, `${path}.backend`)]
}

function validateBackend(b: IngressBackend | undefined, path: string): FieldError[] {
  if (b?.resource && b.service) return [invalid(path, '', 'cannot set both resource and service backends')]
  if (b?.resource) return validateResource(b.resource, `${path}.resource`)
  if (!b?.service) return [invalid(path, '', 'resource or service backend is required')]
  const { name: service, port } = b.service
  const faults: FieldError[] = service
    ? isDnsLabel(service).map(t => invalid(`${path}.service.name`, service, t))
    : [required(`${path}.service.name`)]
  if (port?.name && port.number) return [...faults, invalid(path, '', 'cannot set both port name & port number')]
  if (port?.name)
    return [...faults, ...isPortName(port.name).map(t => invalid(`${path}.service.port.name`, port.name, t))]
  if (port?.number)
    return [...faults, ...isPortNumber(port.number).map(t => invalid(`${path}.service.port.number`, port.number, t))]
  return [...faults, required(path, 'port name or number is required')]
}

/** Faults of a reference by group, kind and name. */
export function validateResource(
  ref: { readonly apiGroup?: string | null | undefined; readonly kind: string; readonly name: string },
  path: string,
): FieldError[] {
  const { apiGroup } = ref
  const faults =
    apiGroup === undefined || apiGroup === null
      ? []
      : isDnsSubdomain(apiGroup).map(t => invalid(`${path}.apiGroup`, apiGroup, t))
  for (const field of ['kind', 'name'] as const) {
    const value = ref[field]
    if (!value) faults.push(required(`${path}.${field}`))
    else for (const t of isPathSegment(value)) faults.push(invalid(`${path}.${field}`, value, t))
  }
  return faults
}

function validateTls({ hosts, secretName }: IngressTLS, lenient: Leniency, path: string): FieldError[] {
  const faults = (hosts ?? []).flatMap((h, i) => hostFaults(h).map(t => invalid(`${path}.hosts[${i}]`, h, t)))
  if (secretName && !lenient.secretNames)
    for (const t of isDnsSubdomain(secretName)) faults.push(invalid(`${path}.secretName`, secretName, t))
  return faults
}

function validateStatus(now: Ingress, old: Ingress): FieldError[] {
  const existing = (old.status?.loadBalancer?.ingress ?? []).flatMap(e => e.ip || [])
  return (now.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const path = `status.loadBalancer.ingress[${i}]`
    const faults = ip ? validateLegacyIp(`${path}.ip`, ip, existing) : []
    if (!hostname) return faults
    for (const t of isDnsSubdomain(hostname)) faults.push(invalid(`${path}.hostname`, hostname, t))
    if (parseIpSloppy(hostname) !== undefined)
      faults.push(invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address'))
    return faults
  })
}
