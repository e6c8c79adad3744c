import { type FieldError, forbidden, invalid, notSupported, required } from '../../../base/field-error.ts'
import { wasGivenEmpty } from '../../schema/decode.ts'
import { rangeError } from '../../validation/names.ts'

/** Where rules put what they find. */
export type Faults = FieldError[]

/** One `Invalid value` for each message. */
export function addInvalid(out: Faults, path: string, value: unknown, messages: readonly string[]): void {
  for (const message of messages) out.push(invalid(path, value, message))
}

/** Required where empty, otherwise one of a fixed list. */
export function checkChoice(value: string | undefined, supported: readonly string[], path: string, out: Faults): void {
  if (!value) out.push(required(path))
  else if (!supported.includes(value)) out.push(notSupported(path, value, supported))
}

/** One of a fixed list; absent is fine, empty is not. */
export function checkOptionalChoice(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  out: Faults,
): void {
  if (value !== undefined && !supported.includes(value)) out.push(notSupported(path, value, supported))
}

export function checkNonNegative(value: number | undefined, path: string, out: Faults): void {
  if (value !== undefined && value < 0) out.push(invalid(path, value, 'must be greater than or equal to 0'))
}

export function checkPositive(value: number | undefined, path: string, out: Faults): void {
  if ((value ?? 0) <= 0) out.push(invalid(path, value ?? 0, 'must be greater than zero'))
}

export function checkRange(value: number, low: number, high: number, path: string, out: Faults): void {
  if (value < low || value > high) out.push(invalid(path, value, rangeError(low, high)))
}

/** User and group IDs. */
export function checkId(value: number | undefined, path: string, out: Faults): void {
  if (value !== undefined) checkRange(value, 0, 2147483647, path, out)
}

/** File modes of volumes. */
export function checkMode(mode: number | undefined, path: string, out: Faults): void {
  if (mode !== undefined && (mode > 0o777 || mode < 0)) {
    out.push(invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive'))
  }
}

/** Forbids every named field that is set: also to an empty list, or to an empty value where Go has a pointer. */
export function forbidSet(object: object, fields: readonly string[], text: string, path: string, out: Faults): void {
  for (const field of fields) {
    const value = (object as Record<string, unknown>)[field]
    // Decoding has left out what is empty and no pointer. Go's name of `uid` shows in the path.
    const set = (value !== undefined && value !== null && !isZeroStruct(field, value)) || wasGivenEmpty(object, field)
    if (set) out.push(forbidden(`${path}.${field === 'uid' ? 'uID' : field}`, text))
  }
}

/** Resources are no pointer: nothing in them means that they are not set. */
const isZeroStruct = (field: string, value: unknown): boolean =>
  field === 'resources' && Object.keys(value as object).length === 0 && !wasGivenEmpty(value as object)
