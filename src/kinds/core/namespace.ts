import { type FieldError, invalid } from '../../base/field-error.ts'
import { age, name, text } from '../columns.ts'
import type { Namespace } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { isQualifiedName, nameIsDnsLabel } from '../validation/names.ts'

const NAME_LABEL = 'kubernetes.io/metadata.name'
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion']

type Whole = ObjectOf<Namespace>

export const namespace = defineKind<Whole>({
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  schema: 'io.k8s.api.core.v1.Namespace',
  deleteReturnsObject: true,
  ownFieldLabels: true,
  validateName: nameIsDnsLabel,
  defaults: draft => {
    labelWithName(draft)
    if (draft.status) draft.status.phase ||= 'Active'
  },
  prepareForCreate: draft => {
    labelWithName(draft)
    draft.status = { phase: 'Active' }
    const finalizers = draft.spec?.finalizers ?? []
    draft.spec = {
      ...draft.spec,
      finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'],
    }
  },
  prepareForUpdate: (draft, old) => {
    draft.spec = { ...draft.spec, finalizers: old.spec?.finalizers }
    draft.status = old.status
  },
  validate: n => (n.spec?.finalizers ?? []).flatMap(f => validateFinalizer(f, 'spec.finalizers')),
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: validatePhase,
  },
  subresources: {
    finalize: {
      prepareForUpdate: (draft, old) => {
        draft.status = old.status
      },
      validateUpdate: n => (n.spec?.finalizers ?? []).flatMap((f, i) => validateFinalizer(f, `spec.finalizers[${i}]`)),
    },
  },
  columns: [name(), text('Status', n => n.status?.phase ?? ''), age()],
  selectableFields: { 'status.phase': n => n.status?.phase ?? '' },
})

/** Selectors find a namespace by its name through this label. Generated names come later than the defaults. */
function labelWithName(draft: Whole): void {
  const own = draft.metadata.name
  if (own) draft.metadata.labels = { ...draft.metadata.labels, [NAME_LABEL]: own }
}

function validateFinalizer(finalizer: string, path: string): FieldError[] {
  const faults = isQualifiedName(finalizer).map(t => invalid(path, finalizer, t))
  if (!finalizer.includes('/') && !STANDARD_FINALIZERS.includes(finalizer))
    faults.push(invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'))
  return faults
}

function validatePhase(n: Whole): FieldError[] {
  const phase = n.status?.phase ?? ''
  if (n.metadata.deletionTimestamp)
    return phase === 'Terminating'
      ? []
      : [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")]
  return phase === 'Active'
    ? []
    : [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")]
}
