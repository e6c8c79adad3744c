import { type FieldError, invalid, required } from '../../base/field-error.ts'
import { name, text } from '../columns.ts'
import type { IPAddress, ParentReference } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateIp } from '../validation/ip.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { isDnsSubdomain, isPathSegment } from '../validation/names.ts'

export const ipAddress = defineKind<ObjectOf<IPAddress>>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IPAddress',
  validateName: address => validateIp('', address).map(e => e.message.replace(/^Invalid value: "[^"]*": /, '')),
  validate: a => validateParent(a.spec?.parentRef),
  validateUpdate: (now, old) => validateImmutable(now.spec?.parentRef, old.spec?.parentRef, 'spec.parentRef'),
  columns: [name(), text('ParentRef', a => parentText(a.spec?.parentRef))],
})

function parentText(p: ParentReference | undefined): string {
  if (!p) return '<none>'
  const resource = p.group ? `${p.resource}.${p.group}` : p.resource
  return `${resource.toLowerCase()}/${p.namespace ? `${p.namespace}/` : ''}${p.name}`
}

function validateParent(p: ParentReference | undefined): FieldError[] {
  const path = 'spec.parentRef'
  if (!p) return [required(path)]
  const faults: FieldError[] = []
  if (p.group) for (const t of isDnsSubdomain(p.group)) faults.push(invalid(`${path}.group`, p.group, t))
  for (const field of ['resource', 'name', 'namespace'] as const) {
    const value = p[field]
    if (value) for (const t of isPathSegment(value)) faults.push(invalid(`${path}.${field}`, value, t))
    else if (field !== 'namespace') faults.push(required(`${path}.${field}`))
  }
  return faults
}
