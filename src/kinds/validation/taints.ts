import { type FieldError, invalid, notSupported, required, showValue } from '../../base/field-error.ts'
import type { Taint } from '../generated/types.ts'
import { validateLabelKey } from './labels.ts'
import { isLabelValue } from './names.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Faults of a node's taints: one of each key and effect. */
export function validateTaints(taints: readonly Taint[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>()
  return (taints ?? []).flatMap((t, i) => {
    const at = `${path}[${i}]`
    const faults = validateLabelKey(t.key ?? '', `${at}.key`)
    const value = isLabelValue(t.value ?? '')
    if (value.length) faults.push(invalid(`${at}.value`, t.value, value.join(';')))
    if (!t.effect) faults.push(required(`${at}.effect`))
    else if (!EFFECTS.includes(t.effect)) faults.push(notSupported(`${at}.effect`, t.effect, EFFECTS))
    const key = `${t.effect}/${t.key}`
    if (seen.has(key))
      faults.push({
        reason: 'FieldValueDuplicate',
        field: at,
        message: `Duplicate value: ${showValue(t)}: taints must be unique by key and effect pair`,
      })
    seen.add(key)
    return faults
  })
}
