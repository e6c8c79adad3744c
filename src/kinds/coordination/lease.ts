import { type FieldError, invalid } from '../../base/field-error.ts'
import { age, name, text } from '../columns.ts'
import type { Lease } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'

export const lease = defineKind<ObjectOf<Lease>>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  schema: 'io.k8s.api.coordination.v1.Lease',
  createOnUpdate: true,
  unconditionalUpdate: false,
  prepareForCreate: draft => dropElection(draft),
  prepareForUpdate: dropElection,
  validate,
  validateUpdate: validate,
  columns: [name(), text('Holder', l => l.spec?.holderIdentity ?? ''), age()],
})

/** Coordinated leader election is a feature that is off in 1.36: its fields are dropped. */
function dropElection({ spec }: Lease): void {
  delete spec?.strategy
  delete spec?.preferredHolder
}

function validate({ spec = {} }: Lease): FieldError[] {
  const faults: FieldError[] = []
  if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0)
    faults.push(invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0'))
  if (spec.leaseTransitions !== undefined && spec.leaseTransitions < 0)
    faults.push(invalid('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0'))
  return faults
}
