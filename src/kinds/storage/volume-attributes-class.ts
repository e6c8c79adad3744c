import { type FieldError, forbidden, invalid, required } from '../../base/field-error.ts'
import { age, nameOrDefault, text } from '../columns.ts'
import type { VolumeAttributesClass } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { isQualifiedName } from '../validation/names.ts'
import { validateParameters } from './storage-class.ts'

export const volumeAttributesClass = defineKind<ObjectOf<VolumeAttributesClass>>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  deleteReturnsObject: true,
  validate,
  validateUpdate: (now, old) => [
    ...validate(now),
    ...(now.driverName === old.driverName ? [] : [forbidden('driverName', 'updates to driverName are forbidden.')]),
    ...(semanticEqual(now.parameters, old.parameters)
      ? []
      : [forbidden('parameters', 'updates to parameters are forbidden.')]),
  ],
  columns: [
    nameOrDefault('volumeattributesclass.kubernetes.io/is-default-class'),
    text('DriverName', c => c.driverName),
    age(),
  ],
})

function validate(c: VolumeAttributesClass): FieldError[] {
  const driver = c.driverName.toLowerCase()
  return [
    ...(driver ? isQualifiedName(driver).map(t => invalid('driverName', driver, t)) : [required('driverName')]),
    ...validateParameters(c.parameters, 'parameters', false),
  ]
}
