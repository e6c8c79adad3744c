import { type FieldError, invalid } from '../../base/field-error.ts'
import { isPortName, isPortNumber } from './names.ts'

export const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP']

/** Faults of a port that is a number, or the name of a container's port. */
export function validatePortNumberOrName(port: number | string, path: string): FieldError[] {
  const texts = typeof port === 'number' ? isPortNumber(port) : isPortName(port)
  return texts.map(text => invalid(path, port, text))
}
