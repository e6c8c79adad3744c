import { isIPv4, isIPv6 } from 'node:net'
import { badRequest, serviceUnavailable } from '../../base/errors.ts'
import { endpointSlice } from '../../kinds/discovery/endpoint-slice.ts'
import type { Service } from '../../kinds/generated/types.ts'
import type { Frozen, ObjectOf } from '../../kinds/object.ts'
import type { Registry } from '../../registry/api.ts'
import { SYSTEM_CONTEXT } from '../system.ts'
import type { PodView } from './containers.ts'
import type { Backend } from './tunnel.ts'

/** `[scheme:]name[:port]` of a proxy path. */
export interface ProxyName {
  readonly scheme: '' | 'http' | 'https'
  readonly name: string
  readonly port: string
}

/** Splits the name of a proxied object. Undefined where it has no such form. */
export function proxyName(text: string): ProxyName | undefined {
  const parts = text.split(':')
  if (parts.length === 1) return { scheme: '', name: text, port: '' }
  if (parts.length === 2) return { scheme: '', name: parts[0] ?? '', port: parts[1] ?? '' }
  const [scheme = '', name = '', port = ''] = parts
  if (parts.length !== 3 || (scheme !== '' && scheme !== 'http' && scheme !== 'https')) return undefined
  return { scheme, name, port }
}

/** Addresses that nobody may be sent to through the API server: its own and the link's. */
export function checkAddress(address: string | undefined): string {
  const bad =
    !address ||
    !(isIPv4(address) || isIPv6(address)) ||
    /^(127\.|0\.0\.0\.0$|169\.254\.|22[4-9]\.|23\d\.)/.test(address) ||
    /^(::1?$|fe[89ab]|ff)/i.test(address)
  if (bad) throw badRequest('address not allowed')
  return address
}

/** Where a pod is proxied to: the port asked for, or its first. */
export function podBackend(pod: PodView, { scheme, port }: ProxyName): Backend {
  const host = checkAddress(pod.status?.podIP)
  const first = (pod.spec?.containers ?? []).flatMap(c => c.ports ?? [])[0]?.containerPort
  const number = port ? portNumber(port) : (first ?? 80)
  return backend(scheme, host, number)
}

/** The number of a port in a proxy path. Throws 400. */
export function portNumber(port: string): number {
  const number = Number(port)
  if (!Number.isInteger(number) || number < 1 || number > 65535)
    throw badRequest(`invalid port ${JSON.stringify(port)}`)
  return number
}

/** Backends of pods and services may have any certificate: nobody has said whose it should be. */
function backend(scheme: string, host: string, port: number): Backend {
  return scheme === 'https'
    ? { protocol: 'https', host, port, tls: { rejectUnauthorized: false } }
    : { protocol: 'http', host, port }
}

type ServiceView = Frozen<ObjectOf<Service>>

/** One of the ready addresses of a service's port. Throws 503 where there is none. */
export async function serviceBackend(
  registry: Registry,
  service: ServiceView,
  { scheme, port }: ProxyName,
): Promise<Backend> {
  const name = service.metadata.name ?? ''
  const portName = servicePortName(service, port)
  if (portName === undefined)
    throw serviceUnavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`)
  const slices = await registry.list(
    SYSTEM_CONTEXT,
    { kind: endpointSlice, namespace: service.metadata.namespace ?? '' },
    { labelSelector: `kubernetes.io/service-name=${name}` },
  )
  const found: { host: string; port: number }[] = []
  for (const { object: slice } of slices.items) {
    const number = slice.ports?.find(p => (p.name ?? '') === portName)?.port
    if (number === undefined) continue
    for (const e of slice.endpoints ?? [])
      if (e.conditions?.ready !== false) for (const host of e.addresses) found.push({ host, port: number })
  }
  const chosen = found[Math.floor(Math.random() * found.length)]
  if (!chosen) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`)
  return backend(scheme, checkAddress(chosen.host), chosen.port)
}

/** The name of the port meant: by name, by number, or the first; undefined where there is no such. */
function servicePortName(service: ServiceView, port: string): string | undefined {
  const ports = service.spec?.ports ?? []
  if (port === '') return ports.length === 1 ? (ports[0]?.name ?? '') : ports.some(p => !p.name) ? '' : undefined
  const found = ports.find(p => p.name === port) ?? ports.find(p => String(p.port) === port)
  return found && (found.name ?? '')
}
