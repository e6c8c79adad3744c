import { type FieldError, duplicate, invalid, notSupported, required, tooLong } from '../../base/field-error.ts'
import type { Condition } from '../generated/types.ts'
import { validateLabelKey } from './labels.ts'
import { byteLength, regexError } from './names.ts'

const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const REASON_RE = new RegExp(`^${REASON}$`)
const REASON_LIMIT = 1024
const MESSAGE_LIMIT = 32 * 1024

/** Faults of a list of metav1.Condition. */
export function validateConditions(conditions: readonly Condition[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>()
  return (conditions ?? []).flatMap((c, i) => {
    const faults = seen.has(c.type) ? [duplicate(`${path}[${i}].type`, c.type)] : []
    seen.add(c.type)
    return [...faults, ...validateCondition(c, `${path}[${i}]`)]
  })
}

function validateCondition(c: Condition, path: string): FieldError[] {
  const faults = validateLabelKey(c.type ?? '', `${path}.type`)
  if (!['True', 'False', 'Unknown'].includes(c.status))
    faults.push(notSupported(`${path}.status`, c.status ?? '', ['False', 'True', 'Unknown']))
  if ((c.observedGeneration ?? 0) < 0)
    faults.push(invalid(`${path}.observedGeneration`, c.observedGeneration, 'must be greater than or equal to zero'))
  if (!c.lastTransitionTime) faults.push(required(`${path}.lastTransitionTime`, ''))
  if (!c.reason) faults.push(required(`${path}.reason`, ''))
  else {
    if (!REASON_RE.test(c.reason))
      faults.push(
        invalid(
          `${path}.reason`,
          c.reason,
          regexError(
            "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
            REASON,
            'my_name',
            'MY_NAME',
            'MyName',
            'ReasonA,ReasonB',
            'ReasonA:ReasonB',
          ),
        ),
      )
    if (byteLength(c.reason) > REASON_LIMIT) faults.push(tooLong(`${path}.reason`, REASON_LIMIT))
  }
  if (byteLength(c.message ?? '') > MESSAGE_LIMIT) faults.push(tooLong(`${path}.message`, MESSAGE_LIMIT))
  return faults
}
