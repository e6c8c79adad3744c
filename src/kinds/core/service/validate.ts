import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../../../base/field-error.ts'
import type { Service, ServicePort, ServiceSpec } from '../../generated/types.ts'
import { validateLabels } from '../../validation/labels.ts'
import { validateLegacyCidr, validateLegacyIp, validateNonSpecialIp } from '../../validation/ip.ts'
import { isDnsLabel, isDnsSubdomain, isPortNumber, isQualifiedName } from '../../validation/names.ts'
import { PROTOCOLS, validatePortNumberOrName } from '../../validation/ports.ts'
import { validateAddresses, validateAddressesUpdate } from './addresses.ts'
import { familyFaults } from './allocation.ts'
import {
  isExternallyAccessible,
  isExternalName,
  isHeadless,
  isLoadBalancer,
  needsHealthCheckPort,
  specOf,
  type WholeService,
} from './questions.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const KUBELET_PORT = 10250
const MAX_AFFINITY_SECONDS = 86400
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"
const HINTS = 'service.kubernetes.io/topology-aware-hints'
const MODE = 'service.kubernetes.io/topology-mode'
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges'

/** Families of addresses that this cluster gives out. */
export const CLUSTER_FAMILIES = ['IPv4'] as const

/** Faults of a Service. Those of addresses and families stand alone: Kubernetes looks at them first. */
export function validateService(s: WholeService, old?: WholeService, dryRun = false): FieldError[] {
  const addresses = validateAddresses(s, old)
  if (addresses.length) return addresses
  const families = familyFaults(s, CLUSTER_FAMILIES)
  if (families.length) return families
  const spec = specOf(s)
  return [
    ...(old ? [...validateAddressesUpdate(s, old), ...validateClassUpdate(s, old)] : []),
    ...validateAnnotations(s),
    ...validateTypeRules(s, spec),
    ...validatePorts(spec, old !== undefined || dryRun),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateExternalIps(spec, old),
    ...validateTypeName(spec),
    ...validateLoadBalancerFields(s, spec, old),
    ...validateTrafficPolicies(s, spec),
  ]
}

function validateAnnotations(s: WholeService): FieldError[] {
  const { [HINTS]: hints, [MODE]: mode } = s.metadata.annotations ?? {}
  return hints === undefined || mode === undefined || hints === mode
    ? []
    : [invalid(`metadata.annotations[${MODE}]`, mode, `must match annotations[${HINTS}] when both are specified`)]
}

