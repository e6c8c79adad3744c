import { type FieldError, invalid, notSupported } from '../../base/field-error.ts'
import { parseQuantity, scaledValue } from '../../base/quantity.ts'
import type { PersistentVolumeClaimStatus } from '../generated/types.ts'
import { isQualifiedName } from '../validation/names.ts'

const RESIZE_STATES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
]

/** Faults of what a controller writes about a claim: amounts that are none, and resources other than storage. */
export function validateClaimStatus(status: PersistentVolumeClaimStatus): FieldError[] {
  const faults = amounts(status.capacity, 'status.capacity')
  for (const [resource, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    const path = 'status.allocatedResourceStatuses'
    faults.push(...resourceFaults(resource, path))
    // Kubernetes names the resource where it means the state.
    if (!RESIZE_STATES.includes(state)) faults.push(notSupported(path, resource, RESIZE_STATES))
  }
  for (const [resource, amount] of Object.entries(status.allocatedResources ?? {})) {
    const named = resourceFaults(resource, 'status.allocatedResources')
    faults.push(...(named.length ? named : amounts({ [resource]: amount }, 'status.allocatedResources')))
  }
  return faults
}

function amounts(list: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([resource, amount]) => {
    const value = scaledValue(parseQuantity(amount))
    return value < 0 ? [invalid(`${path}[${resource}]`, value, 'must be a valid resource quantity')] : []
  })
}

/** Storage, or a resource with a prefix of its own. */
function resourceFaults(resource: string, path: string): FieldError[] {
  const faults = isQualifiedName(resource).map(t => invalid(path, resource, t))
  if (faults.length || resource === 'storage' || resource.includes('/')) return faults
  return [notSupported(path, resource, ['storage'])]
}
