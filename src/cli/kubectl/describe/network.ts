import { labelsText } from '../../../kinds/columns.ts'
import type { Endpoints, EndpointSlice, Service } from '../../../kinds/generated/types.ts'
import { type Described, type Describer, eventLines, headLines } from './shared.ts'

const MAX_SHOWN = 3

/** `kubectl describe service`. */
export const describeService: Describer<Described<Service>> = async (w, service, context) => {
  const { metadata: m, spec, status } = service
  headLines(w, service)
  w.line(0, `Selector:\t${labelsText(spec?.selector)}`)
  w.line(0, `Type:\t${spec?.type ?? ''}`)
  if (spec?.ipFamilyPolicy) w.line(0, `IP Family Policy:\t${spec.ipFamilyPolicy}`)
  w.line(0, `IP Families:\t${spec?.ipFamilies?.join(',') || '<none>'}`)
  w.line(0, `IP:\t${spec?.clusterIP ?? ''}`)
  w.line(0, `IPs:\t${spec?.clusterIPs?.join(',') || '<none>'}`)
  if (spec?.externalIPs?.length) w.line(0, `External IPs:\t${spec.externalIPs.join(',')}`)
  if (spec?.loadBalancerIP) w.line(0, `Desired LoadBalancer IP:\t${spec.loadBalancerIP}`)
  if (spec?.externalName) w.line(0, `External Name:\t${spec.externalName}`)
  const ingress = status?.loadBalancer?.ingress ?? []
  if (ingress.length)
    w.line(
      0,
      `LoadBalancer Ingress:\t${ingress.map(i => (i.ip ? `${i.ip}${i.ipMode ? ` (${i.ipMode})` : ''}` : (i.hostname ?? ''))).join(', ')}`,
    )
  const slices = await context.list<EndpointSlice>(
    `/apis/discovery.k8s.io/v1/namespaces/${m.namespace ?? ''}/endpointslices`,
    {
      labelSelector: `kubernetes.io/service-name=${m.name ?? ''}`,
    },
  )
  for (const p of spec?.ports ?? []) {
    const name = p.name || '<unset>'
    w.line(0, `Port:\t${name}\t${p.port}/${p.protocol ?? ''}`)
    w.line(0, `TargetPort:\t${p.targetPort ?? 0}/${p.protocol ?? ''}`)
    if (p.appProtocol) w.line(0, `AppProtocol:\t${p.appProtocol}`)
    if (p.nodePort) w.line(0, `NodePort:\t${name}\t${p.nodePort}/${p.protocol ?? ''}`)
    w.line(0, `Endpoints:\t${endpointsText(slices, p.name ?? '')}`)
  }
  w.line(0, `Session Affinity:\t${spec?.sessionAffinity ?? ''}`)
  if (spec?.externalTrafficPolicy) w.line(0, `External Traffic Policy:\t${spec.externalTrafficPolicy}`)
  if (spec?.internalTrafficPolicy) w.line(0, `Internal Traffic Policy:\t${spec.internalTrafficPolicy}`)
  if (spec?.healthCheckNodePort) w.line(0, `HealthCheck NodePort:\t${spec.healthCheckNodePort}`)
  if (spec?.loadBalancerSourceRanges?.length)
    w.line(0, `LoadBalancer Source Ranges:\t${spec.loadBalancerSourceRanges.join(',')}`)
  if (spec?.trafficDistribution) w.line(0, `Traffic Distribution:\t${spec.trafficDistribution}`)
  eventLines(w, await context.events(), context.now)
}

/** The ready addresses behind a port, three of them: `10.42.0.5:80,10.42.0.6:80 + 4 more...`. */
export function endpointsText(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return '<none>'
  const found: string[] = []
  for (const slice of slices) {
    const ready = (slice.endpoints ?? []).filter(e => e.conditions?.ready !== false).map(e => e.addresses[0] ?? '')
    if (!slice.ports?.length) found.push(...ready)
    for (const port of slice.ports ?? []) {
      if ((port.name ?? '') !== portName) continue
      found.push(...ready.map(a => `${a.includes(':') ? `[${a}]` : a}:${port.port ?? ''}`))
    }
  }
  const shown = found.slice(0, MAX_SHOWN).join(',')
  return found.length > MAX_SHOWN ? `${shown} + ${found.length - MAX_SHOWN} more...` : shown
}

/** `kubectl describe endpoints`. */
export const describeEndpoints: Describer<Described<Endpoints>> = async (w, endpoints, context) => {
  headLines(w, endpoints)
  w.line(0, 'Subsets:')
  for (const subset of endpoints.subsets ?? []) {
    w.line(1, `Addresses:\t${(subset.addresses ?? []).map(a => a.ip).join(',') || '<none>'}`)
    w.line(1, `NotReadyAddresses:\t${(subset.notReadyAddresses ?? []).map(a => a.ip).join(',') || '<none>'}`)
    if (subset.ports?.length) {
      w.line(1, 'Ports:')
      w.line(2, 'Name\tPort\tProtocol')
      w.line(2, '----\t----\t--------')
      for (const p of subset.ports) w.line(2, `${p.name || '<unset>'}\t${p.port}\t${p.protocol ?? ''}`)
    }
    w.line(0, '')
  }
  eventLines(w, await context.events(), context.now)
}

/** `kubectl describe endpointslice`. */
export const describeEndpointSlice: Describer<Described<EndpointSlice>> = async (w, slice, context) => {
  headLines(w, slice)
  w.line(0, `AddressType:\t${slice.addressType}`)
  if (!slice.ports?.length) w.line(0, 'Ports: <unset>')
  else {
    w.line(0, 'Ports:')
    w.line(1, 'Name\tPort\tProtocol')
    w.line(1, '----\t----\t--------')
    for (const p of slice.ports) w.line(1, `${p.name || '<unset>'}\t${p.port ?? '<unset>'}\t${p.protocol ?? ''}`)
  }
  if (!slice.endpoints?.length) w.line(0, 'Endpoints: <none>')
  else {
    w.line(0, 'Endpoints:')
    for (const e of slice.endpoints) {
      w.line(1, `- Addresses:\t${e.addresses.join(', ') || '<none>'}`)
      w.line(2, 'Conditions:')
      w.line(3, `Ready:\t${e.conditions?.ready ?? '<unset>'}`)
      w.line(2, `Hostname:\t${e.hostname ?? '<unset>'}`)
      if (e.targetRef) w.line(2, `TargetRef:\t${e.targetRef.kind ?? ''}/${e.targetRef.name ?? ''}`)
      w.line(2, `NodeName:\t${e.nodeName ?? '<unset>'}`)
      w.line(2, `Zone:\t${e.zone ?? '<unset>'}`)
    }
  }
  eventLines(w, await context.events(), context.now)
}
