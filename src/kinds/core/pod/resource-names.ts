import { invalid, notSupported } from '../../../base/field-error.ts'
import { parseQuantity, scaledValue, type Quantity, signOf, MILLI } from '../../../base/quantity.ts'
import { isQualifiedName } from '../../validation/names.ts'
import { addInvalid, type Faults } from './faults.ts'

const HUGE_PAGES_PREFIX = 'hugepages-'
const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage'])
const POD_RESOURCES = new Set(['cpu', 'memory'])
/** Resources that come in whole numbers: so many objects. */
export const COUNTED_RESOURCES: ReadonlySet<string> = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])
const STANDARD_RESOURCES = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  ...COUNTED_RESOURCES,
  'requests.storage',
  'storage',
])

export const isHugePages = (name: string): boolean => name.startsWith(HUGE_PAGES_PREFIX)

/** Unprefixed, or in a kubernetes.io domain. */
export const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')

/** Device plugins' resources such as `example.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false
  return isQualifiedName(`requests.${name}`).length === 0
}

/** Requests may be lower than limits. */
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name)

/** Resources for the pod as a whole. */
export const isPodLevelResource = (name: string): boolean => POD_RESOURCES.has(name) || isHugePages(name)

/** True where the name was good enough to go on. */
export function checkResourceName(name: string, path: string, out: Faults): boolean {
  const before = out.length
  addInvalid(out, path, name, isQualifiedName(name))
  if (out.length > before) return false
  const standard = STANDARD_RESOURCES.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-')
  if (name.includes('/') || standard) return true
  out.push(invalid(path, name, 'must be a standard resource type or fully qualified'))
  return false
}

/** A resource that a container can ask for. */
export function checkContainerResourceName(name: string, path: string, out: Faults): void {
  checkResourceName(name, path, out)
  if (!name.includes('/')) {
    if (!CONTAINER_RESOURCES.has(name) && !isHugePages(name)) {
      out.push(invalid(path, name, 'must be a standard resource for containers'))
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    out.push(invalid(path, name, "doesn't follow extended resource name standard"))
  }
}

/** A resource that can be given to the pod as a whole. */
export function checkPodResourceName(name: string, path: string, out: Faults): void {
  if (!checkResourceName(name, path, out)) return
  if (!isPodLevelResource(name)) out.push(notSupported(path, name, ['cpu', HUGE_PAGES_PREFIX, 'memory']))
}

/** Amounts are not negative; things that are counted come whole. */
export function checkResourceAmount(name: string, amount: Quantity, text: string, path: string, out: Faults): void {
  if (signOf(amount) < 0) out.push(invalid(path, text, 'must be greater than or equal to 0'))
  if ((COUNTED_RESOURCES.has(name) || isExtendedResource(name)) && scaledValue(amount, MILLI) % 1000 !== 0) {
    out.push(invalid(path, text, 'must be an integer'))
  }
}

/** Whether an amount of `hugepages-2Mi` is a multiple of the page. */
export function isWholePages(name: string, amount: Quantity): boolean {
  let page: Quantity
  try {
    page = parseQuantity(name.slice(HUGE_PAGES_PREFIX.length))
  } catch {
    return false
  }
  if (signOf(page) <= 0 || scaledValue(page, MILLI) % 1000 !== 0) return false
  return scaledValue(amount) % scaledValue(page) === 0
}
