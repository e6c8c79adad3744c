import { type FieldError, invalid, notSupported } from '../../base/field-error.ts'
import { age, integer, name, text } from '../columns.ts'
import type { PodDisruptionBudget } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateConditions } from '../validation/conditions.ts'
import { validateLabelSelector } from '../validation/labels.ts'
import { validateNonNegative } from '../validation/metadata.ts'
import { isPercent, nameIsPathSegment } from '../validation/names.ts'

type Whole = ObjectOf<PodDisruptionBudget>

const POLICIES = ['AlwaysAllow', 'IfHealthyBudget']

export const podDisruptionBudget = defineKind<Whole>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  generation: 'spec',
  unconditionalUpdate: false,
  // Kubernetes checks no more than that the name fits into a path.
  validateName: nameIsPathSegment,
  prepareForCreate: draft => {
    draft.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
  },
  validate,
  validateUpdate: validate,
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: ({ status }) => [
      ...validateConditions(status?.conditions, 'status.conditions'),
      ...(['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const).flatMap(f =>
        validateNonNegative(status?.[f], `status.${f}`),
      ),
    ],
  },
  columns: [
    name(),
    text('Min Available', b => String(b.spec?.minAvailable ?? 'N/A')),
    text('Max Unavailable', b => String(b.spec?.maxUnavailable ?? 'N/A')),
    integer('Allowed Disruptions', b => b.status?.disruptionsAllowed ?? 0),
    age(),
  ],
})

function validate({ spec = {} }: Whole): FieldError[] {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec
  const faults: FieldError[] = []
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    faults.push(invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'))
  faults.push(
    ...validateAmount(minAvailable, 'spec.minAvailable'),
    ...validateAmount(maxUnavailable, 'spec.maxUnavailable'),
  )
  faults.push(...validateLabelSelector(spec.selector, 'spec.selector'))
  if (policy !== undefined && !POLICIES.includes(policy))
    faults.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, POLICIES))
  return faults
}

function validateAmount(amount: number | string | undefined, path: string): FieldError[] {
  if (amount === undefined) return []
  if (typeof amount === 'number') return validateNonNegative(amount, path)
  const faults = isPercent(amount).map(t => invalid(path, amount, t))
  if (faults.length === 0 && Number.parseInt(amount, 10) > 100)
    faults.push(invalid(path, amount, 'must not be greater than 100%'))
  return faults
}
