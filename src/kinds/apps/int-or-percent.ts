import { invalid } from '../../base/field-error.ts'
import type { Faults } from '../core/pod/faults.ts'
import { isPercent } from '../validation/names.ts'

/** A count, or a share such as `25%`. Neither is negative. */
export function checkIntOrPercent(value: number | string, path: string, out: Faults): void {
  if (typeof value === 'string') {
    for (const text of isPercent(value)) out.push(invalid(path, value, text))
  } else if (value < 0) {
    out.push(invalid(path, value, 'must be greater than or equal to 0'))
  }
}

/** The number in it, of percents or things; 0 for other texts. */
export function amountOf(value: number | string): number {
  return typeof value === 'string' ? Number(/^([-+]?[0-9]+)%?$/.exec(value)?.[1] ?? 0) : value
}

/** Shares end at the whole. */
export function checkNotAbove100Percent(value: number | string, path: string, out: Faults): void {
  if (typeof value === 'string' && isPercent(value).length === 0 && amountOf(value) > 100) {
    out.push(invalid(path, value, 'must not be greater than 100%'))
  }
}
