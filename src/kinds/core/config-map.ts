import type { FieldError } from '../../base/field-error.ts'
import { age, name } from '../columns.ts'
import type { ConfigMap } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { decodedSize, textSize, validateDataSize, validateKeys, validateStillImmutable } from '../validation/data.ts'

const DATA_TEXT =
  "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process."

export const configMap = defineKind<ObjectOf<ConfigMap>>({
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  schema: 'io.k8s.api.core.v1.ConfigMap',
  validate,
  validateUpdate: (now, old) => [...validateStillImmutable(now, old, ['data', 'binaryData']), ...validate(now)],
  columns: [
    name(),
    {
      name: 'Data',
      description: DATA_TEXT,
      cell: c => Object.keys(c.data ?? {}).length + Object.keys(c.binaryData ?? {}).length,
    },
    age(),
  ],
})

function validate({ data, binaryData }: ConfigMap): FieldError[] {
  return [
    ...validateKeys(data, 'data', { data: binaryData, name: 'binaryData' }),
    ...validateKeys(binaryData, 'binaryData'),
    // Kubernetes names no field here: this is how its empty path prints.
    ...validateDataSize(textSize(data) + decodedSize(binaryData), '[]'),
  ]
}
