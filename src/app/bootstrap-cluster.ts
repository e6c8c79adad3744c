import { formatTime } from '../base/clock.ts'
import { isNotFound } from '../base/errors.ts'
import { addressAt, parseCidr } from '../base/ip.ts'
import type { Logger } from '../base/log.ts'
import type { Client } from '../client/client.ts'
import { endpoints } from '../kinds/core/endpoints.ts'
import { namespace } from '../kinds/core/namespace.ts'
import { service } from '../kinds/core/service.ts'
import { endpointSlice } from '../kinds/discovery/endpoint-slice.ts'
import type { Kind } from '../kinds/kind.ts'
import { serviceCidr } from '../kinds/networking/service-cidr.ts'
import { priorityClass } from '../kinds/scheduling/priority-class.ts'
import type { Service } from '../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { ServerConfig } from './config.ts'

export interface BootstrapOptions {
  readonly client: Client
  readonly config: ServerConfig
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: number
}

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Makes what every cluster has from the start: namespaces, the services `kubernetes` and `kube-dns`. Repeatable. */
export async function bootstrapCluster(o: BootstrapOptions): Promise<void> {
  const { client, config } = o
  await Promise.all(
    NAMESPACES.map(name => ensure(client, namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  )
  const services = parseCidr(config.serviceCidr)
  if (!services) throw new Error(`Service range ${config.serviceCidr} is none`)
  await Promise.all([
    ensureService(client, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { component: 'apiserver', provider: 'kubernetes' },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: addressAt(services, 1),
        ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: config.httpsListenPort }],
      },
    }),
    ensureService(client, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kube-dns',
        namespace: 'kube-system',
        labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: config.clusterDns,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        ],
      },
    }),
  ])
  await Promise.all(PRIORITIES.map(p => ensure(client, priorityClass, p)))
  await publishServiceCidr(o)
  await publishApiServer(o)
}

/** Priorities above all that users may give, for what the cluster cannot do without. */
const PRIORITIES = (
  [
    [
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ],
    [
      'system-node-critical',
      2_000_001_000,
      'Used for system critical pods that must not be moved from their current node.',
    ],
  ] as const
).map(([name, value, description]) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description,
  preemptionPolicy: 'PreemptLowerPriority',
}))

/** The service range as an object: shown, not asked (the range is the server's setting). */
async function publishServiceCidr({ client, config, now }: BootstrapOptions): Promise<void> {
  const object = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [config.serviceCidr] },
  }
  if (await find(client, serviceCidr, '', 'kubernetes')) return
  const made = await client.create(serviceCidr, object)
  const ready = {
    type: 'Ready',
    status: 'True',
    lastTransitionTime: formatTime(now),
    reason: '',
    message: 'Kubernetes Service CIDR is ready',
  }
  await client.patch(
    serviceCidr,
    '',
    'kubernetes',
    'merge',
    { metadata: { resourceVersion: made.metadata.resourceVersion }, status: { conditions: [ready] } },
    { subresource: 'status' },
  )
}

/** The endpoints of the service `kubernetes`: this server, at the address and port of this start. */
async function publishApiServer({ client, config }: BootstrapOptions): Promise<void> {
  const ip = config.advertiseAddress
  const port = config.httpsListenPort
  await replace(client, endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  })
  await replace(client, endpointSlice, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  })
}

/** A service of the cluster itself: made where it is missing, its ports set to those of this start. */
async function ensureService(client: Client, object: KubeObject & Service): Promise<void> {
  const { name = '', namespace: ns = '' } = object.metadata
  const found = await find(client, service, ns, name)
  const same = found?.spec?.clusterIP === object.spec?.clusterIP
  // Its address cannot change: a service with another takes its place.
  if (found && !same) await client.delete(service, ns, name)
  if (!found || !same) await client.create(service, object)
  else await client.patch(service, ns, name, 'merge', { spec: { ports: object.spec?.ports } })
}

async function find<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  ns: string,
  name: string,
): Promise<Frozen<T> | undefined> {
  try {
    return await client.get(kind, ns, name)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Creates what is not there. Looks first: the addresses of services that are there are taken, by themselves. */
async function ensure<T extends KubeObject>(client: Client, kind: Kind<T>, object: T): Promise<void> {
  const { name = '', namespace: ns = '' } = object.metadata
  if (!(await find(client, kind, ns, name))) await client.create(kind, object)
}

/** Creates, or overwrites what an earlier start left; an equal object is not written again. */
async function replace<T extends KubeObject>(client: Client, kind: Kind<T>, object: T): Promise<void> {
  const { name = '', namespace: ns = '' } = object.metadata
  const present = await find(client, kind, ns, name)
  if (!present) return void (await client.create(kind, object))
  await client.update(kind, {
    ...object,
    metadata: { ...object.metadata, resourceVersion: present.metadata.resourceVersion },
  })
}
