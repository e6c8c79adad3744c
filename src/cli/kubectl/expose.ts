import type { Json } from './api/connection.ts'
import { pathOf, requireResource } from './api/discovery.ts'
import { FILE_FLAGS } from './api/manifests.ts'
import { type Found, metadataOf, requireObjects } from './api/targets.ts'
import { createFlags, dryRunOf, recorded, reporter, sendCreate, warnRecord, withLastApplied } from './api/writing.ts'
import { PlainError } from './base/errors.ts'
import { atoi, flag, type Flags } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'

/** `kubectl expose`. */
export const expose: Verb = {
  name: 'expose',
  use: 'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  short: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  long: `Expose a resource as a new Kubernetes service.

 Looks up a deployment, service, replica set, replication controller or pod by name and uses its selector for a new service on the given port. Without --port, the ports of the resource are taken.`,
  examples: [
    '# Create a service for a replicated nginx, which serves on port 80 and connects to the containers on port 8000',
    'kubectl expose rc nginx --port=80 --target-port=8000',
  ],
  flags: [
    ...FILE_FLAGS('Filename, directory, or URL to files identifying the resource to expose a service'),
    ...createFlags('kubectl-expose'),
    flag(
      'string',
      'cluster-ip',
      "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    ),
    flag(
      'string',
      'external-ip',
      'Additional external IP address (not managed by Kubernetes) to accept for the service.',
    ),
    flag('string', 'labels l', 'Labels to apply to the service created by this call.'),
    flag('string', 'load-balancer-ip', 'IP to assign to the LoadBalancer.'),
    flag('string', 'name', 'The name for the newly created object.'),
    flag(
      'string',
      'port',
      'The port that the service should serve on. Copied from the resource being exposed, if unspecified',
    ),
    flag('string', 'protocol', "The network protocol for the service to be created. Default is 'TCP'."),
    flag(
      'string',
      'selector',
      'A label selector to use for this service. Only equality-based selector requirements are supported.',
    ),
    flag(
      'string',
      'session-affinity',
      "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    ),
    flag(
      'string',
      'target-port',
      'Name or number for the port on the container that the service should direct traffic to. Optional.',
    ),
    flag(
      'string',
      'type',
      "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    ),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, session } = call
  warnRecord(call)
  const dryRun = dryRunOf(flags)
  const report = reporter(call, dryRun)
  for (const f of await requireObjects(call, call.args)) {
    const service = recorded(call, planService(f, flags, session.namespaceGiven ? session.namespace : undefined))
    const body = flags.on('save-config') ? withLastApplied(service) : service
    const path = pathOf(requireResource(await session.resources(), 'services'), session.namespace)
    report(await sendCreate(call, path, body, dryRun), 'exposed')
  }
}

const EXPOSABLE = ['ReplicationController', 'Service', 'Pod', 'Deployment', 'ReplicaSet']
const DNS_LABEL_LENGTH = 63

interface Port {
  readonly port: number
  readonly protocol: string
}

/** The Service for an object. Throws PlainError with kubectl's texts. */
export function planService(
  f: Pick<Found, 'object' | 'name' | 'resource'>,
  flags: Flags,
  namespace: string | undefined,
): Json {
  const kind = f.resource.kind
  if (!EXPOSABLE.includes(kind))
    throw new PlainError(`cannot expose a ${f.resource.group ? `${kind}.${f.resource.group}` : kind}`)
  const selector = flags.text('selector') ? parsePairs(flags.text('selector')) : selectorFrom(f)
  const type = flags.text('type')
  const ports = servicePorts(f, flags)
  const clusterIP = flags.text('cluster-ip')
  const labels = flags.text('labels') ? parsePairs(flags.text('labels')) : metadataOf(f.object).labels
  const affinity = flags.text('session-affinity')
  if (affinity && affinity !== 'None' && affinity !== 'ClientIP')
    throw new PlainError(`unknown session affinity: ${affinity}`)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...(labels && Object.keys(labels).length ? { labels } : {}),
      name: flags.text('name') || f.name.slice(0, DNS_LABEL_LENGTH),
      ...(namespace ? { namespace } : {}),
    },
    spec: {
      ...(clusterIP ? { clusterIP } : {}),
      ...(flags.text('external-ip') ? { externalIPs: [flags.text('external-ip')] } : {}),
      ...(flags.text('load-balancer-ip') ? { loadBalancerIP: flags.text('load-balancer-ip') } : {}),
      ...(ports.length ? { ports } : {}),
      selector,
      ...(affinity ? { sessionAffinity: affinity } : {}),
      ...(type ? { type } : {}),
    },
    status: { loadBalancer: {} },
  }
}

function servicePorts(f: Pick<Found, 'object'>, flags: Flags): Json[] {
  const own = portsFrom(f.object)
  const given = flags.text('port')
  if (!given && own.length === 0) {
    if (flags.text('cluster-ip') === 'None') return []
    throw new PlainError("couldn't find port via --port flag or introspection")
  }
  const numbers = given ? given.split(',').map(atoi) : own.map(p => p.port)
  return numbers.map((port, i) => {
    const protocol = flags.text('protocol') || (own.find(p => p.port === port)?.protocol ?? 'TCP')
    const target = flags.text('target-port')
    return {
      ...(numbers.length > 1 ? { name: `port-${i + 1}` } : {}),
      port,
      protocol,
      targetPort: target ? (/^\d+$/.test(target) ? Number(target) : target) : port,
    }
  })
}

interface PodSpec {
  containers?: { ports?: { containerPort: number; protocol?: string }[] }[]
}

function portsFrom(object: Json): Port[] {
  const spec = (object['spec'] ?? {}) as PodSpec & {
    ports?: { port: number; protocol?: string }[]
    template?: { spec?: PodSpec }
  }
  if (object['kind'] === 'Service')
    return (spec.ports ?? []).map(p => ({ port: p.port, protocol: p.protocol ?? 'TCP' }))
  const pod = object['kind'] === 'Pod' ? spec : (spec.template?.spec ?? {})
  return (pod.containers ?? []).flatMap(c =>
    (c.ports ?? []).map(p => ({ port: p.containerPort, protocol: p.protocol ?? 'TCP' })),
  )
}

function selectorFrom(f: Pick<Found, 'object'>): Record<string, string> {
  const failed = (why: string): PlainError =>
    new PlainError(`couldn't retrieve selectors via --selector flag or introspection: ${why}`)
  const { object } = f
  const spec = (object['spec'] ?? {}) as { selector?: Json }
  switch (object['kind']) {
    case 'Pod': {
      const { labels } = metadataOf(object)
      if (!labels || Object.keys(labels).length === 0) throw failed('the pod has no labels and cannot be exposed')
      return labels
    }
    case 'ReplicationController':
      return (spec.selector ?? {}) as Record<string, string>
    case 'Service':
      if (!spec.selector) throw failed('the service has no pod selector set')
      return spec.selector as Record<string, string>
    default: {
      const { matchLabels, matchExpressions } = (spec.selector ?? {}) as {
        matchLabels?: Record<string, string>
        matchExpressions?: unknown[]
      }
      if (matchExpressions?.length)
        throw failed(
          `couldn't convert expressions - "${JSON.stringify(matchExpressions)}" to map-based selector format`,
        )
      return matchLabels ?? {}
    }
  }
}

function parsePairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map(pair => {
      const [key = '', value, ...more] = pair.split('=')
      if (value === undefined || more.length) throw new PlainError(`unexpected label spec: ${pair}`)
      if (!key) throw new PlainError('unexpected empty label key')
      return [key, value]
    }),
  )
}
