import { type FieldError, invalid, required, tooLong } from '../../base/field-error.ts'
import { byteLength, isDnsSubdomain } from './names.ts'

/** Longest name of a CSI driver where an object names one, in bytes. */
const LIMIT = 63

/** Faults of the name of a CSI driver, which may have capitals. */
export function validateDriverName(driver: string, path: string): FieldError[] {
  if (!driver) return [required(path)]
  const long = byteLength(driver) > LIMIT ? [tooLong(path, LIMIT)] : []
  return [...long, ...isDnsSubdomain(driver.toLowerCase()).map(t => invalid(path, driver, t))]
}
