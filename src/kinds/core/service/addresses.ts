import { duplicate, type FieldError, invalid, notSupported, required } from '../../../base/field-error.ts'
import type { ServiceSpec } from '../../generated/types.ts'
import { validateLegacyIp } from '../../validation/ip.ts'
import { ipFamily } from '../../validation/names.ts'
import { HEADLESS, isExternalName, isHeadless, needsClusterIp, specOf, type WholeService } from './questions.ts'

const FAMILIES = ['IPv4', 'IPv6']
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

/** Faults of clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy, which belong together. */
export function validateAddresses(s: WholeService, old?: WholeService): FieldError[] {
  if (isExternalName(s)) return []
  const spec = specOf(s)
  const faults = [...validatePair(spec), ...validateFamilies(spec)]
  const ips = spec.clusterIPs ?? []
  const bad = ips.flatMap((ip, i) => {
    if (i === 0 && ip === HEADLESS)
      return ips.length > 1 ? [invalid('spec.clusterIPs', ips, "'None' must be the first and only value")] : []
    return validateLegacyIp(`spec.clusterIPs[${i}]`, ip, old ? specOf(old).clusterIPs : [])
  })
  faults.push(...bad)
  if (ips.length > 2) faults.push(invalid('spec.clusterIPs', ips, 'may only hold up to 2 values'))
  if (bad.length) return faults
  if (ips.length > 1 && new Set(ips.map(ipFamily)).size < 2)
    faults.push(invalid('spec.clusterIPs', ips, 'may specify no more than one IP for each IP family'))
  return faults.length || isHeadless(s) ? faults : validateMatch(spec, ips)
}

function validatePair({ clusterIP, clusterIPs = [] }: ServiceSpec): FieldError[] {
  if (!clusterIP)
    return clusterIPs.length
      ? [invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified')]
      : []
  if (clusterIPs.length === 0) return [required('spec.clusterIPs')]
  return clusterIPs[0] === clusterIP
    ? []
    : [invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`')]
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: ServiceSpec): FieldError[] {
  const faults = ipFamilies.flatMap((family, i) => [
    ...(FAMILIES.includes(family) ? [] : [notSupported(`spec.ipFamilies[${i}]`, family, FAMILIES)]),
    ...(ipFamilies.indexOf(family) < i ? [duplicate(`spec.ipFamilies[${i}]`, family)] : []),
  ])
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy))
    faults.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES))
  return faults
}

function validateMatch({ ipFamilies = [] }: ServiceSpec, ips: readonly string[]): FieldError[] {
  return ips.flatMap((ip, i) => {
    const wanted = ipFamilies[i]
    return wanted !== undefined && `IPv${ipFamily(ip)}` !== wanted
      ? [invalid(`spec.clusterIPs[${i}]`, ip, `expected an ${wanted} value as indicated by \`ipFamilies[${i}]\``)]
      : []
  })
}

/** What may change about addresses: the first one and its family stay, a second one comes and goes with the policy. */
export function validateAddressesUpdate(s: WholeService, old: WholeService): FieldError[] {
  if (!needsClusterIp(s) || !needsClusterIp(old) || (isHeadless(s) && isHeadless(old))) return []
  return [...validateList(s, old, 'clusterIPs', 'clusterIP'), ...validateList(s, old, 'ipFamilies', 'ipFamily')]
}

function validateList(
  s: WholeService,
  old: WholeService,
  field: 'clusterIPs' | 'ipFamilies',
  what: string,
): FieldError[] {
  const path = `spec.${field}`
  const [now, before] = [specOf(s)[field] ?? [], specOf(old)[field] ?? []]
  if (now.length === before.length)
    return before.flatMap((v, i) => (v === now[i] ? [] : [invalid(`${path}[${i}]`, now, 'may not change once set')]))
  const faults: FieldError[] = []
  if (now.length === 0) faults.push(invalid(`${path}[0]`, now, `primary ${what} can not be unset`))
  if (before.length && now.length && before[0] !== now[0])
    faults.push(invalid(`${path}[0]`, now, 'may not change once set'))
  if (before.length > now.length && now.length === 1 && specOf(s).ipFamilyPolicy !== 'SingleStack')
    faults.push(
      invalid(
        'spec.ipFamilyPolicy',
        specOf(s).ipFamilyPolicy,
        `must be set to 'SingleStack' when releasing the secondary ${what}`,
      ),
    )
  return faults
}
