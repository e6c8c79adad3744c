import { type FieldError, invalid } from '../../base/field-error.ts'
import { canonicalQuantity, parseQuantity, signOf } from '../../base/quantity.ts'
import type { CSIStorageCapacity } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateLabelSelector } from '../validation/labels.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { isDnsSubdomain } from '../validation/names.ts'

export const csiStorageCapacity = defineKind<ObjectOf<CSIStorageCapacity>>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  unconditionalUpdate: false,
  validate,
  validateUpdate: (now, old) => [
    ...validate(now),
    ...validateImmutable(now.nodeTopology, old.nodeTopology, 'nodeTopology'),
    ...validateImmutable(now.storageClassName, old.storageClassName, 'storageClassName'),
  ],
})

function validate(c: CSIStorageCapacity): FieldError[] {
  const faults = isDnsSubdomain(c.storageClassName).map(t => invalid('storageClassName', c.storageClassName, t))
  if (c.capacity !== undefined && signOf(parseQuantity(c.capacity)) < 0)
    faults.push(invalid('capacity', canonicalQuantity(c.capacity), 'must be greater than or equal to 0'))
  return [...faults, ...validateLabelSelector(c.nodeTopology, 'nodeTopology')]
}
