import type { KeyToPath } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import { fieldText, resourceText } from '../downward.ts'
import type { Payload, VolumeContext, VolumeFile } from './volume.ts'

export const DEFAULT_MODE = 0o644

interface KeySelection {
  readonly items?: readonly Frozen<KeyToPath>[] | undefined
  readonly defaultMode: number
  readonly optional: boolean
}

/** The files that the chosen keys of a ConfigMap or Secret make; all keys where none are chosen. */
export function keyFiles(
  data: ReadonlyMap<string, Buffer>,
  s: KeySelection,
  missing: (key: string) => string,
): Map<string, VolumeFile> {
  const files = new Map<string, VolumeFile>()
  if (!s.items?.length) {
    for (const [key, value] of data) files.set(key, { data: value, mode: s.defaultMode })
    return files
  }
  for (const { key, path, mode } of s.items) {
    const value = data.get(key)
    if (value) files.set(path, { data: value, mode: mode ?? s.defaultMode })
    else if (!s.optional) throw new Error(missing(key))
  }
  return files
}

interface ObjectSource {
  readonly name?: string | undefined
  readonly items?: readonly Frozen<KeyToPath>[] | undefined
  readonly optional?: boolean | undefined
}

export async function configMapFiles(
  context: VolumeContext,
  source: ObjectSource,
  defaultMode: number,
): Promise<Payload> {
  const { name = '', items, optional = false } = source
  const found = await context.references.configMap(context.pod.metadata.namespace ?? '', name)
  if (!found && !optional) throw new Error(`configmap "${name}" not found`)
  const data = new Map(Object.entries(found?.data ?? {}).map(([key, text]) => [key, Buffer.from(text)]))
  for (const [key, base64] of Object.entries(found?.binaryData ?? {})) data.set(key, Buffer.from(base64, 'base64'))
  return keyFiles(data, { items, defaultMode, optional }, key => `configmap references non-existent config key: ${key}`)
}

export async function secretFiles(context: VolumeContext, source: ObjectSource, defaultMode: number): Promise<Payload> {
  const { name = '', items, optional = false } = source
  const found = await context.references.secret(context.pod.metadata.namespace ?? '', name)
  if (!found && !optional) throw new Error(`secret "${name}" not found`)
  const data = new Map(Object.entries(found?.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]))
  return keyFiles(data, { items, defaultMode, optional }, key => `references non-existent secret key: ${key}`)
}

interface DownwardItem {
  readonly path: string
  readonly mode?: number | undefined
  readonly fieldRef?: { readonly fieldPath: string } | undefined
  readonly resourceFieldRef?:
    | { readonly containerName?: string | undefined; readonly divisor?: string | undefined; readonly resource: string }
    | undefined
}

export function downwardFiles(context: VolumeContext, items: readonly DownwardItem[], defaultMode: number): Payload {
  const files = new Map<string, VolumeFile>()
  for (const { path, mode, fieldRef, resourceFieldRef } of items) {
    const text = fieldRef
      ? fieldText(context.pod, fieldRef.fieldPath, context.place)
      : resourceFieldRef
        ? resourceText(context.pod, undefined, resourceFieldRef, context.place)
        : ''
    files.set(path, { data: Buffer.from(text), mode: mode ?? defaultMode })
  }
  return files
}
