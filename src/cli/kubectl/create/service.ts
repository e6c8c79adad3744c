import type { Json } from '../api/connection.ts'
import { PlainError } from '../base/errors.ts'
import { flag, type FlagSpec } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { CREATE_FLAGS, createObject, newMetadata, oneName } from './shared.ts'

const TCP = flag('list', 'tcp', "Port pairs can be specified as '<port>:<targetPort>'.")

const clusterIp = serviceVerb('clusterip', 'ClusterIP', 'Create a ClusterIP service', [
  TCP,
  flag(
    'string',
    'clusterip',
    "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing).",
  ),
])
const nodePort = serviceVerb('nodeport', 'NodePort', 'Create a NodePort service', [
  TCP,
  flag('int', 'node-port', 'Port used to expose the service on each node in a cluster.'),
])
const loadBalancer = serviceVerb('loadbalancer', 'LoadBalancer', 'Create a LoadBalancer service', [TCP])
const externalName = serviceVerb('externalname', 'ExternalName', 'Create an ExternalName service', [
  TCP,
  flag('string', 'external-name', 'External name of service'),
])

/** `kubectl create service`. */
export const createService: Verb = {
  name: 'service',
  aliases: ['svc'],
  use: 'create service [flags]',
  short: 'Create a service using a specified subcommand',
  verbs: [clusterIp, externalName, loadBalancer, nodePort],
}

function serviceVerb(name: string, type: string, short: string, flags: readonly FlagSpec[]): Verb {
  return {
    name,
    use: `create service ${name} NAME [--tcp=port:targetPort] [--dry-run=server|client|none]`,
    short,
    flags: [...CREATE_FLAGS, ...flags],
    run: call =>
      createObject(call, { resource: 'services', object: serviceObject(call, type), failure: `${type} service` }),
  }
}

function serviceObject(call: Call, type: string): Json {
  const { flags } = call
  const name = oneName(call)
  const clusterIP = flags.text('clusterip')
  const pairs = flags.texts('tcp')
  if (pairs.length === 0 && clusterIP !== 'None' && type !== 'ExternalName')
    throw new PlainError('at least one tcp port specifier must be provided')
  if (type === 'ExternalName' && !flags.text('external-name'))
    throw new PlainError('required flag(s) "external-name" not set')
  const ports = pairs.map(pair => portOf(pair, flags.number('node-port')))
  const labels = { app: name }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: newMetadata(call, name, labels),
    spec: {
      ...(clusterIP ? { clusterIP } : {}),
      ...(flags.text('external-name') ? { externalName: flags.text('external-name') } : {}),
      ...(ports.length ? { ports } : {}),
      selector: labels,
      type,
    },
    status: { loadBalancer: {} },
  }
}

/** `5678:8080` with the name `5678-8080`. */
function portOf(pair: string, nodePort: number): Json {
  const [text = '', target = text] = pair.split(':')
  const port = Number(text)
  if (!/^\d+$/.test(text)) throw new PlainError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  if (port < 1 || port > 65535) throw new PlainError(`invalid port spec: ${pair}`)
  const targetPort = /^\d+$/.test(target) ? Number(target) : target
  return {
    name: pair.replace(':', '-'),
    ...(nodePort ? { nodePort } : {}),
    port,
    protocol: 'TCP',
    targetPort,
  }
}
