import { type FieldError, forbidden, invalid, notSupported, required } from '../../base/field-error.ts'
import { labelKeyFaults } from '../../base/label-syntax.ts'

interface Requirement {
  readonly key?: string
  readonly operator?: string
  readonly values?: readonly string[]
}

interface Selector {
  readonly rawSelector?: string
  readonly requirements?: readonly Requirement[]
}

/** The selectors that a review may ask about. */
export interface SelectorAttributes {
  readonly fieldSelector?: Selector
  readonly labelSelector?: Selector
}

/** The field selector that a review asks about, as a list would send it: of requirements those for one value. */
export function fieldSelectorText({ fieldSelector }: SelectorAttributes): string | undefined {
  if (!fieldSelector) return undefined
  if (fieldSelector.rawSelector) return fieldSelector.rawSelector
  return (fieldSelector.requirements ?? [])
    .filter(r => r.operator === 'In' && r.values?.length === 1)
    .map(r => `${r.key}=${r.values?.[0]}`)
    .join(',')
}

export function selectorErrors(attributes: SelectorAttributes, path: string): FieldError[] {
  const errors: FieldError[] = []
  for (const name of ['fieldSelector', 'labelSelector'] as const) {
    const selector = attributes[name]
    if (!selector) continue
    const at = `${path}.${name}`
    if (selector.rawSelector && selector.requirements?.length)
      errors.push(
        invalid(`${at}.rawSelector`, selector.rawSelector, 'may not specified at the same time as requirements'),
      )
    if (!selector.rawSelector && !selector.requirements?.length)
      errors.push(required(`${at}.requirements`, `when ${at} is specified, requirements or rawSelector is required`))
    selector.requirements?.forEach((r, i) =>
      errors.push(...requirementErrors(r, `${at}.requirements[${i}]`, name === 'labelSelector')),
    )
  }
  return errors
}

function requirementErrors(r: Requirement, at: string, label: boolean): FieldError[] {
  const errors: FieldError[] = []
  const values = r.values ?? []
  if (!label && !r.key) errors.push(required(`${at}.key`, 'must be specified'))
  switch (r.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      break
    default:
      errors.push(
        label
          ? invalid(`${at}.operator`, r.operator ?? '', 'not a valid selector operator')
          : notSupported(`${at}.operator`, r.operator ?? '', ['DoesNotExist', 'Exists', 'In', 'NotIn']),
      )
  }
  if (label) for (const fault of labelKeyFaults(r.key ?? '')) errors.push(invalid(`${at}.key`, r.key ?? '', fault))
  return errors
}
