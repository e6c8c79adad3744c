import { type FieldError, invalid, required } from '../../base/field-error.ts'
import { age, name, text } from '../columns.ts'
import type { ServiceCIDR } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateCidr } from '../validation/ip.ts'
import { IMMUTABLE } from '../validation/metadata.ts'
import { ipFamily } from '../validation/names.ts'

export const serviceCidr = defineKind<ObjectOf<ServiceCIDR>>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  deleteReturnsObject: true,
  prepareForCreate: draft => {
    draft.status = {}
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
  },
  validate: c => validate(c.spec?.cidrs ?? []),
  validateUpdate: (now, old) => validateChange(now.spec?.cidrs ?? [], old.spec?.cidrs ?? []),
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
  },
  columns: [name(), text('CIDRs', c => (c.spec?.cidrs ?? []).join(',')), age()],
})

function validate(cidrs: readonly string[]): FieldError[] {
  const path = 'spec.cidrs'
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalid(path, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  const faults = cidrs.flatMap((c, i) => validateCidr(`${path}[${i}]`, c))
  const [first, second] = cidrs.map(c => ipFamily(c.split('/')[0] ?? ''))
  if (cidrs.length === 2 && first === second && first !== 0)
    faults.push(
      invalid(path, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'),
    )
  return faults
}

/** A second family may be added; what is there stays. */
function validateChange(now: readonly string[], old: readonly string[]): FieldError[] {
  const fixed = (i: number): FieldError[] => (now[i] === old[i] ? [] : [invalid(`spec.cidrs[${i}]`, now[i], IMMUTABLE)])
  if (now.length === old.length) return now.flatMap((_, i) => fixed(i))
  if (old.length === 1 && now.length === 2) return [...fixed(0), ...validate(now)]
  return [invalid('spec.cidrs', now, IMMUTABLE)]
}
