import { age, labelsText, name, orNone, text, wide } from '../columns.ts'
import type { Service } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import { cidrWarnings, ipWarnings } from '../validation/ip.ts'
import { nameIsDnsLabel } from '../validation/names.ts'
import { dropWhatTypeForbids, fillIpFamilies, keepAllocated, normalizeClusterIps } from './service/allocation.ts'
import {
  isExternallyAccessible,
  isExternalName,
  isHeadless,
  isLoadBalancer,
  specOf,
  type WholeService,
} from './service/questions.ts'
import { CLUSTER_FAMILIES, validateLoadBalancerStatus, validateService } from './service/validate.ts'

/** Seconds that a client sticks to its endpoint. */
const DEFAULT_AFFINITY_SECONDS = 10800

/** The registry gives out addresses and node ports after `prepareFor…`, which says what to keep and what to clear. */
export const service = defineKind<WholeService>({
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.Service',
  createOnUpdate: true,
  deleteReturnsObject: true,
  ownFieldLabels: true,
  validateName: nameIsDnsLabel,
  defaults,
  prepareForCreate: draft => {
    draft.status = { loadBalancer: {} }
    dropInternalPolicy(draft)
    normalizeClusterIps(draft)
    fillIpFamilies(draft, CLUSTER_FAMILIES)
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    dropWhatTypeForbids(draft, old)
    dropInternalPolicy(draft)
    keepAllocated(draft, old)
    normalizeClusterIps(draft, old)
    fillIpFamilies(draft, CLUSTER_FAMILIES)
  },
  // A dry run gives out no node ports: two of one number are found here.
  validate: (s, { dryRun }) => validateService(s, undefined, dryRun),
  validateUpdate: (s, old) => validateService(s, old),
  warnings,
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: validateLoadBalancerStatus,
  },
  columns: [
    name(),
    text('Type', s => specOf(s).type ?? ''),
    text('Cluster-IP', s => orNone(specOf(s).clusterIPs?.[0])),
    text('External-IP', externalIpText),
    text('Port(s)', portsText),
    age(),
    wide('Selector', s => labelsText(specOf(s).selector)),
  ],
  selectableFields: { 'spec.clusterIP': s => specOf(s).clusterIP ?? '', 'spec.type': s => specOf(s).type ?? '' },
})

function defaults(draft: WholeService): void {
  const spec = (draft.spec ??= {})
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: DEFAULT_AFFINITY_SECONDS } }
  spec.type ||= 'ClusterIP'
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    if (!port.targetPort) port.targetPort = port.port
  }
  if (isExternallyAccessible(draft)) spec.externalTrafficPolicy ||= 'Cluster'
  if (['ClusterIP', 'NodePort', 'LoadBalancer'].includes(spec.type)) spec.internalTrafficPolicy ??= 'Cluster'
  if (!isLoadBalancer(draft)) return
  spec.allocateLoadBalancerNodePorts ??= true
  for (const ingress of draft.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP'
}

/** Without a cluster address there is no traffic inside to have a policy for. */
function dropInternalPolicy(draft: WholeService): void {
  // A policy that there is none of stays, for validation to refuse it.
  if (isExternalName(draft) && ['Cluster', 'Local'].includes(draft.spec?.internalTrafficPolicy ?? ''))
    delete draft.spec?.internalTrafficPolicy
}

function warnings(s: WholeService): string[] {
  const spec = specOf(s)
  const out: string[] = []
  const hints = 'service.kubernetes.io/topology-aware-hints'
  if (s.metadata.annotations?.[hints] !== undefined)
    out.push(`annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`)
  const external = spec.externalIPs ?? []
  if (isHeadless(s)) {
    if (spec.loadBalancerIP) out.push('spec.loadBalancerIP is ignored for headless services')
    if (external.length) out.push('spec.externalIPs is ignored for headless services')
    if (spec.sessionAffinity !== 'None') out.push('spec.SessionAffinity is ignored for headless services')
  } else spec.clusterIPs?.forEach((ip, i) => void out.push(...ipWarnings(`spec.clusterIPs[${i}]`, ip)))
  external.forEach((ip, i) => void out.push(...ipWarnings(`spec.externalIPs[${i}]`, ip)))
  if (external.length && !isHeadless(s) && !isExternalName(s))
    out.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters')
  if (spec.loadBalancerIP) out.push(...ipWarnings('spec.loadBalancerIP', spec.loadBalancerIP))
  spec.loadBalancerSourceRanges?.forEach(
    (r, i) => void out.push(...cidrWarnings(`spec.loadBalancerSourceRanges[${i}]`, r.trim())),
  )
  if (isExternalName(s) && external.length) out.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  if (!isExternalName(s) && spec.externalName)
    out.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  if (spec.trafficDistribution === 'PreferClose')
    out.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
  return out
}

function externalIpText(s: Service): string {
  const { type, externalIPs = [], externalName = '' } = specOf(s)
  if (type === 'ExternalName') return externalName
  if (type !== 'LoadBalancer') return orNone(externalIPs.join(','))
  const given = (s.status?.loadBalancer?.ingress ?? []).flatMap(e => e.ip || e.hostname || [])
  return [...[...new Set(given)].sort(), ...externalIPs].join(',') || '<pending>'
}

function portsText(s: Service): string {
  return orNone(
    (specOf(s).ports ?? []).map(p => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol}`).join(','),
  )
}
