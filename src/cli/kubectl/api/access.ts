import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { load } from 'js-yaml'
import { type KubeconfigAccess, readKubeconfig } from '../../../client/kubeconfig.ts'
import { PlainError, ToldError } from '../base/errors.ts'
import type { Flags } from '../base/flags.ts'

/** How to reach the server and as whom. */
export interface Access extends KubeconfigAccess {
  readonly insecure: boolean
  readonly serverName: string
  readonly impersonate: { readonly user: string; readonly groups: readonly string[]; readonly uid: string }
  /** Milliseconds; 0 waits for ever. */
  readonly timeoutMs: number
}

interface Named {
  name: string
  cluster?: Record<string, unknown>
  user?: Record<string, unknown>
  context?: Record<string, unknown>
}
interface Config {
  'current-context'?: string
  clusters: Named[]
  users: Named[]
  contexts: Named[]
}

/** Where the server writes it for the administrator of the machine. */
const SYSTEM_KUBECONFIG = '/etc/kubelite/kubelite.yaml'
const FILES = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

/** Reads the kubeconfig that flags and environment name and lays the flags over it. Throws with kubectl's texts. */
export function readAccess(flags: Flags, env: Readonly<Record<string, string | undefined>>): Access {
  const config = mergedConfig(kubeconfigFiles(flags.text('kubeconfig'), env))
  const name = flags.text('context') || config['current-context'] || ''
  const context = config.contexts.find(c => c.name === name)?.context
  if (!context && name) throw new PlainError(`context ${JSON.stringify(name)} does not exist`)
  const parts = chosenParts(flags, config, context ?? {})
  if (!parts.cluster['server']) throw refused('localhost:8080')
  const text = JSON.stringify({
    'current-context': 'it',
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it', namespace: context?.['namespace'] } }],
    clusters: [{ name: 'it', cluster: parts.cluster }],
    users: [{ name: 'it', user: parts.user }],
  })
  return {
    ...readKubeconfig(text),
    ...tokenOf(parts.user),
    insecure: flags.on('insecure-skip-tls-verify') || parts.cluster['insecure-skip-tls-verify'] === true,
    serverName: flags.text('tls-server-name') || String(parts.cluster['tls-server-name'] ?? ''),
    impersonate: { user: flags.text('as'), groups: flags.texts('as-group'), uid: flags.text('as-uid') },
    timeoutMs: timeoutOf(flags.text('request-timeout')),
  }
}

/** What kubectl says where nobody listens. */
export const refused = (host: string): ToldError =>
  new ToldError(`The connection to the server ${host} was refused - did you specify the right host or port?`)

function chosenParts(flags: Flags, config: Config, context: Record<string, unknown>) {
  const clusterName = flags.text('cluster') || context['cluster']
  const userName = flags.text('user') || context['user']
  const cluster = { ...config.clusters.find(c => c.name === clusterName)?.cluster }
  const user = { ...config.users.find(u => u.name === userName)?.user }
  if (flags.text('server')) cluster['server'] = withScheme(flags.text('server'))
  const overlay = (into: Record<string, unknown>, name: string): void => {
    if (!flags.text(name)) return
    delete into[`${name}-data`]
    into[name] = resolve(flags.text(name))
  }
  overlay(cluster, 'certificate-authority')
  overlay(user, 'client-certificate')
  overlay(user, 'client-key')
  if (flags.text('token')) user['token'] = flags.text('token')
  if (user['exec']) throw new PlainError('credentials from a plugin (exec) are not supported by this kubectl')
  return { cluster, user }
}

const withScheme = (server: string): string => (server.includes('://') ? server : `https://${server}`)

function tokenOf(user: Record<string, unknown>): { token: () => string } | undefined {
  const file = user['tokenFile']
  if (user['token'] || typeof file !== 'string') return undefined
  return { token: () => readFileSync(file, 'utf8').trim() }
}

function timeoutOf(text: string): number {
  if (text === '' || text === '0') return 0
  const match = /^(\d+)(ms|s|m|h)?$/.exec(text)
  if (!match)
    throw new PlainError(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    )
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  return Number(match[1]) * (units[match[2] ?? 's'] ?? 1000)
}

/** The kubeconfig files that a command line reads, those that exist. */
export function kubeconfigFiles(given: string, env: Readonly<Record<string, string | undefined>>): string[] {
  if (given) {
    if (!existsSync(given)) throw new PlainError(`stat ${given}: no such file or directory`)
    return [given]
  }
  const listed = (env['KUBECONFIG'] ?? '').split(':').filter(Boolean)
  const standard = join(env['HOME'] ?? homedir(), '.kube', 'config')
  const files = listed.length ? listed : [existsSync(standard) ? standard : SYSTEM_KUBECONFIG]
  return files.filter(f => existsSync(f))
}

/** Of things with one name the first file's counts. */
function mergedConfig(files: readonly string[]): Config {
  const merged: Config = { clusters: [], users: [], contexts: [] }
  for (const file of files) {
    const config = readConfig(file)
    merged['current-context'] ||= config['current-context'] ?? ''
    merged.clusters.push(...absolute(config.clusters, file))
    merged.users.push(...absolute(config.users, file))
    merged.contexts.push(...(config.contexts ?? []))
  }
  return merged
}

function readConfig(file: string): Partial<Config> {
  try {
    return (load(readFileSync(file, 'utf8')) ?? {}) as Partial<Config>
  } catch (error) {
    throw new PlainError(`error loading config file ${JSON.stringify(file)}: ${(error as Error).message}`)
  }
}

function absolute(items: Named[] | undefined, file: string): Named[] {
  const dir = dirname(resolve(file))
  const fix = (part: Record<string, unknown> | undefined): Record<string, unknown> => {
    const out = { ...part }
    for (const field of FILES) if (typeof out[field] === 'string') out[field] = resolve(dir, out[field])
    return out
  }
  return (items ?? []).map(item => ({ name: item.name, cluster: fix(item.cluster), user: fix(item.user) }))
}
