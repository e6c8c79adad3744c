import type { Frozen } from '../../kinds/object.ts'
import { compact, sameObject } from '../shared/equal.ts'
import { safeEncode } from '../shared/safe-encode.ts'
import type { PodTemplate, ReplicaSet } from '../shared/types.ts'

export const TEMPLATE_HASH = 'pod-template-hash'

/** A name part that stands for the template; another `collisionCount` gives another one. */
export function templateHash(template: PodTemplate, collisionCount: number | undefined): string {
  const text = canonicalJson(template) + (collisionCount === undefined ? '' : `#${collisionCount}`)
  return safeEncode(String(fnv1a(Buffer.from(text))))
}

/** True where both make the same pods, whatever hash label they carry. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return sameObject(withoutHash(a), withoutHash(b))
}

/** The oldest of the sets whose template is the deployment's. */
export function findNewSet(template: PodTemplate, sets: readonly Frozen<ReplicaSet>[]): Frozen<ReplicaSet> | undefined {
  return [...sets].sort(byCreation).find(s => sameTemplate(s.spec?.template ?? {}, template))
}

/** Oldest first, then by name. */
export function byCreation(a: Frozen<ReplicaSet>, b: Frozen<ReplicaSet>): number {
  const [s, t] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  if (s !== t) return s < t ? -1 : 1
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1
}

function withoutHash(template: PodTemplate): unknown {
  const { [TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {}
  return { ...template, metadata: { ...template.metadata, labels } }
}

/** 32-bit FNV-1a. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(compact(value), (_, v: unknown) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
}
