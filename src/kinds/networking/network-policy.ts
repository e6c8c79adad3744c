import { type FieldError, forbidden, invalid, notSupported, required } from '../../base/field-error.ts'
import { age, name, selectorText, text } from '../columns.ts'
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { isStrictSubset, parseCidrText, validateLegacyCidr } from '../validation/ip.ts'
import { validateLabelSelector } from '../validation/labels.ts'
import { isPortNumber } from '../validation/names.ts'
import { PROTOCOLS, validatePortNumberOrName } from '../validation/ports.ts'

type Whole = ObjectOf<NetworkPolicy>

const TYPES = ['Ingress', 'Egress']

export const networkPolicy = defineKind<Whole>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  generation: 'spec',
  defaults: draft => {
    const spec = draft.spec
    if (!spec) return
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  },
  validate: p => validate(p, []),
  validateUpdate: (now, old) => validate(now, cidrsOf(old)),
  columns: [name(), text('Pod-Selector', p => selectorText(p.spec?.podSelector)), age()],
})

/** All ranges of a policy: those may stay as they are, however odd. */
function cidrsOf({ spec }: NetworkPolicy): string[] {
  const peers = [...(spec?.ingress ?? []).flatMap(r => r.from ?? []), ...(spec?.egress ?? []).flatMap(r => r.to ?? [])]
  return peers.flatMap(p => (p.ipBlock ? [p.ipBlock.cidr, ...(p.ipBlock.except ?? [])] : []))
}

function validate({ spec }: NetworkPolicy, existing: readonly string[]): FieldError[] {
  const faults = validateLabelSelector(spec?.podSelector, 'spec.podSelector')
  const rules = (
    path: string,
    ports: readonly NetworkPolicyPort[] | undefined,
    peers: readonly NetworkPolicyPeer[] | undefined,
    side: string,
  ): void => {
    ports?.forEach((p, i) => void faults.push(...validatePort(p, `${path}.ports[${i}]`)))
    peers?.forEach((p, i) => void faults.push(...validatePeer(p, existing, `${path}.${side}[${i}]`)))
  }
  spec?.ingress?.forEach((r, i) => {
    rules(`spec.ingress[${i}]`, r.ports, r.from, 'from')
  })
  spec?.egress?.forEach((r, i) => {
    rules(`spec.egress[${i}]`, r.ports, r.to, 'to')
  })
  const types = spec?.policyTypes ?? []
  if (types.length > TYPES.length)
    return [...faults, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  types.forEach((t, i) => {
    if (!TYPES.includes(t)) faults.push(notSupported(`spec.policyTypes[${i}]`, t, TYPES))
  })
  return faults
}

function validatePort(p: NetworkPolicyPort, path: string): FieldError[] {
  const { port, endPort } = p
  const faults: FieldError[] = []
  if (p.protocol !== undefined && !PROTOCOLS.includes(p.protocol))
    faults.push(notSupported(`${path}.protocol`, p.protocol, ['TCP', 'UDP', 'SCTP']))
  const end = (detail: string): FieldError => invalid(`${path}.endPort`, endPort, detail)
  if (port === undefined)
    return endPort === undefined ? faults : [...faults, end('may not be specified when `port` is not specified')]
  faults.push(...validatePortNumberOrName(port, `${path}.port`))
  if (endPort === undefined) return faults
  if (typeof port === 'string') return [...faults, end('may not be specified when `port` is non-numeric')]
  if (endPort < port) faults.push(invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`'))
  return [...faults, ...isPortNumber(endPort).map(end)]
}

function validatePeer(p: NetworkPolicyPeer, existing: readonly string[], path: string): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = p
  const faults = [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, existing, `${path}.ipBlock`) : []),
  ]
  if (!podSelector && !namespaceSelector && !ipBlock) faults.push(required(path, 'must specify a peer'))
  else if (ipBlock && (podSelector || namespaceSelector))
    faults.push(forbidden(path, 'may not specify both ipBlock and another peer'))
  return faults
}

function validateBlock({ cidr, except }: IPBlock, existing: readonly string[], path: string): FieldError[] {
  if (!cidr) return [required(`${path}.cidr`)]
  const faults = validateLegacyCidr(`${path}.cidr`, cidr, existing)
  const outer = parseCidrText(cidr)
  if (!outer) return faults
  except?.forEach((text, i) => {
    const at = `${path}.except[${i}]`
    faults.push(...validateLegacyCidr(at, text, existing))
    const inner = parseCidrText(text)
    if (inner && !isStrictSubset(inner, outer)) faults.push(invalid(at, text, 'must be a strict subset of `cidr`'))
  })
  return faults
}
