import type { Service } from '../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'

export type ServiceView = Frozen<Service & KubeObject>

/** Variables that tell a pod of the services in its namespace, and always of `kubernetes` in `default`. */
export function serviceEnv(services: Iterable<ServiceView>, namespace: string, links: boolean): Map<string, string> {
  const env = new Map<string, string>()
  const chosen = new Map<string, ServiceView>()
  for (const service of services) {
    const { name = '', namespace: ns } = service.metadata
    const ip = service.spec?.clusterIP
    if (!ip || ip === 'None') continue
    if (ns === namespace && links) chosen.set(name, service)
    else if (ns === 'default' && name === 'kubernetes' && !chosen.has(name)) chosen.set(name, service)
  }
  for (const name of [...chosen.keys()].sort()) addService(env, name, chosen.get(name) as ServiceView)
  return env
}

function addService(env: Map<string, string>, name: string, service: ServiceView): void {
  const prefix = upper(name)
  const ip = service.spec?.clusterIP ?? ''
  const ports = service.spec?.ports ?? []
  const first = ports[0]
  if (!first) return
  env.set(`${prefix}_SERVICE_HOST`, ip)
  env.set(`${prefix}_SERVICE_PORT`, String(first.port))
  for (const p of ports) if (p.name) env.set(`${prefix}_SERVICE_PORT_${upper(p.name)}`, String(p.port))
  const host = ip.includes(':') ? `[${ip}]` : ip
  const urlOf = (p: { port: number; protocol?: string | undefined }): string =>
    `${(p.protocol || 'TCP').toLowerCase()}://${host}:${p.port}`
  env.set(`${prefix}_PORT`, urlOf(first))
  for (const p of ports) {
    const protocol = p.protocol || 'TCP'
    const at = `${prefix}_PORT_${p.port}_${protocol.toUpperCase()}`
    env.set(at, urlOf(p))
    env.set(`${at}_PROTO`, protocol.toLowerCase())
    env.set(`${at}_PORT`, String(p.port))
    env.set(`${at}_ADDR`, ip)
  }
}

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_')
