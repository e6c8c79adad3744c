import { type FieldError, invalid } from '../../../base/field-error.ts'
import type { ServiceSpec } from '../../generated/types.ts'
import { semanticEqual } from '../../validation/equal.ts'
import { ipFamily } from '../../validation/names.ts'
import {
  HEADLESS,
  isExternallyAccessible,
  isHeadless,
  isLoadBalancer,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  specOf,
  type WholeService,
} from './questions.ts'

/**
 * What goes before handing out addresses and ports: which fields stay, which go, and which follow from others.
 * The numbers themselves are the registry's.
 */

/** Keeps clusterIP and clusterIPs together: clients may know only the older, single field. */
export function normalizeClusterIps(draft: WholeService, old?: WholeService): void {
  const spec = (draft.spec ??= {})
  const before = old ? specOf(old) : undefined
  if (!before) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
    return
  }
  // Only the old field changed: the new one follows.
  const sameIp = (before.clusterIP ?? '') === (spec.clusterIP ?? '')
  const sameIps = semanticEqual(before.clusterIPs, spec.clusterIPs)
  if (!sameIp && sameIps) {
    if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP]
    else delete spec.clusterIPs
  } else if (!sameIp && spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
}

/** A client that sends a Service without what was handed out to it keeps what it has. */
export function keepAllocated(draft: WholeService, old: WholeService): void {
  const spec = (draft.spec ??= {})
  const before = specOf(old)
  if (needsClusterIp(old) && needsClusterIp(draft)) {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP
    if (!spec.clusterIPs?.length && spec.clusterIP === before.clusterIP && before.clusterIPs)
      spec.clusterIPs = before.clusterIPs
    spec.ipFamilyPolicy ??= before.ipFamilyPolicy
    if (!spec.ipFamilies?.length && before.ipFamilies) spec.ipFamilies = before.ipFamilies
  }
  if (needsNodePorts(old) && needsNodePorts(draft)) keepNodePorts(spec, before)
  if (needsHealthCheckPort(old) && needsHealthCheckPort(draft)) spec.healthCheckNodePort ||= before.healthCheckNodePort
}

function keepNodePorts(spec: ServiceSpec, before: ServiceSpec): void {
  const given = new Set((spec.ports ?? []).map(p => p.nodePort).filter(Boolean))
  const had = new Map((before.ports ?? []).map(p => [p.name ?? '', p.nodePort]))
  for (const port of spec.ports ?? []) {
    const last = had.get(port.name ?? '')
    if (!port.nodePort && last && !given.has(last)) port.nodePort = last
  }
}

/** Fields that a change of type makes pointless go, unless the client changed them in the same write. */
export function dropWhatTypeForbids(draft: WholeService, old: WholeService): void {
  const spec = (draft.spec ??= {})
  const before = specOf(old)
  const unchanged = (...fields: (keyof ServiceSpec)[]): boolean => fields.every(f => semanticEqual(spec[f], before[f]))
  const left = (rule: (s: WholeService) => boolean): boolean => rule(old) && !rule(draft)
  if (left(needsClusterIp)) {
    if (unchanged('clusterIP', 'clusterIPs')) drop(spec, 'clusterIP', 'clusterIPs')
    if (unchanged('ipFamilies')) drop(spec, 'ipFamilies')
    if (unchanged('ipFamilyPolicy')) drop(spec, 'ipFamilyPolicy')
  }
  if (left(needsNodePorts) && sameNodePorts(spec, before)) for (const port of spec.ports ?? []) delete port.nodePort
  if (left(needsHealthCheckPort) && unchanged('healthCheckNodePort')) drop(spec, 'healthCheckNodePort')
  if (left(isLoadBalancer)) {
    if (unchanged('allocateLoadBalancerNodePorts')) drop(spec, 'allocateLoadBalancerNodePorts')
    if (unchanged('loadBalancerClass')) drop(spec, 'loadBalancerClass')
    draft.status = { ...draft.status, loadBalancer: {} }
  }
  if (left(isExternallyAccessible) && unchanged('externalTrafficPolicy')) drop(spec, 'externalTrafficPolicy')
}

