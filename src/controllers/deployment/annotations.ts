import type { Frozen } from '../../kinds/object.ts'
import type { Deployment, ReplicaSet } from '../shared/types.ts'
import { maxSurge, wantedReplicas } from './sizes.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
const DESIRED = 'deployment.kubernetes.io/desired-replicas'
const MAX = 'deployment.kubernetes.io/max-replicas'

/** Annotations that are not copied from the Deployment to its ReplicaSet. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED,
  MAX,
  'deprecated.deployment.rollback.to',
])

/** Characters that the history of revisions may take. */
const HISTORY_LENGTH = 2000

/** The set's revision, an int64 that users may set as high as they like; 0 where it has none. */
export const revisionOf = (set: Frozen<ReplicaSet>): bigint => long(set.metadata.annotations?.[REVISION]) ?? 0n

const long = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined

/** What the Deployment wanted when this set was last sized; undefined where it never was. */
export const desiredOf = (annotations: Readonly<Record<string, string>>): number | undefined =>
  integer(annotations[DESIRED])

export const maxOf = (annotations: Readonly<Record<string, string>>): number | undefined => integer(annotations[MAX])

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined

/** The annotations of the current set: those of the Deployment, and the revision with its history. */
export function newSetAnnotations(
  d: Frozen<Deployment>,
  annotations: Readonly<Record<string, string>>,
  revision: bigint,
): Record<string, string> {
  const result = { ...annotations }
  for (const [key, value] of Object.entries(d.metadata.annotations ?? {})) if (!OWN.has(key)) result[key] = value
  const old = annotations[REVISION]
  const oldRevision = old ? long(old) : 0n
  if (oldRevision === undefined || oldRevision >= revision) return result
  result[REVISION] = String(revision)
  if (old !== undefined) result[REVISION_HISTORY] = withRevision(annotations[REVISION_HISTORY], old)
  return result
}

/** Adds a revision to the history and drops the oldest where it grows too long. */
function withRevision(history: string | undefined, revision: string): string {
  if (!history) return revision
  const revisions = [...history.split(','), revision]
  while (revisions.length > 1 && revisions.join(',').length > HISTORY_LENGTH) revisions.shift()
  return revisions.join(',')
}

/** Notes on a set the sizes that it was scaled for. */
export function sizeAnnotations(d: Frozen<Deployment>): Record<string, string> {
  return { [DESIRED]: String(wantedReplicas(d)), [MAX]: String(wantedReplicas(d) + maxSurge(d)) }
}
