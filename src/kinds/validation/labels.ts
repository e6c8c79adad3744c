import { type FieldError, forbidden, invalid, required } from '../../base/field-error.ts'
import type { LabelSelector, LabelSelectorRequirement } from '../generated/types.ts'
import { isLabelValue, isQualifiedName } from './names.ts'

/** Faults of label keys and values; all are reported at `path` itself. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  if (!labels) return []
  const faults: FieldError[] = []
  for (const [key, value] of Object.entries(labels)) {
    for (const text of isQualifiedName(key)) faults.push(invalid(path, key, text))
    for (const text of isLabelValue(value)) faults.push(invalid(path, value, text))
  }
  return faults
}

export function validateLabelKey(key: string, path: string): FieldError[] {
  return isQualifiedName(key).map(text => invalid(path, key, text))
}

/** Faults of a selector; a missing one has none. `allowInvalidValues`: old objects may keep bad values in lists. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
  options: { checkValues?: boolean } = {},
): FieldError[] {
  if (!selector) return []
  return [
    ...validateLabels(selector.matchLabels, `${path}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((e, i) =>
      validateRequirement(e, `${path}.matchExpressions[${i}]`, options.checkValues ?? true),
    ),
  ]
}

function validateRequirement(e: LabelSelectorRequirement, path: string, checkValues: boolean): FieldError[] {
  const values = e.values ?? []
  const faults: FieldError[] = []
  switch (e.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        faults.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        faults.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      break
    default:
      faults.push(invalid(`${path}.operator`, e.operator ?? '', 'not a valid selector operator'))
  }
  faults.push(...validateLabelKey(e.key ?? '', `${path}.key`))
  if (checkValues)
    values.forEach((v, i) => {
      for (const text of isLabelValue(v)) faults.push(invalid(`${path}.values[${i}]`, v, text))
    })
  return faults
}

/** True where the selector selects everything. */
export function isEmptySelector(selector: LabelSelector): boolean {
  return !selector.matchExpressions?.length && Object.keys(selector.matchLabels ?? {}).length === 0
}