function drop(spec: ServiceSpec, ...fields: (keyof ServiceSpec)[]): void {
  for (const f of fields) delete spec[f]
}

function sameNodePorts(spec: ServiceSpec, before: ServiceSpec): boolean {
  const ports = (s: ServiceSpec): number[] => (s.ports ?? []).flatMap(p => (p.nodePort ? [p.nodePort] : []))
  const had = ports(before)
  return ports(spec).every(p => had.includes(p))
}

/** Fills ipFamilies and ipFamilyPolicy from the addresses, else from what the cluster has (first family is its default). */
export function fillIpFamilies(draft: WholeService, cluster: readonly ('IPv4' | 'IPv6')[]): void {
  if (!needsClusterIp(draft) || familyFaults(draft, cluster).length) return
  const spec = (draft.spec ??= {})
  const families = inferredFamilies(spec)
  if (isHeadless(draft) && Object.keys(spec.selector ?? {}).length === 0) {
    // Nothing is known of its endpoints: it may have both families, whatever the cluster has.
    spec.ipFamilyPolicy ??= 'RequireDualStack'
    if (families.length === 0) families.push(cluster[0] ?? 'IPv4')
    if (families.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
      families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4')
    spec.ipFamilies = families
    return
  }
  spec.ipFamilyPolicy ??= 'SingleStack'
  if (families.length === 0) families.push(cluster[0] ?? 'IPv4')
  const other = cluster.find(f => f !== families[0])
  if (families.length === 1 && spec.ipFamilyPolicy !== 'SingleStack' && other) families.push(other)
  spec.ipFamilies = families
}

/** ipFamilies as given, and behind them those of the addresses that have none named. */
function inferredFamilies(spec: ServiceSpec): string[] {
  const families = [...(spec.ipFamilies ?? [])]
  for (const ip of (spec.clusterIPs ?? []).slice(families.length)) {
    const family = ip === HEADLESS ? 0 : ipFamily(ip)
    if (family) families.push(`IPv${family}`)
  }
  return families
}

/** Faults of families and their policy that depend on what the cluster has. */
export function familyFaults(s: WholeService, cluster: readonly ('IPv4' | 'IPv6')[]): FieldError[] {
  if (!needsClusterIp(s)) return []
  const spec = specOf(s)
  const policy = spec.ipFamilyPolicy ?? 'SingleStack'
  const serves = (family: string): boolean => cluster.some(f => f === family)
  const faults: FieldError[] = []
  const bothWanted = isHeadless(s) && spec.ipFamilyPolicy === undefined && Object.keys(spec.selector ?? {}).length === 0
  if (policy === 'SingleStack' && !bothWanted) {
    const must = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
    if (spec.clusterIPs?.length === 2)
      faults.push(invalid('spec.ipFamilyPolicy', policy, `${must} cluster IPs are specified`))
    if (spec.ipFamilies?.length === 2)
      faults.push(invalid('spec.ipFamilyPolicy', policy, `${must} IP families are specified`))
  }
  const named = spec.ipFamilies?.length ?? 0
  spec.clusterIPs?.forEach((ip, i) => {
    const family = `IPv${ipFamily(ip)}`
    if (ip !== HEADLESS && i >= named && !serves(family))
      faults.push(invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, `${family} is not configured on this cluster`))
  })
  if (faults.length || (isHeadless(s) && Object.keys(spec.selector ?? {}).length === 0)) return faults
  if (policy === 'RequireDualStack' && cluster.length < 2)
    faults.push(invalid('spec.ipFamilyPolicy', policy, 'this cluster is not configured for dual-stack services'))
  spec.ipFamilies?.forEach((family, i) => {
    if (!serves(family)) faults.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'))
  })
  return faults
}
