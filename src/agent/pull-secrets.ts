import type { References, SecretView } from './references.ts'
import { registryOf } from './image-name.ts'
import { type PodView, podNamespaceOf, specOf } from './pods.ts'
import type { RegistryAuth } from './runtime/runtime.ts'

export interface PullSecrets {
  readonly auth: RegistryAuth | undefined
  /** Names of Secrets that are not there. */
  readonly missing: readonly string[]
}

/** What a pod's pull secrets say of an image's registry. */
export async function pullSecretsFor(pod: PodView, image: string, references: References): Promise<PullSecrets> {
  const missing: string[] = []
  let auth: RegistryAuth | undefined
  for (const { name = '' } of specOf(pod).imagePullSecrets ?? []) {
    const secret = name ? await references.secret(podNamespaceOf(pod), name) : undefined
    if (!secret) missing.push(name)
    else auth ??= authIn(secret, image)
  }
  return { auth, missing }
}

type Entries = Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>

function authIn(secret: SecretView, image: string): RegistryAuth | undefined {
  const modern = secret.data?.['.dockerconfigjson']
  const old = secret.data?.['.dockercfg']
  let entries: Entries
  try {
    if (modern) entries = (JSON.parse(text(modern)) as { auths?: Entries }).auths ?? {}
    else entries = old ? (JSON.parse(text(old)) as Entries) : {}
  } catch {
    return undefined
  }
  // The longest name that fits wins: a repository's own entry over its registry's.
  const fits = Object.keys(entries).filter(key => matches(key, image))
  const best = fits.sort((a, b) => b.length - a.length)[0]
  const entry = best === undefined ? undefined : entries[best]
  if (!entry) return undefined
  const [username = '', ...rest] = entry.auth ? text(entry.auth).split(':') : [entry.username ?? '']
  const password = entry.auth ? rest.join(':') : (entry.password ?? '')
  const serveraddress = registryOf(image)
  return entry.identitytoken
    ? { identitytoken: entry.identitytoken, serveraddress }
    : { username, password, serveraddress }
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

function matches(key: string, image: string): boolean {
  const [host = '', ...path] = key
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '')
    .split('/')
  const registry = registryOf(image)
  const hosts = registry === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [registry]
  const pattern = new RegExp(`^${host.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^.]*')}$`)
  if (!hosts.some(h => pattern.test(h))) return false
  const wanted = path.filter(p => !/^v[12]$/.test(p)).join('/')
  if (!wanted) return true
  const repository =
    registry === 'docker.io' && !image.startsWith('docker.io/') ? image : image.slice(registry.length + 1)
  return repository === wanted || repository.startsWith(`${wanted}/`) || repository.startsWith(`${wanted}:`)
}
