import type { EndpointSlice, Ingress, IngressBackend, Service } from '../../../kinds/generated/types.ts'
import { isNotFound } from '../../../base/errors.ts'
import { endpointsText } from './network.ts'
import {
  annotationLines,
  type Described,
  type DescribeContext,
  type Describer,
  eventLines,
  labelLines,
} from './shared.ts'

/** `kubectl describe ingress`. */
export const describeIngress: Describer<Described<Ingress>> = async (w, ingress, context) => {
  const { metadata: m, spec, status } = ingress
  const namespace = m.namespace ?? ''
  const addresses = (status?.loadBalancer?.ingress ?? []).map(i => i.ip || i.hostname || '')
  w.line(0, `Name:\t${m.name ?? ''}`)
  labelLines(w, 'Labels', m.labels)
  w.line(0, `Namespace:\t${namespace}`)
  w.line(0, `Address:\t${addresses.join(',')}`)
  w.line(0, `Ingress Class:\t${spec?.ingressClassName ?? '<none>'}`)
  w.line(
    0,
    `Default backend:\t${spec?.defaultBackend ? await backendText(spec.defaultBackend, namespace, context) : '<default>'}`,
  )
  if (spec?.tls?.length) {
    w.line(0, 'TLS:')
    for (const t of spec.tls) {
      const hosts = (t.hosts ?? []).join(',')
      w.line(1, t.secretName ? `${t.secretName} terminates ${hosts}` : `SNI routes ${hosts}`)
    }
  }
  w.raw('Rules:\n  Host\tPath\tBackends\n')
  w.line(1, '----\t----\t--------')
  for (const rule of spec?.rules ?? []) {
    if (!rule.http) continue
    w.line(1, `${rule.host || '*'}\t`)
    for (const path of rule.http.paths)
      w.line(1, `\t${path.path ?? ''} \t${await backendText(path.backend, namespace, context)}`)
  }
  if (!spec?.rules?.some(r => r.http))
    w.line(
      1,
      `*\t*\t${spec?.defaultBackend ? await backendText(spec.defaultBackend, namespace, context) : '<default>'}`,
    )
  annotationLines(w, 'Annotations', m.annotations)
  eventLines(w, await context.events(), context.now)
}

/** `web:80 (10.42.0.5:8080)`, or what is wrong with it. */
async function backendText(backend: IngressBackend, namespace: string, context: DescribeContext): Promise<string> {
  const { service, resource } = backend
  if (resource) return `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind}, Name: ${resource.name}`
  if (!service) return ''
  const port = service.port?.number ?? service.port?.name ?? ''
  return `${service.name}:${port} (${await endpointsOf(service.name, port, namespace, context)})`
}

async function endpointsOf(
  name: string,
  port: string | number,
  namespace: string,
  context: DescribeContext,
): Promise<string> {
  try {
    const service = await context.get<Service>(`/api/v1/namespaces/${namespace}/services/${name}`)
    const slices = await context.list<EndpointSlice>(
      `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
      {
        labelSelector: `kubernetes.io/service-name=${name}`,
      },
    )
    const found = service.spec?.ports?.find(p => p.port === port || p.name === port)
    return endpointsText(slices, found?.name ?? '')
  } catch (error) {
    if (!isNotFound(error)) throw error
    return `<error: ${(error as Error).message}>`
  }
}
