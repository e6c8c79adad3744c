import { type FieldError, forbidden, notSupported, required } from '../../base/field-error.ts'
import { age, boolean, integer, name, text } from '../columns.ts'
import type { PriorityClass } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateImmutable } from '../validation/metadata.ts'

type Whole = ObjectOf<PriorityClass>

const HIGHEST_USER_PRIORITY = 1_000_000_000
/** Priorities of the cluster's own classes. */
export const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}
const POLICIES = ['PreemptLowerPriority', 'Never']

export const priorityClass = defineKind<Whole>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  // Nothing that counts can change: the generation stays at 1.
  generation: () => false,
  defaults: draft => {
    draft.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  validate,
  validateUpdate: (now, old) => [
    ...(now.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...validateImmutable(now.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
  ],
  columns: [
    name(),
    integer('Value', c => c.value),
    boolean('Global-Default', c => c.globalDefault ?? false),
    age(),
    text('PreemptionPolicy', c => c.preemptionPolicy ?? ''),
  ],
})

function validate(c: Whole): FieldError[] {
  const faults: FieldError[] = []
  const own = c.metadata.name ?? ''
  if (own.startsWith('system-')) {
    const wrong = systemFault(c, own)
    if (wrong)
      faults.push(
        forbidden(
          'metadata.name',
          `priority class names with 'system-' prefix are reserved for system use only. error: ${wrong}`,
        ),
      )
  } else if ((c.value ?? 0) > HIGHEST_USER_PRIORITY)
    faults.push(forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`))
  if (!c.preemptionPolicy) faults.push(required('preemptionPolicy'))
  else if (!POLICIES.includes(c.preemptionPolicy))
    faults.push(notSupported('preemptionPolicy', c.preemptionPolicy, POLICIES))
  return faults
}

function systemFault(c: Whole, own: string): string | undefined {
  const value = SYSTEM_CLASSES[own]
  if (value === undefined) return `${own} is not a known system priority class`
  if (c.value !== value) return `value of ${own} PriorityClass must be ${value}`
  return c.globalDefault ? `globalDefault of ${own} PriorityClass must be false` : undefined
}
