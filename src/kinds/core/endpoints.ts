import { type FieldError, invalid, notSupported, required } from '../../base/field-error.ts'
import { age, name, someOf, text } from '../columns.ts'
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateEndpointIp, validateLegacyIp } from '../validation/ip.ts'
import { isDnsLabel, isDnsSubdomain, isPortNumber, isQualifiedName } from '../validation/names.ts'
import { PROTOCOLS } from '../validation/ports.ts'

type Whole = ObjectOf<Endpoints>

/** How many addresses a table cell shows. */
const SHOWN = 3

export const endpoints = defineKind<Whole>({
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  schema: 'io.k8s.api.core.v1.Endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  createOnUpdate: true,
  defaults: draft => {
    for (const subset of draft.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP'
  },
  validate: e => validate(e),
  validateUpdate: validate,
  columns: [name(), text('Endpoints', cell), age()],
})

function validate(e: Endpoints, old?: Endpoints): FieldError[] {
  const existing = (old?.subsets ?? [])
    .flatMap(s => [...(s.addresses ?? []), ...(s.notReadyAddresses ?? [])])
    .map(a => a.ip)
  return (e.subsets ?? []).flatMap((s, i) => validateSubset(s, existing, `subsets[${i}]`))
}

function validateSubset(s: EndpointSubset, existing: readonly string[], path: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = s
  return [
    ...(addresses.length || notReadyAddresses.length
      ? []
      : [required(path, 'must specify `addresses` or `notReadyAddresses`')]),
    ...addresses.flatMap((a, i) => validateAddress(a, existing, `${path}.addresses[${i}]`)),
    ...notReadyAddresses.flatMap((a, i) => validateAddress(a, existing, `${path}.notReadyAddresses[${i}]`)),
    ...ports.flatMap((p, i) => validatePort(p, ports.length > 1, `${path}.ports[${i}]`)),
  ]
}

function validateAddress(a: EndpointAddress, existing: readonly string[], path: string): FieldError[] {
  const { hostname, nodeName } = a
  return [
    ...validateLegacyIp(`${path}.ip`, a.ip ?? '', existing),
    ...(hostname ? isDnsLabel(hostname).map(t => invalid(`${path}.hostname`, hostname, t)) : []),
    ...(nodeName === undefined ? [] : isDnsSubdomain(nodeName).map(t => invalid(`${path}.nodeName`, nodeName, t))),
    ...validateEndpointIp(`${path}.ip`, a.ip ?? ''),
  ]
}

function validatePort(p: EndpointPort, needsName: boolean, path: string): FieldError[] {
  const faults: FieldError[] = []
  if (!p.name && needsName) faults.push(required(`${path}.name`))
  if (p.name) for (const t of isDnsLabel(p.name)) faults.push(invalid(`${path}.name`, p.name, t))
  for (const t of isPortNumber(p.port ?? 0)) faults.push(invalid(`${path}.port`, p.port ?? 0, t))
  if (!p.protocol) faults.push(required(`${path}.protocol`))
  else if (!PROTOCOLS.includes(p.protocol)) faults.push(notSupported(`${path}.protocol`, p.protocol, PROTOCOLS))
  if (p.appProtocol !== undefined)
    for (const t of isQualifiedName(p.appProtocol)) faults.push(invalid(`${path}.appProtocol`, p.appProtocol, t))
  return faults
}

function cell(e: Endpoints): string {
  if (!e.subsets?.length) return '<none>'
  const all = e.subsets.flatMap(s => {
    const ips = (s.addresses ?? []).map(a => a.ip)
    if (!s.ports?.length) return ips
    return s.ports.flatMap(p => ips.map(ip => (ip.includes(':') ? `[${ip}]:${p.port}` : `${ip}:${p.port}`)))
  })
  return someOf(all, SHOWN)
}
