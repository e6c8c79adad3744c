import type { ManagedFieldsEntry } from '../../kinds/generated/types.ts'
import { apiVersionOf } from '../../kinds/kind.ts'
import { componentAtom } from '../../kinds/schema/atoms.ts'
import { difference, type Fields, fieldsOf, intersection, isEmpty, NO_FIELDS, union } from '../patch/fields.ts'
import {
  type Manager,
  managerId,
  type Managers,
  readManagers,
  withoutEmpty,
  writeManagers,
} from '../patch/managed-fields.ts'
import { serverSideApply } from '../patch/server-side-apply.ts'
import { zeroObject } from '../tracker.ts'
import { SCALE } from './body-kinds.ts'

const SCALE_VERSION = apiVersionOf(SCALE)
const IN_SCALE = fieldsOf(['spec', 'replicas'])

export interface ScaleApply {
  /** The Scale of the object as it is. */
  readonly scale: object
  readonly applied: object
  /** managedFields of the object that is scaled. */
  readonly managedFields: readonly ManagedFieldsEntry[] | undefined
  /** Its version, and where it has its replicas. */
  readonly apiVersion: string
  readonly path: readonly string[]
  readonly manager: string
  readonly force: boolean
  readonly now: number
}

export interface AppliedScale {
  readonly replicas: number
  /** What the object's managedFields become. */
  readonly managedFields: ManagedFieldsEntry[]
}

/**
 * Server-side apply of a Scale: who owns the replicas of the object owns those of its Scale, and the other way round.
 * Throws as serverSideApply does.
 */
export function applyScale(request: ScaleApply): AppliedScale {
  const inObject = fieldsOf(request.path)
  const owners = readManagers(request.managedFields)
  const scale = request.scale as { metadata: object; spec?: { replicas?: number } }
  const shown = writeManagers(ownersOfScale(owners, inObject))
  const live = { ...scale, metadata: { ...scale.metadata, managedFields: shown } }
  const { object, managedFields } = serverSideApply({
    atom: componentAtom(SCALE.schema),
    apiVersion: SCALE_VERSION,
    subresource: 'scale',
    resetFields: NO_FIELDS,
    live,
    zero: zeroObject(SCALE),
    applied: request.applied,
    manager: request.manager,
    force: request.force,
    now: request.now,
  })
  const next = (object ?? scale) as { spec?: { replicas?: number } }
  return {
    replicas: next.spec?.replicas ?? 0,
    managedFields: writeManagers(ownersOfObject(owners, readManagers(managedFields), inObject, request.apiVersion)),
  }
}

/** Those who own the replicas, as owners of the Scale's. */
function ownersOfScale(owners: Managers, inObject: Fields): Managers {
  const out = new Map<string, Manager>()
  for (const owner of owners.values()) {
    if (isEmpty(intersection(owner.fields, inObject))) continue
    const manager = { ...owner, apiVersion: SCALE_VERSION, fields: IN_SCALE }
    out.set(managerId(manager), manager)
  }
  return out
}

/** The object's owners with the replicas in the hands of those who own the Scale's. */
function ownersOfObject(owners: Managers, ofScale: Managers, inObject: Fields, apiVersion: string): Managers {
  const out = new Map<string, Manager>()
  for (const [id, owner] of owners) out.set(id, { ...owner, fields: difference(owner.fields, inObject) })
  for (const owner of ofScale.values()) {
    if (isEmpty(intersection(owner.fields, IN_SCALE))) continue
    const manager = { ...owner, apiVersion, fields: inObject }
    const before = out.get(managerId(manager))
    out.set(
      managerId(manager),
      before ? { ...before, fields: union(before.fields, inObject), time: owner.time } : manager,
    )
  }
  return withoutEmpty(out)
}
