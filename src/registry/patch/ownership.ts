import type { ManagedFieldsEntry } from '../../kinds/generated/types.ts'
import type { Atom } from '../../kinds/schema/atoms.ts'
import { difference, type Fields, fieldsOf, intersection, isEmpty, NO_FIELDS, union, withoutTrees } from './fields.ts'
import { isObject, type Json } from './json-values.ts'
import {
  capUpdateManagers,
  type Manager,
  type Managers,
  managerId,
  readManagers,
  withoutEmpty,
  writeManagers,
} from './managed-fields.ts'
import { type Comparison, compareTyped } from './typed-compare.ts'
import { reconcileFields } from './typed-fields.ts'

/** What the tracking of ownership needs to know of a kind and a request. */
export interface Tracking {
  /** Merge type of the kind: componentAtom(kind.schema), or that of a custom resource. */
  readonly atom: Atom
  /** Version of the request, such as `apps/v1`. */
  readonly apiVersion: string
  /** Empty for the object itself. */
  readonly subresource: string
  /** Fields that this endpoint resets: nobody comes to own them through it. */
  readonly resetFields: Fields
  /**
   * The object in another version of its kind, undefined where there is none: managers of such a version are forgotten.
   * Needed by kinds with more than one version only.
   */
  readonly convert?: (object: Json, apiVersion: string) => Json | undefined
}

/** Fields of every object that nobody owns. */
const NEVER_OWNED = fieldsOf(
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map(f => ['metadata', f] as const),
)

