import { duplicate, type FieldError, invalid, required } from '../../base/field-error.ts'
import { age, integer, name } from '../columns.ts'
import type { CSINode, CSINodeDriver } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { IMMUTABLE, validateNonNegative } from '../validation/metadata.ts'
import { byteLength, isQualifiedName } from '../validation/names.ts'
import { validateDriverName } from '../validation/driver-name.ts'

const NODE_ID_LIMIT = 256

export const csiNode = defineKind<ObjectOf<CSINode>>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSINode',
  deleteReturnsObject: true,
  unconditionalUpdate: false,
  validate,
  validateUpdate: (now, old) => [...validate(now), ...validateChange(now, old)],
  columns: [name(), integer('Drivers', n => n.spec.drivers?.length ?? 0), age()],
})

function validate({ spec }: CSINode): FieldError[] {
  const seen = new Set<string>()
  return (spec.drivers ?? []).flatMap((d, i) => {
    const path = `spec.drivers[${i}]`
    const faults = validateDriver(d, path)
    if (seen.has(d.name)) faults.push(duplicate(`${path}.name`, d.name))
    seen.add(d.name)
    return faults
  })
}

function validateDriver(d: CSINodeDriver, path: string): FieldError[] {
  const faults = validateDriverName(d.name, `${path}.name`)
  if (!d.nodeID) faults.push(required(`${path}.nodeID`))
  else if (byteLength(d.nodeID) > NODE_ID_LIMIT)
    faults.push(invalid(`${path}.nodeID`, d.nodeID, `must be ${NODE_ID_LIMIT} characters or less`))
  faults.push(...validateNonNegative(d.allocatable?.count, `${path}.allocatable.count`))
  const keys = new Set<string>()
  for (const key of d.topologyKeys ?? []) {
    if (keys.has(key)) faults.push(duplicate(path, key))
    keys.add(key)
    if (!key) faults.push(required(path))
    for (const t of isQualifiedName(key)) faults.push(invalid(path, key, t))
  }
  return faults
}

/** A driver that stays keeps what it said of the node, but for how many volumes it takes. */
function validateChange(now: CSINode, old: CSINode): FieldError[] {
  return (now.spec.drivers ?? []).flatMap(d => {
    const before = (old.spec.drivers ?? []).find(o => o.name === d.name)
    const same = !before || (d.nodeID === before.nodeID && semanticEqual(d.topologyKeys, before.topologyKeys))
    return same ? [] : [invalid('spec.drivers', d, IMMUTABLE)]
  })
}
