import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../../base/field-error.ts'
import { age, name, someOf, text } from '../columns.ts'
import type { DiscoveryV1EndpointPort, Endpoint, EndpointSlice } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { validateIp, validateNonSpecialIp } from '../validation/ip.ts'
import { validateImmutable } from '../validation/metadata.ts'
import {
  ipFamily,
  isDnsLabel,
  isDnsSubdomain,
  isFullyQualifiedDomainName,
  isLabelValue,
  isQualifiedName,
} from '../validation/names.ts'
import { PROTOCOLS } from '../validation/ports.ts'

type Whole = ObjectOf<EndpointSlice>

const TYPES = ['FQDN', 'IPv4', 'IPv6']
const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const MAX_PORTS = 20000
const MAX_HINTS = 8
const SHOWN = 3

export const endpointSlice = defineKind<Whole>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  generation: (now, old) =>
    !semanticEqual(content(now), content(old)) || !semanticEqual(now.metadata.labels, old.metadata.labels),
  defaults: draft => {
    for (const port of draft.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  prepareForCreate: dropTopology,
  prepareForUpdate: dropTopology,
  validate,
  validateUpdate: (now, old) => [
    ...validate(now),
    ...validateImmutable(now.addressType, old.addressType, 'addressType'),
  ],
  warnings: s => (s.addressType === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : []),
  columns: [
    name(),
    text('AddressType', s => s.addressType ?? ''),
    text('Ports', portsCell),
    text('Endpoints', s => {
      const all = (s.endpoints ?? []).flatMap(e => e.addresses ?? [])
      return all.length ? someOf(all, SHOWN) : '<unset>'
    }),
    age(),
  ],
})

const content = (s: EndpointSlice): unknown => [s.addressType, s.endpoints, s.ports]

/** Fields of before v1 are no longer for writing. */
function dropTopology(draft: EndpointSlice): void {
  for (const e of draft.endpoints ?? []) delete e.deprecatedTopology
}

function portsCell({ ports }: EndpointSlice): string {
  const shown = (ports ?? []).map(p => (p.port === undefined ? (p.name ?? '*') : String(p.port)))
  return someOf(shown, SHOWN) || '<unset>'
}

function validate(s: EndpointSlice): FieldError[] {
  return [...validateType(s.addressType), ...validateEndpoints(s), ...validatePorts(s.ports ?? [])]
}

function validateType(type: string | undefined): FieldError[] {
  if (!type) return [required('addressType')]
  return TYPES.includes(type) ? [] : [notSupported('addressType', type, TYPES)]
}

function validateEndpoints({ endpoints: all, addressType }: EndpointSlice): FieldError[] {
  const endpoints = all ?? []
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)]
  return endpoints.flatMap((e, i) => validateEndpoint(e, addressType, `endpoints[${i}]`))
}

function validateEndpoint(e: Endpoint, type: string, path: string): FieldError[] {
  const { hostname, nodeName, hints } = e
  const addresses = e.addresses ?? []
  const faults: FieldError[] = []
  if (addresses.length === 0) faults.push(required(`${path}.addresses`, 'must contain at least 1 address'))
  else if (addresses.length > MAX_ADDRESSES) faults.push(tooMany(`${path}.addresses`, addresses.length, MAX_ADDRESSES))
  addresses.forEach((a, i) => void faults.push(...validateAddress(a, type, `${path}.addresses`, i)))
  if (nodeName !== undefined)
    faults.push(...isDnsSubdomain(nodeName).map(t => invalid(`${path}.nodeName`, nodeName, t)))
  if (hostname !== undefined) faults.push(...isDnsLabel(hostname).map(t => invalid(`${path}.hostname`, hostname, t)))
  faults.push(...validateHints(hints?.forZones ?? [], `${path}.hints.forZones`, isLabelValue))
  faults.push(...validateHints(hints?.forNodes ?? [], `${path}.hints.forNodes`, isDnsSubdomain))
  return faults
}

function validateAddress(address: string, type: string, path: string, i: number): FieldError[] {
  const at = `${path}[${i}]`
  if (type === 'FQDN') return isFullyQualifiedDomainName(address).map(t => invalid(at, address, t))
  if (type !== 'IPv4' && type !== 'IPv6') return []
  const faults = validateIp(at, address)
  if (faults.length === 0 && `IPv${ipFamily(address)}` !== type)
    faults.push(invalid(path, address, `must be an ${type} address`))
  return [...faults, ...validateNonSpecialIp(at, address)]
}

function validateHints(
  list: readonly { name: string }[],
  path: string,
  rule: (name: string) => string[],
): FieldError[] {
  const faults: FieldError[] = list.length > MAX_HINTS ? [tooMany(path, list.length, MAX_HINTS)] : []
  const seen = new Set<string>()
  list.forEach((hint, i) => {
    if (seen.has(hint.name)) faults.push(duplicate(`${path}[${i}].name`, hint.name))
    seen.add(hint.name)
    for (const t of rule(hint.name)) faults.push(invalid(`${path}[${i}].name`, hint.name, t))
  })
  return faults
}

function validatePorts(ports: readonly DiscoveryV1EndpointPort[]): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)]
  const seen = new Set<string>()
  return ports.flatMap((p, i) => {
    const path = `ports[${i}]`
    const own = p.name ?? ''
    const faults = own ? isDnsLabel(own).map(t => invalid(`${path}.name`, own, t)) : []
    if (seen.has(own)) faults.push(duplicate(`${path}.name`, own))
    seen.add(own)
    if (p.protocol === undefined) faults.push(required(`${path}.protocol`))
    else if (!PROTOCOLS.includes(p.protocol)) faults.push(notSupported(`${path}.protocol`, p.protocol, PROTOCOLS))
    if (p.appProtocol !== undefined)
      for (const t of isQualifiedName(p.appProtocol)) faults.push(invalid(`${path}.appProtocol`, p.appProtocol, t))
    return faults
  })
}
