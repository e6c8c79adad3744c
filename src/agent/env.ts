import { ownOf } from '../base/json.ts'
import { fieldText, type PodPlace, resourceText } from './downward.ts'
import { expand } from './expand.ts'
import type { ContainerView, PodView } from './pods.ts'
import type { References } from './references.ts'

/** A fault in a container's spec that only shows on the node: the container waits with CreateContainerConfigError. */
export class ConfigError extends Error {}

export interface EnvSources {
  readonly references: References
  readonly place: PodPlace
  /** Variables for services. */
  readonly services: ReadonlyMap<string, string>
}

/** All variables of a container. Rejects with {@link ConfigError} where something they are taken from is missing. */
export async function containerEnv(
  pod: PodView,
  container: ContainerView,
  sources: EnvSources,
): Promise<Map<string, string>> {
  const env = new Map<string, string>()
  for (const from of container.envFrom ?? []) await addAll(env, pod, from, sources)
  const lookup = (name: string): string | undefined => env.get(name) ?? sources.services.get(name)
  for (const { name, value, valueFrom } of container.env ?? []) {
    const text = value ? expand(value, lookup) : valueFrom ? await valueOf(pod, container, valueFrom, sources) : ''
    if (text !== undefined) env.set(name, text)
  }
  for (const [name, value] of sources.services) if (!env.has(name)) env.set(name, value)
  return env
}

/** Expands variables in a command or its arguments. */
export function expandAll(texts: readonly string[] | undefined, env: ReadonlyMap<string, string>): string[] {
  return (texts ?? []).map(text => expand(text, name => env.get(name)))
}

/** A `subPathExpr` with its variables, all of which must exist. */
export function expandSubPath(text: string, env: ReadonlyMap<string, string>): string {
  return expand(text, name => {
    const value = env.get(name)
    if (value === undefined) throw new ConfigError(`missing value for ${name}`)
    return value
  })
}

type EnvFrom = NonNullable<ContainerView['envFrom']>[number]
type ValueFrom = NonNullable<NonNullable<ContainerView['env']>[number]['valueFrom']>

async function addAll(
  env: Map<string, string>,
  pod: PodView,
  from: EnvFrom,
  { references }: EnvSources,
): Promise<void> {
  const namespace = pod.metadata.namespace ?? ''
  const { prefix = '', configMapRef, secretRef } = from
  if (configMapRef) {
    const found = await references.configMap(namespace, configMapRef.name ?? '')
    if (!found && !configMapRef.optional) throw new ConfigError(`configmap "${configMapRef.name}" not found`)
    for (const [key, value] of Object.entries(found?.data ?? {})) env.set(prefix + key, value)
  }
  if (secretRef) {
    const found = await references.secret(namespace, secretRef.name ?? '')
    if (!found && !secretRef.optional) throw new ConfigError(`secret "${secretRef.name}" not found`)
    for (const [key, value] of Object.entries(found?.data ?? {})) env.set(prefix + key, decode(value))
  }
}

async function valueOf(
  pod: PodView,
  container: ContainerView,
  from: ValueFrom,
  { references, place }: EnvSources,
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? ''
  try {
    if (from.fieldRef) return fieldText(pod, from.fieldRef.fieldPath, place)
    if (from.resourceFieldRef) return resourceText(pod, container, from.resourceFieldRef, place)
  } catch (error) {
    throw new ConfigError((error as Error).message, { cause: error })
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional = false } = from.configMapKeyRef
    const found = await references.configMap(namespace, name)
    if (!found) return missing(optional, `configmap "${name}" not found`)
    return (
      ownOf(found.data ?? {}, key) ?? missing(optional, `couldn't find key ${key} in ConfigMap ${namespace}/${name}`)
    )
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional = false } = from.secretKeyRef
    const found = await references.secret(namespace, name)
    if (!found) return missing(optional, `secret "${name}" not found`)
    const value = ownOf(found.data ?? {}, key)
    return value === undefined
      ? missing(optional, `couldn't find key ${key} in Secret ${namespace}/${name}`)
      : decode(value)
  }
  return ''
}

/** An optional value that is missing leaves its variable out. */
function missing(optional: boolean, message: string): undefined {
  if (!optional) throw new ConfigError(message)
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')
