import { badRequest, failure, type StatusError } from '../../base/errors.ts'
import type { ManagedFieldsEntry } from '../../kinds/generated/types.ts'
import { plainFailure } from './errors.ts'
import { difference, type Fields, intersection, isEmpty, pathTexts, union, withoutTrees } from './fields.ts'
import { isObject, type Json } from './json-values.ts'
import { applyLastApplied, fieldsOfLastApplied } from './last-applied.ts'
import { type Manager, type Managers, managerId, readManagers, writeManagers } from './managed-fields.ts'
import {
  type Conflict,
  ConflictFound,
  inVersion,
  managedFieldsOf,
  reconcileManagers,
  takeFromOthers,
  timeText,
  type Tracking,
  update,
  withoutManagedFields,
  withoutNeverOwned,
} from './ownership.ts'
import { sameValue } from './typed-compare.ts'
import { fieldSetOf, withNamedFields } from './typed-fields.ts'
import { mergeTyped, removeFields } from './typed-merge.ts'
import { validateTyped } from './typed-validate.ts'

export interface ApplyRequest extends Tracking {
  /** The stored object, or the kind's zero object (zeroObject) where there is none. */
  readonly live: object
  /** The kind's zero object, with its kind and version. */
  readonly zero: object
  /** The applied configuration, with plain numbers (plainNumbers). */
  readonly applied: object
  readonly manager: string
  readonly force: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Applied {
  /** The merged object without managedFields, not yet decoded and defaulted; undefined where nothing changed. */
  readonly object: Json | undefined
  readonly managedFields: ManagedFieldsEntry[]
}

/** kubectl's name as a manager: it alone takes over what `kubectl apply` without server side had applied. */
const KUBECTL = 'kubectl'

/**
 * Server-side apply. Throws StatusErrors as Kubernetes words them: 409 for conflicts, 400 for another kind or version
 * and for managedFields in the configuration, 500 for a configuration that does not fit its type.
 */
export function serverSideApply(request: ApplyRequest): Applied {
  const { live, zero, applied } = request
  const [wanted, given] = [zero as Json, applied as Json]
  if (given['apiVersion'] !== wanted['apiVersion'] || given['kind'] !== wanted['kind'])
    throw badRequest(`invalid object type: ${kindText(given)}`)
  if (managedFieldsOf(applied)) throw badRequest('metadata.managedFields must be nil')
  let managers: Managers
  try {
    managers = readManagers(managedFieldsOf(live))
  } catch (error) {
    throw plainFailure(`failed to decode managed fields: ${(error as Error).message}`)
  }
  if (managers.size === 0) managers = beforeFirstApply(request)
  const faults = validateTyped(request.atom, applied)
  if (faults.length > 0)
    throw plainFailure(
      `failed to create typed patch object (${describe(applied)}): ${faults.length === 1 ? faults[0] : ['errors:', ...faults.map(f => `  ${f}`)].join('\n')}`,
    )
  const result = applyOver(request, managers)
  const { object } = result
  if (request.manager !== KUBECTL) return result
  return object ? { ...result, object: applyLastApplied(object, applied as Json) } : result
}

/** All that is there already belongs to a manager of that name when the first apply comes. */
function beforeFirstApply(request: ApplyRequest): Managers {
  const self = {
    name: 'before-first-apply',
    applied: false,
    apiVersion: request.apiVersion,
    subresource: request.subresource,
  }
  const manager: Manager = { ...self, fields: {}, time: timeText(request.now) }
  return update(request, request.zero as Json, withoutManagedFields(request.live), new Map(), manager)
}

function applyOver(request: ApplyRequest, managers: Managers): Applied {
  try {
    return merge(request, managers, request.force)
  } catch (error) {
    if (!(error instanceof ConflictFound)) throw error
    if (request.manager !== KUBECTL) throw conflictError(error.conflicts)
    const allowed = fieldsOfLastApplied(request.atom, withoutManagedFields(request.live), request.apiVersion)
    const left = error.conflicts
      .map(c => ({ ...c, fields: allowed ? difference(c.fields, allowed) : c.fields }))
      .filter(c => !isEmpty(c.fields))
    if (left.length > 0) throw conflictError(left)
    return merge(request, managers, true)
  }
}

function merge(request: ApplyRequest, given: Managers, force: boolean): Applied {
  const { atom, apiVersion, subresource } = request
  const live = withoutManagedFields(request.live)
  const managers = new Map(reconcileManagers(request, live, given))
  const self = { name: request.manager || 'unknown', applied: true, apiVersion, subresource }
  const id = managerId(self)
  const last = managers.get(id)
  const fields = withoutTrees(fieldSetOf(atom, request.applied), request.resetFields)
  const merged = (mergeTyped(atom, live, request.applied) ?? {}) as Json
  managers.set(id, { ...self, fields, time: last?.time })
  const next = prune(request, merged, managers, last)
  const taken = new Map(takeFromOthers({ tracking: request, old: live, next, managers, self: id, force }).managers)
  const changed = !sameValue(live, next)
  const owned = withoutNeverOwned(fields)
  if (isEmpty(owned)) taken.delete(id)
  else taken.set(id, { ...self, fields: owned, time: changed ? timeText(request.now) : last?.time })
  return { object: changed ? next : undefined, managedFields: writeManagers(taken) }
}

/** Removes what this manager applied before and applies no more, unless somebody else owns it. */
function prune(tracking: Tracking, merged: Json, managers: Managers, last: Manager | undefined): Json {
  if (!last || isEmpty(last.fields)) return merged
  const { atom } = tracking
  const converted = inVersion(tracking, merged, last.apiVersion)
  if (!converted) return merged
  const named = (fields: Fields): Fields => withNamedFields(atom, fields)
  let pruned = removeFields(atom, converted, named(last.fields))
  let owned: Fields = {}
  for (const manager of managers.values()) owned = union(owned, manager.fields)
  const all = named(fieldSetOf(atom, converted))
  // What others own comes back, with all that it stands in.
  pruned = removeFields(atom, converted, difference(all, union(named(fieldSetOf(atom, pruned)), named(owned))))
  // And what nobody owns comes back where this manager did not own it either.
  const gone = difference(all, named(fieldSetOf(atom, pruned)))
  const out = removeFields(atom, converted, intersection(gone, named(last.fields)))
  const object = isObject(out) ? out : {}
  return last.apiVersion === tracking.apiVersion ? object : (tracking.convert?.(object, tracking.apiVersion) ?? merged)
}

/** `namespace/name; group/version, Kind=X`. */
function describe(object: object): string {
  const { metadata } = object as Json
  const { namespace, name } = isObject(metadata) ? metadata : {}
  return `${String(namespace ?? '')}/${String(name ?? '')}; ${kindText(object as Json)}`
}

/** `group/version, Kind=X`. */
function kindText({ apiVersion, kind }: Json): string {
  const version = String(apiVersion ?? '')
  return `${version.includes('/') ? version : `/${version}`}, Kind=${String(kind ?? '')}`
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const paths = conflicts.flatMap(({ manager, fields }) =>
    pathTexts(fields).map(path => ({ manager: managerText(manager), path })),
  )
  const [first] = paths
  let message = `Apply failed with 1 conflict: conflict with ${first?.manager}: ${first?.path}`
  if (paths.length > 1) {
    const byManager = Map.groupBy(paths, p => p.manager)
    const lines = [...byManager]
      .sort((a, b) => (a[0] < b[0] ? -1 : 1))
      .flatMap(([manager, found]) => [`conflicts with ${manager}:`, ...found.map(p => `- ${p.path}`)])
    message = `Apply failed with ${paths.length} conflicts: ${lines.join('\n')}`
  }
  const causes = paths.map(p => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${p.manager}`,
    field: p.path,
  }))
  return failure({ code: 409, reason: 'Conflict', message, details: { causes } })
}

/** `"name" with subresource "scale" using apps/v1`; only updates name their version. */
function managerText({ name, subresource, applied, apiVersion }: Manager): string {
  const text = JSON.stringify(name) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '')
  return applied ? text : `${text} using ${apiVersion}`
}