function validateTypeRules(s: Service, spec: ServiceSpec): FieldError[] {
  const faults: FieldError[] = []
  if (!spec.ports?.length && !isHeadless(s) && !isExternalName(s)) faults.push(required('spec.ports'))
  if (isLoadBalancer(s))
    spec.ports?.forEach((p, i) => {
      if (p.port === KUBELET_PORT)
        faults.push(
          invalid(
            `spec.ports[${i}]`,
            p.port,
            `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`,
          ),
        )
    })
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(s))
    faults.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`))
  if (isExternalName(s)) faults.push(...validateExternalName(spec))
  return faults
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const no = (field: string): FieldError => forbidden(`spec.${field}`, 'may not be set for ExternalName services')
  const faults: FieldError[] = []
  if (spec.clusterIPs?.length || spec.clusterIP) faults.push(no('clusterIPs'))
  if (spec.ipFamilies?.length) faults.push(no('ipFamilies'))
  if (spec.ipFamilyPolicy !== undefined) faults.push(no('ipFamilyPolicy'))
  const target = (spec.externalName ?? '').replace(/\.$/, '')
  if (!target) return [...faults, required('spec.externalName')]
  return [...faults, ...isDnsSubdomain(target).map(text => invalid('spec.externalName', target, text))]
}

/** Node ports of a new Service were given out by then: two of one number were refused there. */
function validatePorts(spec: ServiceSpec, nodePorts: boolean): FieldError[] {
  const ports = spec.ports ?? []
  const names = new Set<string>()
  const faults = ports.flatMap((p, i) => validatePort(p, ports.length > 1, names, `spec.ports[${i}]`))
  if (spec.type === 'ClusterIP')
    ports.forEach((p, i) => {
      if (p.nodePort) faults.push(forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"))
    })
  if (nodePorts)
    faults.push(
      ...duplicates(
        ports,
        p => (p.nodePort ? `${p.protocol}/${p.nodePort}` : undefined),
        (p, i) => duplicate(`spec.ports[${i}].nodePort`, p.nodePort),
      ),
    )
  faults.push(
    ...duplicates(
      ports,
      p => `${p.protocol}/${p.port}`,
      (p, i) => duplicate(`spec.ports[${i}]`, { port: p.port, protocol: p.protocol }),
    ),
  )
  return faults
}

function duplicates(
  ports: readonly ServicePort[],
  keyOf: (p: ServicePort) => string | undefined,
  fault: (p: ServicePort, i: number) => FieldError,
): FieldError[] {
  const seen = new Set<string>()
  return ports.flatMap((p, i) => {
    const key = keyOf(p)
    if (key === undefined) return []
    if (seen.has(key)) return [fault(p, i)]
    seen.add(key)
    return []
  })
}

function validatePort(p: ServicePort, needsName: boolean, names: Set<string>, path: string): FieldError[] {
  const faults: FieldError[] = []
  if (!p.name) {
    if (needsName) faults.push(required(`${path}.name`))
  } else {
    for (const text of isDnsLabel(p.name)) faults.push(invalid(`${path}.name`, p.name, text))
    if (names.has(p.name)) faults.push(duplicate(`${path}.name`, p.name))
    names.add(p.name)
  }
  for (const text of isPortNumber(p.port ?? 0)) faults.push(invalid(`${path}.port`, p.port ?? 0, text))
  if (!p.protocol) faults.push(required(`${path}.protocol`))
  else if (!PROTOCOLS.includes(p.protocol)) faults.push(notSupported(`${path}.protocol`, p.protocol, PROTOCOLS))
  faults.push(...validatePortNumberOrName(p.targetPort ?? 0, `${path}.targetPort`))
  if (p.appProtocol !== undefined)
    for (const text of isQualifiedName(p.appProtocol)) faults.push(invalid(`${path}.appProtocol`, p.appProtocol, text))
  return faults
}

function validateAffinity(spec: ServiceSpec): FieldError[] {
  const { sessionAffinity: affinity, sessionAffinityConfig: config } = spec
  if (!affinity) return [required('spec.sessionAffinity')]
  if (affinity === 'None')
    return config ? [forbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None')] : []
  if (affinity !== 'ClientIP') return [notSupported('spec.sessionAffinity', affinity, ['ClientIP', 'None'])]
  const path = 'spec.sessionAffinityConfig'
  if (!config) return [required(path, 'when session affinity type is ClientIP')]
  if (!config.clientIP) return [required(`${path}.clientIP`, 'when session affinity type is ClientIP')]
  const seconds = config.clientIP.timeoutSeconds
  if (seconds === undefined)
    return [required(`${path}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP')]
  return seconds > 0 && seconds <= MAX_AFFINITY_SECONDS
    ? []
    : [
        invalid(
          `${path}.clientIP.timeoutSeconds`,
          seconds,
          `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
        ),
      ]
}

function validateExternalIps(spec: ServiceSpec, old: Service | undefined): FieldError[] {
  return (spec.externalIPs ?? []).flatMap((ip, i) => {
    const path = `spec.externalIPs[${i}]`
    const faults = validateLegacyIp(path, ip, old ? specOf(old).externalIPs : [])
    return faults.length ? faults : validateNonSpecialIp(path, ip)
  })
}

function validateTypeName({ type }: ServiceSpec): FieldError[] {
  if (!type) return [required('spec.type')]
  return TYPES.includes(type) ? [] : [notSupported('spec.type', type, TYPES)]
}

function validateLoadBalancerFields(s: WholeService, spec: ServiceSpec, old: WholeService | undefined): FieldError[] {
  const faults = validateSourceRanges(s, spec, old)
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isLoadBalancer(s))
    faults.push(forbidden('spec.allocateLoadBalancerNodePorts', ONLY_LOAD_BALANCER))
  if (isLoadBalancer(s) && spec.allocateLoadBalancerNodePorts === undefined)
    faults.push(required('spec.allocateLoadBalancerNodePorts'))
  return [...faults, ...validateClass(s)]
}

function validateClass(s: WholeService): FieldError[] {
  const name = specOf(s).loadBalancerClass
  if (name === undefined) return []
  return isLoadBalancer(s)
    ? isQualifiedName(name).map(text => invalid('spec.loadBalancerClass', name, text))
    : [forbidden('spec.loadBalancerClass', ONLY_LOAD_BALANCER)]
}

function validateSourceRanges(s: WholeService, spec: ServiceSpec, old: WholeService | undefined): FieldError[] {
  const ranges = spec.loadBalancerSourceRanges ?? []
  if (ranges.length) {
    // The field's path is written so in Kubernetes.
    const path = 'spec.LoadBalancerSourceRanges'
    return [
      ...(isLoadBalancer(s) ? [] : [forbidden(path, ONLY_LOAD_BALANCER)]),
      ...ranges.flatMap((r, i) =>
        validateLegacyCidr(`${path}[${i}]`, r.trim(), old ? specOf(old).loadBalancerSourceRanges : []),
      ),
    ]
  }
  const annotation = s.metadata.annotations?.[SOURCE_RANGES]
  if (annotation === undefined) return []
  const path = `metadata.annotations[${SOURCE_RANGES}]`
  if (!isLoadBalancer(s)) return [forbidden(path, ONLY_LOAD_BALANCER)]
  const text = annotation.trim()
  return text ? text.split(',').flatMap(r => validateLegacyCidr(path, r.trim())) : []
}

/** The class of a load balancer is chosen once; its form is looked at with every change, beside the object itself. */
function validateClassUpdate(s: WholeService, old: WholeService): FieldError[] {
  const now = specOf(s).loadBalancerClass
  const changed = isLoadBalancer(s) && isLoadBalancer(old) && now !== specOf(old).loadBalancerClass
  return [...(changed ? [invalid('spec.loadBalancerClass', now, 'may not change once set')] : []), ...validateClass(s)]
}

function validateTrafficPolicies(s: Service, spec: ServiceSpec): FieldError[] {
  const faults: FieldError[] = []
  const choice = (field: 'externalTrafficPolicy' | 'internalTrafficPolicy', value: string): void => {
    if (!['Cluster', 'Local'].includes(value)) faults.push(notSupported(`spec.${field}`, value, ['Cluster', 'Local']))
  }
  const outer = spec.externalTrafficPolicy
  if (!isExternallyAccessible(s)) {
    if (outer)
      faults.push(invalid('spec.externalTrafficPolicy', outer, 'may only be set for externally-accessible services'))
  } else if (!outer) faults.push(required('spec.externalTrafficPolicy'))
  else choice('externalTrafficPolicy', outer)
  const port = spec.healthCheckNodePort
  if (port && !needsHealthCheckPort(s))
    faults.push(
      invalid(
        'spec.healthCheckNodePort',
        port,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    )
  else if (port) for (const text of isPortNumber(port)) faults.push(invalid('spec.healthCheckNodePort', port, text))
  if (spec.internalTrafficPolicy !== undefined) choice('internalTrafficPolicy', spec.internalTrafficPolicy)
  else if (!isExternalName(s) && TYPES.includes(spec.type ?? '')) faults.push(required('spec.internalTrafficPolicy'))
  const spread = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
  if (spec.trafficDistribution !== undefined && !spread.includes(spec.trafficDistribution))
    faults.push(notSupported('spec.trafficDistribution', spec.trafficDistribution, spread))
  return faults
}

/** Faults of status.loadBalancer. */
export function validateLoadBalancerStatus(s: Service, old: Service): FieldError[] {
  const path = 'status.loadBalancer.ingress'
  const ingress = s.status?.loadBalancer?.ingress ?? []
  if (ingress.length && !isLoadBalancer(s))
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")]
  const existing = (old.status?.loadBalancer?.ingress ?? []).flatMap(e => (e.ip ? [e.ip] : []))
  return ingress.flatMap((e, i) => {
    const faults: FieldError[] = []
    if (e.ip) faults.push(...validateLegacyIp(`${path}[${i}].ip`, e.ip, existing))
    if (e.ip && e.ipMode === undefined)
      faults.push(required(`${path}[${i}].ipMode`, 'must be specified when `ip` is set'))
    else if (!e.ip && e.ipMode !== undefined)
      faults.push(forbidden(`${path}[${i}].ipMode`, 'may not be specified when `ip` is not set'))
    else if (e.ipMode !== undefined && !['VIP', 'Proxy'].includes(e.ipMode))
      faults.push(notSupported(`${path}[${i}].ipMode`, e.ipMode, ['Proxy', 'VIP']))
    return [...faults, ...validateIngressHostname(e.hostname ?? '', `${path}[${i}].hostname`)]
  })
}

/** A name that a load balancer answers to: never an address. An empty one has no faults. */
export function validateIngressHostname(hostname: string, path: string): FieldError[] {
  if (!hostname) return []
  return [
    ...isDnsSubdomain(hostname).map(text => invalid(path, hostname, text)),
    ...(validateLegacyIp(path, hostname).length === 0
      ? [invalid(path, hostname, 'must be a DNS name, not an IP address')]
      : []),
  ]
}
