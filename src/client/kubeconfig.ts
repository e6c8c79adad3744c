import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { load } from 'js-yaml'

/** What it takes to talk to a server: as RemoteClient wants it. All PEM. */
export interface KubeconfigAccess {
  /** `https://host:6443`. */
  readonly server: string
  readonly ca: string
  readonly cert?: string
  readonly key?: string
  readonly token?: () => string
  /** Namespace of the context; empty where it names none. */
  readonly namespace: string
}

interface Kubeconfig {
  'current-context'?: string
  clusters?: { name: string; cluster?: Record<string, string> }[]
  users?: { name: string; user?: Record<string, string> }[]
  contexts?: { name: string; context?: { cluster?: string; user?: string; namespace?: string } }[]
}

/**
 * Reads the current (or the named) context of a kubeconfig. Throws with a text that names what is missing.
 * Relative file names in it count from `dir`, the directory of the file.
 */
export function readKubeconfig(text: string, options: { context?: string; dir?: string } = {}): KubeconfigAccess {
  const config = load(text) as Kubeconfig | null
  if (!config || typeof config !== 'object') throw new Error('The kubeconfig is empty')
  const name = options.context ?? config['current-context'] ?? ''
  const context = config.contexts?.find(c => c.name === name)?.context
  if (!context) throw new Error(`The kubeconfig has no context "${name}"`)
  const cluster = config.clusters?.find(c => c.name === context.cluster)?.cluster
  if (!cluster?.server) throw new Error(`The kubeconfig has no cluster "${context.cluster ?? ''}"`)
  const user = config.users?.find(u => u.name === context.user)?.user ?? {}
  const dir = options.dir ?? process.cwd()
  const ca = pem(cluster, 'certificate-authority', dir)
  const cert = pem(user, 'client-certificate', dir)
  const key = pem(user, 'client-key', dir)
  const token = user.token
  return {
    server: cluster.server.replace(/\/$/, ''),
    ca: ca ?? '',
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(token ? { token: () => token } : {}),
    namespace: context.namespace ?? '',
  }
}

/** Reads a kubeconfig file. */
export function readKubeconfigFile(path: string, context?: string): KubeconfigAccess {
  return readKubeconfig(readFileSync(path, 'utf8'), { dir: dirname(resolve(path)), ...(context ? { context } : {}) })
}

/** `field-data` in base64, or the content of the file that `field` names. */
function pem(from: Record<string, string>, field: string, dir: string): string | undefined {
  const data = from[`${field}-data`]
  if (data) return Buffer.from(data, 'base64').toString('utf8')
  const file = from[field]
  return file ? readFileSync(resolve(dir, file), 'utf8') : undefined
}
