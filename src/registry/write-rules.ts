import { conflict, failure, invalidObject, MODIFIED, notFound } from '../base/errors.ts'
import type { FieldError } from '../base/field-error.ts'
import type { ManagedFieldsEntry } from '../kinds/generated/types.ts'
import type { Kind, RuleContext, WriteRules } from '../kinds/kind.ts'
import type { AnyObject, Frozen, KubeObject } from '../kinds/object.ts'
import { joined } from './admission/chain.ts'
import type { AdmissionRequest, Operation, Reservation } from './admission/plugin.ts'
import type { ObjectTarget, RequestContext, WriteOptions } from './api.ts'
import { membersEqual } from './equal.ts'
import { sameManagersButTimes } from './patch/managed-fields.ts'

/** A write as all its steps see it. */
export interface Request {
  readonly context: RequestContext
  readonly target: ObjectTarget
  readonly options: WriteOptions
}

/** The group and plural of a kind, for errors. */
export const resource = (kind: Kind): { group: string; resource: string } => ({
  group: kind.group,
  resource: kind.plural,
})

/** Why a precondition on the uid failed. */
export const uidText = (wanted: string, actual: string): string =>
  `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${actual}`

/** The rules of the object itself or of one of its subresources. Throws 404 where there is none. */
export function rulesOf(kind: Kind, subresource: string | undefined): WriteRules<KubeObject> {
  if (!subresource || (subresource === 'scale' && kind.scale)) return kind
  const rules = subresource === 'status' ? kind.status : kind.subresources?.[subresource]
  if (!rules) throw notFound({ group: kind.group, resource: `${kind.plural}/${subresource}` }, '')
  return rules
}

/** What rules may know of a request. */
export function ruleContext(context: RequestContext, options: WriteOptions, now: number): RuleContext {
  return { now, user: context.user, dryRun: options.dryRun === true }
}

/** A request as admission sees it. */
export function admissionRequest(
  { context, target, options }: Request,
  operation: Operation,
  object: AnyObject | undefined,
  old: Frozen<KubeObject> | undefined,
): AdmissionRequest {
  return {
    operation,
    kind: target.kind,
    namespace: target.kind.storage === 'core/namespaces' ? target.name : target.namespace,
    name: target.name,
    subresource: target.subresource ?? '',
    object,
    old,
    user: context.user,
    dryRun: options.dryRun === true,
    warnings: context.warnings,
  }
}

/** Name and namespace are those of the object. */
export function keepOldFields(draft: AnyObject, old: Frozen<KubeObject>): void {
  draft.metadata.name = old.metadata.name
  draft.metadata.namespace = old.metadata.namespace
  if (old.metadata.namespace === undefined) delete draft.metadata.namespace
}

/** Where nothing but the times of managed fields is new, they stay what they were. */
export function keepOldTimes(draft: AnyObject, old: Frozen<KubeObject>): void {
  const before = old.metadata.managedFields as ManagedFieldsEntry[] | undefined
  if (!before || !sameManagersButTimes(draft.metadata.managedFields, before)) return
  const same = membersEqual(draft.metadata, old.metadata, MANAGED) && membersEqual(draft, old, METADATA)
  if (same) draft.metadata.managedFields = before
}

const MANAGED = new Set(['managedFields', 'resourceVersion', 'generation', 'selfLink'])

/** Optimistic concurrency. Throws 409, or 422 where the kind wants a revision and none is given. */
export function checkRevision(kind: Kind, name: string, draft: AnyObject, old: Frozen<KubeObject>): void {
  const named = draft.metadata.resourceVersion
  if (named && !/^\d+$/.test(named))
    throw failure({ code: 500, message: `strconv.ParseUint: parsing ${JSON.stringify(named)}: invalid syntax` })
  if (!named || BigInt(named) === 0n) {
    if (!kind.unconditionalUpdate) {
      const fault: FieldError = {
        reason: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: 'Invalid value: 0: must be specified for an update',
      }
      throw invalidObject({ group: kind.group, kind: kind.plural }, name, [fault])
    }
  } else if (named !== old.metadata.resourceVersion) throw conflict(resource(kind), name, MODIFIED)
  draft.metadata.resourceVersion = old.metadata.resourceVersion
}

/** Throws 422 where there are faults. */
export function throwInvalid(kind: Kind, draft: AnyObject, faults: readonly FieldError[]): void {
  if (faults.length === 0) return
  // A kind that shows objects of another is named as that one.
  const group = kind.toStored ? kind.storage.slice(0, kind.storage.indexOf('/')).replace(/^core$/, '') : kind.group
  throw invalidObject({ group, kind: kind.kind }, draft.metadata.name ?? '', faults)
}

/** The form in which a kind's objects are stored. */
export function toStored(kind: Kind, draft: AnyObject): KubeObject {
  return kind.toStored ? kind.toStored(draft) : draft
}

/** From here on nobody changes the object. */
export const frozen = (object: KubeObject): Frozen<KubeObject> => object as Frozen<KubeObject>

const METADATA = new Set(['metadata'])
const REVISION = new Set(['resourceVersion'])

/** Equal apart from the revision: such a write changes nothing. */
export function sameObject(a: Frozen<KubeObject>, b: Frozen<KubeObject>): boolean {
  return membersEqual(a.metadata, b.metadata, REVISION) && membersEqual(a, b, METADATA)
}

/** Ends reservations: with the write, or without it. */
export function settle(taken: readonly Reservation[], stored: boolean): void {
  const all = joined(taken)
  if (stored) all.commit()
  else all.cancel()
}
