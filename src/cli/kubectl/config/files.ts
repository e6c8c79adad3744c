import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { yamlText } from '../../../base/yaml-text.ts'
import { kubeconfigFiles } from '../api/access.ts'
import { PlainError } from '../base/errors.ts'
import type { Flags } from '../base/flags.ts'

type Part = Record<string, unknown>

/** A kubeconfig as it is written. */
export interface Kubeconfig {
  apiVersion?: string
  kind?: string
  'current-context'?: string
  clusters: { cluster?: Part; name: string }[]
  contexts: { context?: Part; name: string }[]
  users: { name: string; user?: Part }[]
}

/** The kubeconfig files of a command line, merged for reading; each is changed where it says something. */
export interface ConfigFiles {
  readonly config: Kubeconfig
  /** The file that has a context; the first where none has. */
  pathOf(context: string): string
  /** Changes the file that has the context, or the current context where none is named. Gives its path. */
  change(context: string | undefined, edit: (config: Kubeconfig) => void): string
}

/** Reads the files that flags and environment name. Throws PlainError. */
export function openKubeconfig(flags: Flags, env: Readonly<Record<string, string | undefined>>): ConfigFiles {
  const files = kubeconfigFiles(flags.text('kubeconfig'), env).map(path => ({ path, config: read(path) }))
  const fileOf = (context: string | undefined): { path: string; config: Kubeconfig } => {
    const has = files.find(f =>
      context === undefined ? f.config['current-context'] : f.config.contexts.some(c => c.name === context),
    )
    const file = has ?? files[0]
    if (!file) throw new PlainError('there is no kubeconfig: give one by --kubeconfig or $KUBECONFIG')
    return file
  }
  return {
    config: merged(files.map(f => f.config)),
    pathOf: context => fileOf(context).path,
    change: (context, edit) => {
      const { path, config } = fileOf(context)
      edit(config)
      write(path, config)
      return path
    },
  }
}

function merged(configs: readonly Kubeconfig[]): Kubeconfig {
  const first = <T extends { name: string }>(lists: readonly T[][]): T[] => {
    const seen = new Map<string, T>()
    for (const item of lists.flat()) if (!seen.has(item.name)) seen.set(item.name, item)
    return [...seen.values()]
  }
  return {
    apiVersion: 'v1',
    clusters: first(configs.map(c => c.clusters)),
    contexts: first(configs.map(c => c.contexts)),
    'current-context': configs.find(c => c['current-context'])?.['current-context'] ?? '',
    kind: 'Config',
    users: first(configs.map(c => c.users)),
  }
}

function read(path: string): Kubeconfig {
  let config: Partial<Kubeconfig>
  try {
    config = (load(readFileSync(path, 'utf8')) ?? {}) as Partial<Kubeconfig>
  } catch (error) {
    throw new PlainError(`error loading config file ${JSON.stringify(path)}: ${(error as Error).message}`)
  }
  const { clusters, contexts, users } = config
  return { ...config, clusters: clusters ?? [], contexts: contexts ?? [], users: users ?? [] }
}

/** Whole or not at all, with the mode that the file had. */
function write(path: string, config: Kubeconfig): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, yamlText({ ...config }), { mode: statSync(path).mode & 0o777 })
  renameSync(temporary, path)
}

/** What one context uses. */
export function minified(config: Kubeconfig, current: string): Kubeconfig {
  const context = config.contexts.find(c => c.name === current)
  if (!context) throw new PlainError(`cannot locate context ${current}`)
  const { cluster, user } = context.context ?? {}
  return {
    ...config,
    clusters: config.clusters.filter(c => c.name === cluster),
    contexts: [context],
    'current-context': current,
    users: config.users.filter(u => u.name === user),
  }
}

const DATA = ['certificate-authority-data', 'client-certificate-data', 'client-key-data']
const SECRETS = ['token', 'password']

/** A copy that may be shown to others. */
export function withoutSecrets(config: Kubeconfig): Kubeconfig {
  const clean = (part: Part | undefined): Part =>
    Object.fromEntries(
      Object.entries(part ?? {}).map(([key, value]) => [
        key,
        DATA.includes(key) ? 'DATA+OMITTED' : SECRETS.includes(key) ? 'REDACTED' : value,
      ]),
    )
  return {
    ...config,
    clusters: config.clusters.map(c => ({ ...c, cluster: clean(c.cluster) })),
    users: config.users.map(u => ({ ...u, user: clean(u.user) })),
  }
}
