import { invalid } from '../../../base/field-error.ts'
import type { Faults } from './faults.ts'

/** A path below the volume or mount: relative, and not upwards. */
export function checkDescendingPath(target: string, path: string, out: Faults): void {
  if (target.startsWith('/')) out.push(invalid(path, target, 'must be a relative path'))
  checkNoBacksteps(target, path, out)
}

/** No `..` among the parts. */
export function checkNoBacksteps(target: string, path: string, out: Faults): void {
  if (hasBacksteps(target)) out.push(invalid(path, target, "must not contain '..'"))
}

export const hasBacksteps = (target: string): boolean => target.split('/').includes('..')

/** A file name in a volume: names such as `..data` belong to the atomic writer. */
export function checkUnreservedPath(target: string, path: string, out: Faults): void {
  checkDescendingPath(target, path, out)
  if (target.startsWith('..') && !target.startsWith('../')) {
    out.push(invalid(path, target, "must not start with '..'"))
  }
}
