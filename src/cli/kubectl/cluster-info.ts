import type { Json } from './api/connection.ts'
import { metadataOf } from './api/targets.ts'
import type { Call, Verb } from './base/verb.ts'

/** `kubectl cluster-info`. */
export const clusterInfo: Verb = {
  name: 'cluster-info',
  use: 'cluster-info [flags]',
  short: 'Display cluster information',
  long: "Display addresses of the control plane and services with label kubernetes.io/cluster-service=true. To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.",
  examples: ['# Print the address of the control plane and cluster services', 'kubectl cluster-info'],
  run,
}

async function run(call: Call): Promise<void> {
  const { session, io } = call
  const { connection } = session
  const namespace = session.namespaceGiven ? session.namespace : 'kube-system'
  const list = await connection.json<{ items?: Json[] | null }>({
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`,
    query: { labelSelector: 'kubernetes.io/cluster-service=true' },
  })
  io.out(line(io.output.isTTY === true, 'Kubernetes control plane', connection.server))
  for (const service of list.items ?? []) {
    const { name = '', labels } = metadataOf(service)
    io.out(line(io.output.isTTY === true, labels?.['kubernetes.io/name'] || name, linkOf(service, connection.server)))
  }
  io.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n")
}

/** Names are green and addresses yellow on a terminal. */
function line(colors: boolean, name: string, link: string): string {
  return colors
    ? `\x1b[0;32m${name}\x1b[0m is running at \x1b[0;33m${link}\x1b[0m\n`
    : `${name} is running at ${link}\n`
}

interface ServiceParts {
  spec?: { ports?: { name?: string; port: number }[] }
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } }
}

/** Through the load balancer where there is one, else through the API server's proxy. */
function linkOf(service: Json, server: string): string {
  const { spec, status } = service as ServiceParts
  const ports = spec?.ports ?? []
  const [ingress] = status?.loadBalancer?.ingress ?? []
  if (ingress) return ports.map(p => `http://${ingress.ip || ingress.hostname || ''}:${p.port} `).join('')
  const { name = '', namespace = '' } = metadataOf(service)
  const [port] = ports
  const secure = port && (port.name === 'https' || port.port === 443)
  const target = !port ? name : secure ? `https:${name}:${port.name ?? ''}` : port.name ? `${name}:${port.name}` : name
  return `${server}/api/v1/namespaces/${namespace}/services/${target}/proxy`
}