export interface UpdateRequest extends Tracking {
  /** The stored object; for a create the kind's zero object (zeroObject), so that what Go always writes is not owned. */
  readonly old: object
  /** The object as it will be stored. Its managedFields say what the client sent: none keeps those of `old`. */
  readonly next: object
  /** Field manager of the request. */
  readonly manager: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * metadata.managedFields after a create, an update or a patch that is no apply. An empty list or one empty entry in
 * `next` resets them. Never throws: entries that cannot be read count as none.
 */
export function trackUpdate(request: UpdateRequest): ManagedFieldsEntry[] {
  const managers = managersOfRequest(request)
  if (managers.size === 0 && uidOf(request.old)) return []
  const self: Manager = {
    name: request.manager || 'unknown',
    applied: false,
    apiVersion: request.apiVersion,
    subresource: request.subresource,
    fields: NO_FIELDS,
    time: timeText(request.now),
  }
  return writeManagers(
    update(request, withoutManagedFields(request.old), withoutManagedFields(request.next), managers, self),
  )
}

/** The managers after `self` has turned `old` into `next`. */
export function update(tracking: Tracking, old: Json, next: Json, managers: Managers, self: Manager): Managers {
  const reconciled = reconcileManagers(tracking, old, managers)
  const { managers: others, comparison } = takeFromOthers({
    tracking,
    old,
    next,
    managers: reconciled,
    self: undefined,
    force: true,
  })
  const changed = withoutTrees(union(comparison.modified, comparison.added), tracking.resetFields)
  const won = difference(changed, NEVER_OWNED)
  if (isEmpty(won)) return capUpdateManagers(others)
  const id = managerId(self)
  const before = others.get(id)
  const out = new Map(others)
  out.set(id, { ...self, fields: before ? union(won, before.fields) : won })
  return capUpdateManagers(out)
}

export const withoutNeverOwned = (fields: Fields): Fields => difference(fields, NEVER_OWNED)

interface Taking {
  readonly tracking: Tracking
  readonly old: Json
  readonly next: Json
  readonly managers: Managers
  /** The manager that keeps what it has. */
  readonly self: string | undefined
  readonly force: boolean
}

export interface Conflict {
  readonly manager: Manager
  readonly fields: Fields
}

/** Thrown where others own what would change, and the change is not forced. */
export class ConflictFound extends Error {
  readonly conflicts: readonly Conflict[]
  constructor(conflicts: readonly Conflict[]) {
    super('conflict')
    this.conflicts = conflicts
  }
}

/** Takes changed and removed fields away from all managers but `self`. */
export function takeFromOthers(taking: Taking): { managers: Managers; comparison: Comparison } {
  const { tracking, managers, self } = taking
  const comparisons = new Map<string, Comparison | undefined>()
  const compareIn = (version: string): Comparison | undefined => {
    if (!comparisons.has(version)) comparisons.set(version, compareVersion(taking, version))
    return comparisons.get(version)
  }
  const comparison = compareIn(tracking.apiVersion) ?? { added: NO_FIELDS, modified: NO_FIELDS, removed: NO_FIELDS }
  const out = new Map<string, Manager>()
  const conflicts: Conflict[] = []
  for (const [id, manager] of managers) {
    if (id === self) {
      out.set(id, manager)
      continue
    }
    const changes = compareIn(manager.apiVersion)
    if (!changes) continue
    const taken = intersection(manager.fields, union(changes.modified, changes.added))
    if (!isEmpty(taken)) conflicts.push({ manager, fields: taken })
    const rest = difference(difference(manager.fields, taken), changes.removed)
    out.set(id, rest === manager.fields ? manager : { ...manager, fields: rest })
  }
  if (!taking.force && conflicts.length > 0) throw new ConflictFound(conflicts)
  return { managers: withoutEmpty(out), comparison }
}

/** undefined where the version is gone: managers of it are forgotten. */
function compareVersion({ tracking, old, next }: Taking, version: string): Comparison | undefined {
  const before = inVersion(tracking, old, version)
  const after = inVersion(tracking, next, version)
  if (!before || !after) return undefined
  const { added, modified, removed } = compareTyped(tracking.atom, before, after)
  const { resetFields } = tracking
  return {
    added: withoutTrees(added, resetFields),
    modified: withoutTrees(modified, resetFields),
    removed: withoutTrees(removed, resetFields),
  }
}

export function inVersion(tracking: Tracking, object: Json, version: string): Json | undefined {
  return version === tracking.apiVersion ? object : tracking.convert?.(object, version)
}

/** What managers own brought in line with a schema that has changed since. */
export function reconcileManagers(tracking: Tracking, live: Json, managers: Managers): Managers {
  let out: Map<string, Manager> | undefined
  for (const [id, manager] of managers) {
    if (!inVersion(tracking, live, manager.apiVersion)) continue
    const fields = reconcileFields(tracking.atom, manager.fields)
    if (fields !== manager.fields) (out ??= new Map(managers)).set(id, { ...manager, fields })
  }
  return out ?? managers
}

function managersOfRequest({ old, next, subresource }: UpdateRequest): Managers {
  if (subresource === '') {
    const given = managedFieldsOf(next)
    if (given && isReset(given)) return new Map()
    const managers = tryRead(given)
    if (managers.size > 0) return managers
  }
  return tryRead(managedFieldsOf(old))
}

const isReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0)

function tryRead(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  try {
    return readManagers(entries)
  } catch {
    return new Map()
  }
}

const metadataOf = (object: object): Json => {
  const { metadata } = object as Json
  return isObject(metadata) ? metadata : {}
}

/** metadata.managedFields, undefined where there are none. */
export function managedFieldsOf(object: object): ManagedFieldsEntry[] | undefined {
  const { managedFields } = metadataOf(object)
  return Array.isArray(managedFields) ? managedFields : undefined
}

export const uidOf = (object: object): unknown => metadataOf(object)['uid']

/** The object without metadata.managedFields. Shares everything else. */
export function withoutManagedFields(object: object): Json {
  const { metadata } = object as Json
  if (!isObject(metadata) || metadata['managedFields'] === undefined) return object as Json
  const { managedFields: _, ...rest } = metadata
  return { ...(object as Json), metadata: rest }
}

/** RFC 3339 in whole seconds, as metav1.Time. */
export const timeText = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`
