import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { isIP, isIPv4 } from 'node:net'
import { addressAt, cidrContains, parseCidr, primaryIp } from '../base/ip.ts'
import { labelKeyFaults, labelValueFaults } from '../base/label-syntax.ts'
import type { LogFormat } from '../base/log.ts'
import { ConfigError, type Option, type OptionSources, type OptionValues, readOptions } from './options.ts'

export type RuntimeName = 'docker' | 'hollow'

export interface Taint {
  readonly key: string
  readonly value: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

/** Settings of the node agent, on the server and on joined machines alike. */
export interface NodeConfig {
  readonly name: string
  readonly ip: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly runtime: RuntimeName
  readonly dockerSocket: string
  /** Port of the kubelet's HTTPS API. */
  readonly kubeletPort: number
}

export interface CommonConfig {
  readonly dataDir: string
  readonly debug: boolean
  readonly logFormat: LogFormat
  readonly node: NodeConfig
}

export interface ServerConfig extends CommonConfig {
  readonly bindAddress: string
  readonly httpsListenPort: number
  readonly advertiseAddress: string
  readonly tlsSans: readonly string[]
  readonly clusterCidr: string
  readonly serviceCidr: string
  readonly nodePortRange: { readonly from: number; readonly to: number }
  readonly clusterDns: string
  readonly clusterDomain: string
  readonly disableAgent: boolean
  readonly writeKubeconfig: string
  readonly writeKubeconfigMode: number
  /** Shared secret for joining; empty: made at first start and kept in the data directory. */
  readonly token: string
  readonly storage: 'sqlite' | 'memory'
}

export interface AgentConfig extends CommonConfig {
  /** `https://host:port` of the server. */
  readonly server: string
  readonly token: string
}

const ip = (v: string): string | undefined => (isIP(v) ? undefined : 'must be an IP address')
const ipv4 = (v: string): string | undefined => (isIPv4(v) ? undefined : 'must be an IPv4 address')
/** An address that others can be told. */
const reachable = (v: string): string | undefined =>
  ipv4(v) ?? (v === '0.0.0.0' ? 'must be an address that others can reach' : undefined)
const cidr = (v: string): string | undefined =>
  parseCidr(v) ? undefined : 'must be an IPv4 range such as 10.42.0.0/16'
const port = (v: string): string | undefined =>
  Number(v) >= 1 && Number(v) <= 65535 ? undefined : 'must be a port between 1 and 65535'
const oneOf =
  (...values: string[]) =>
  (v: string): string | undefined =>
    values.includes(v) ? undefined : `must be one of ${values.join(', ')}`
const matches =
  (pattern: RegExp, what: string) =>
  (v: string): string | undefined =>
    pattern.test(v) ? undefined : `must be ${what}`

const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
/** A node's name is the value of its label kubernetes.io/hostname too, which bounds its length. */
const NODE_NAME = new RegExp(`^(?=.{1,63}$)${DOMAIN.source.slice(1)}`)
/** `key=value` of a node's label: the syntax of labels, with the first fault's text. */
const label = (v: string): string | undefined => {
  const [key, value] = splitOnce(v, '=')
  if (!v.includes('=')) return 'must be key=value'
  return labelKeyFaults(key)[0] ?? labelValueFaults(value)[0]
}
/** A name or an address that a certificate can carry; a wildcard may be its first label. */
const certificateName = (v: string): string | undefined =>
  isIP(v) || /^(\*\.)?[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$/.test(v)
    ? undefined
    : 'must be a DNS name or an IP address'
const TAINT = /^([A-Za-z0-9._/-]+)(?:=([A-Za-z0-9._-]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/

export const COMMON_OPTIONS: readonly Option[] = [
  { name: 'data-dir', type: 'string', value: 'dir', default: '/var/lib/kubelite', help: 'where all state is kept' },
  {
    name: 'node-name',
    type: 'string',
    value: 'name',
    help: 'name of this node (default: the host name)',
    check: matches(NODE_NAME, 'a lower-case DNS name of at most 63 characters'),
  },
  {
    name: 'node-ip',
    type: 'string',
    value: 'address',
    help: 'address of this node (default: the first of the host)',
    check: reachable,
  },
  {
    name: 'node-label',
    type: 'list',
    value: 'key=value',
    help: 'label of this node; may be repeated',
    check: label,
  },
  {
    name: 'node-taint',
    type: 'list',
    value: 'key=value:effect',
    help: 'taint of this node at registration; may be repeated',
    check: matches(TAINT, 'key=value:NoSchedule, :PreferNoSchedule or :NoExecute'),
  },
  {
    name: 'runtime',
    type: 'string',
    value: 'name',
    default: 'docker',
    help: 'docker, or hollow to pretend',
    check: oneOf('docker', 'hollow'),
  },
  {
    name: 'docker-socket',
    type: 'string',
    value: 'path',
    default: '/var/run/docker.sock',
    help: 'socket of the Docker engine',
  },
  {
    name: 'kubelet-port',
    type: 'number',
    value: 'port',
    default: 10250,
    help: "port of the node's own HTTPS API",
    check: port,
  },
  {
    name: 'log-format',
    type: 'string',
    value: 'format',
    default: 'text',
    help: 'text or json',
    check: oneOf('text', 'json'),
  },
  { name: 'debug', type: 'boolean', help: 'log more' },
]

export const SERVER_OPTIONS: readonly Option[] = [
  ...COMMON_OPTIONS,
  {
    name: 'bind-address',
    type: 'string',
    value: 'address',
    default: '0.0.0.0',
    help: 'address to listen on',
    check: ip,
  },
  { name: 'https-listen-port', type: 'number', value: 'port', default: 6443, help: 'port of the API', check: port },
  {
    name: 'advertise-address',
    type: 'string',
    value: 'address',
    help: 'address that others reach the API at (default: the node address)',
    check: reachable,
  },
  {
    name: 'tls-san',
    type: 'list',
    value: 'name',
    help: 'further name or address in the serving certificate; may be repeated',
    check: certificateName,
  },
  {
    name: 'cluster-cidr',
    type: 'string',
    value: 'range',
    default: '10.42.0.0/16',
    help: 'addresses of pods',
    check: cidr,
  },
  {
    name: 'service-cidr',
    type: 'string',
    value: 'range',
    default: '10.43.0.0/16',
    help: 'addresses of services',
    check: cidr,
  },
  {
    name: 'service-node-port-range',
    type: 'string',
    value: 'from-to',
    default: '30000-32767',
    help: 'node ports of services',
    check: matches(/^\d+-\d+$/, 'a range such as 30000-32767'),
  },
  {
    name: 'cluster-dns',
    type: 'string',
    value: 'address',
    help: 'address of DNS (default: the tenth of the service range)',
    check: ipv4,
  },
  {
    name: 'cluster-domain',
    type: 'string',
    value: 'domain',
    default: 'cluster.local',
    help: 'DNS domain of the cluster',
    check: matches(DOMAIN, 'a lower-case DNS name'),
  },
  { name: 'disable-agent', type: 'boolean', help: 'run no node on this machine' },
  {
    name: 'write-kubeconfig',
    type: 'string',
    value: 'file',
    default: '/etc/kubelite/kubelite.yaml',
    help: 'where the admin kubeconfig is written',
  },
  {
    name: 'write-kubeconfig-mode',
    type: 'string',
    value: 'mode',
    default: '0600',
    help: 'its file mode',
    check: matches(/^0?[0-7]{3}$/, 'an octal file mode such as 0600'),
  },
  {
    name: 'token',
    type: 'string',
    value: 'secret',
    help: 'secret for joining (default: made at first start)',
    check: matches(/^[A-Za-z0-9._~+/=:-]{8,}$/, 'at least 8 letters, digits or ._~+/=:-'),
  },
  {
    name: 'storage',
    type: 'string',
    value: 'name',
    default: 'sqlite',
    help: 'sqlite, or memory to forget everything at the end',
    check: oneOf('sqlite', 'memory'),
  },
]

export const AGENT_OPTIONS: readonly Option[] = [
  ...COMMON_OPTIONS,
  {
    name: 'join',
    type: 'string',
    value: 'url',
    help: 'server to join: https://host:6443',
    check: matches(/^https:\/\/[^/\s]+\/?$/, 'https://host:port'),
  },
  {
    name: 'token',
    type: 'string',
    value: 'token',
    help: 'token of the server (its file DATA-DIR/token, or kubelite token create)',
  },
]

/** The server's settings: complete, checked and frozen. Throws ConfigError. */
export function readServerConfig(sources: OptionSources): ServerConfig {
  const v = readOptions(SERVER_OPTIONS, sources)
  const common = commonConfig(v)
  const services = parseCidr(text(v, 'service-cidr'))
  const pods = parseCidr(text(v, 'cluster-cidr'))
  if (!services || !pods) throw new ConfigError('--service-cidr and --cluster-cidr must be IPv4 ranges')
  // 10.43.0.5/16 is the range 10.43.0.0/16.
  const [serviceCidr = '', clusterCidr = ''] = [services, pods].map(c => `${addressAt(c, 0)}/${c.bits}`)
  if (services.bits > 28)
    throw new ConfigError(`--service-cidr: invalid value "${serviceCidr}": must hold at least 16 addresses`)
  if (pods.bits > 24)
    throw new ConfigError(`--cluster-cidr: invalid value "${clusterCidr}": must hold at least one /24 for each node`)
  if (cidrContains(services, addressAt(pods, 0)) || cidrContains(pods, addressAt(services, 0))) {
    throw new ConfigError('--cluster-cidr and --service-cidr overlap')
  }
  const clusterDns = (v['cluster-dns'] as string | undefined) ?? addressAt(services, 10)
  if (!cidrContains(services, clusterDns)) {
    throw new ConfigError(`--cluster-dns: invalid value "${clusterDns}": must be in the service range ${serviceCidr}`)
  }
  const taken = [0, 1, 2 ** (32 - services.bits) - 1].map(n => addressAt(services, n))
  if (taken.includes(clusterDns))
    throw new ConfigError(
      `--cluster-dns: invalid value "${clusterDns}": the first two addresses of the service range and its last are taken`,
    )
  const [from = 0, to = 0] = text(v, 'service-node-port-range').split('-').map(Number)
  if (from < 1 || to > 65535 || from > to) {
    throw new ConfigError(`--service-node-port-range: invalid value "${from}-${to}": must be within 1-65535`)
  }
  return Object.freeze({
    ...common,
    bindAddress: text(v, 'bind-address'),
    httpsListenPort: v['https-listen-port'] as number,
    advertiseAddress: (v['advertise-address'] as string | undefined) ?? common.node.ip,
    tlsSans: v['tls-san'] as string[],
    clusterCidr,
    serviceCidr,
    nodePortRange: { from, to },
    clusterDns,
    clusterDomain: text(v, 'cluster-domain'),
    disableAgent: v['disable-agent'] as boolean,
    writeKubeconfig: resolve(text(v, 'write-kubeconfig')),
    writeKubeconfigMode: Number.parseInt(text(v, 'write-kubeconfig-mode'), 8),
    token: (v.token as string | undefined) ?? '',
    storage: v.storage as 'sqlite' | 'memory',
  })
}

/** The agent's settings: complete, checked and frozen. Throws ConfigError. */
export function readAgentConfig(sources: OptionSources): AgentConfig {
  const v = readOptions(AGENT_OPTIONS, sources)
  if (!v.join) throw new ConfigError('--join is required: the server to join, such as https://192.168.1.10:6443')
  if (!v.token) throw new ConfigError('--token is required: the content of DATA-DIR/token on the server')
  return Object.freeze({ ...commonConfig(v), server: text(v, 'join').replace(/\/$/, ''), token: text(v, 'token') })
}

export function commonConfig(v: OptionValues): CommonConfig {
  const name = (v['node-name'] as string | undefined) ?? hostname().toLowerCase()
  if (!NODE_NAME.test(name)) throw new ConfigError(`--node-name: the host name "${name}" is no DNS name: give another`)
  return {
    dataDir: resolve(text(v, 'data-dir')),
    debug: v.debug as boolean,
    logFormat: v['log-format'] as LogFormat,
    node: Object.freeze({
      name,
      ip: (v['node-ip'] as string | undefined) ?? primaryIp() ?? '127.0.0.1',
      labels: Object.fromEntries((v['node-label'] as string[]).map(l => splitOnce(l, '='))),
      taints: (v['node-taint'] as string[]).map(parseTaint),
      runtime: v.runtime as RuntimeName,
      dockerSocket: text(v, 'docker-socket'),
      kubeletPort: v['kubelet-port'] as number,
    }),
  }
}

function parseTaint(text: string): Taint {
  const [, key = '', value = '', effect = 'NoSchedule'] = TAINT.exec(text) ?? []
  return { key, value, effect: effect as Taint['effect'] }
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by)
  return [text.slice(0, at), text.slice(at + by.length)]
}

function text(v: OptionValues, name: string): string {
  return v[name] as string
}

/** Files below the data directory. */
export function paths(dataDir: string): Record<'tls' | 'database' | 'token' | 'assets' | 'node' | 'lock', string> {
  return {
    tls: join(dataDir, 'tls'),
    database: join(dataDir, 'db'),
    token: join(dataDir, 'token'),
    assets: join(dataDir, 'bin'),
    node: join(dataDir, 'node'),
    lock: join(dataDir, 'kubelite.pid'),
  }
}
