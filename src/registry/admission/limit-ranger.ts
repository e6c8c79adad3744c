import { forbiddenError } from '../../base/errors.ts'
import { compareQuantities, formatQuantity, type Quantity, scaledValue } from '../../base/quantity.ts'
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
} from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { World } from '../world.ts'
import { type AdmissionPlugin, type AdmissionRequest, resourceOf } from './plugin.ts'
import { type Amounts, amountsOf, containerAmounts, podAmounts } from './pod-amounts.ts'

const ANNOTATION = 'kubernetes.io/limit-ranger'

/** Gives containers the defaults of the namespace's limit ranges, and refuses what they do not allow. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  admit(request, world) {
    if (request.kind.storage !== 'core/pods' || request.operation !== 'CREATE' || request.subresource) return
    const pod = request.object as KubeObject & Pod
    const set: string[] = []
    for (const range of rangesOf(request, world)) set.push(...fillDefaults(pod.spec as PodSpec, range))
    if (set.length)
      pod.metadata.annotations = {
        ...pod.metadata.annotations,
        [ANNOTATION]: `LimitRanger plugin set: ${set.join('; ')}`,
      }
  },
  validate(request, world) {
    if (!concerns(request)) return
    const faults = rangesOf(request, world).flatMap(range => range.flatMap(item => faultsOf(request, item)))
    if (faults.length === 0) return
    const text = faults.length === 1 ? (faults[0] as string) : `[${faults.join(', ')}]`
    throw forbiddenError(resourceOf(request), request.name, text)
  },
}

function concerns({ kind, operation, subresource, object }: AdmissionRequest): boolean {
  if (!object) return false
  if (kind.storage === 'core/pods')
    return subresource === '' ? operation === 'CREATE' : subresource === 'resize' && operation === 'UPDATE'
  return kind.storage === 'core/persistentvolumeclaims' && subresource === ''
}

function rangesOf(request: AdmissionRequest, world: World): (readonly Frozen<LimitRangeItem>[])[] {
  return world.list<KubeObject & LimitRange>('core/limitranges', request.namespace).map(r => r.spec?.limits ?? [])
}

/** Sets missing requests and limits; the texts say what was set. */
function fillDefaults(spec: PodSpec, range: readonly Frozen<LimitRangeItem>[]): string[] {
  const requests: Record<string, string> = {}
  const limits: Record<string, string> = {}
  for (const item of range) {
    if (item.type !== 'Container') continue
    Object.assign(requests, item.defaultRequest)
    Object.assign(limits, item.default)
  }
  return [
    ...(spec.containers ?? []).flatMap(c => fillContainer(c, 'container', requests, limits)),
    ...(spec.initContainers ?? []).flatMap(c => fillContainer(c, 'init container', requests, limits)),
  ]
}

function fillContainer(
  container: Container,
  what: string,
  requests: Record<string, string>,
  limits: Record<string, string>,
): string[] {
  const resources = (container.resources ??= {})
  const texts: string[] = []
  for (const [which, defaults, word] of [
    ['requests', requests, 'request'],
    ['limits', limits, 'limit'],
  ] as const) {
    const given = (resources[which] ?? {}) as Record<string, string>
    const missing = Object.keys(defaults).filter(name => !Object.hasOwn(given, name))
    if (missing.length === 0) continue
    resources[which] = { ...given, ...Object.fromEntries(missing.map(name => [name, defaults[name] as string])) }
    texts.push(`${missing.sort().join(', ')} ${word} for ${what} ${container.name}`)
  }
  return texts
}

function faultsOf(request: AdmissionRequest, item: Frozen<LimitRangeItem>): string[] {
  if (request.kind.storage !== 'core/pods') {
    if (item.type !== 'PersistentVolumeClaim') return []
    const { spec } = request.object as KubeObject & PersistentVolumeClaim
    return claimFaults(item, amountsOf(spec?.resources?.requests))
  }
  const spec = (request.object as KubeObject & Pod).spec as PodSpec
  if (item.type === 'Pod') return boundFaults(item, podAmounts(spec, 'requests'), podAmounts(spec, 'limits'))
  if (item.type !== 'Container') return []
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(c =>
    boundFaults(item, containerAmounts(c, 'requests'), containerAmounts(c, 'limits')),
  )
}

const above = (a: Quantity, b: Quantity): boolean => compareQuantities(a, b) > 0

function boundFaults(item: Frozen<LimitRangeItem>, requests: Amounts, limits: Amounts): string[] {
  return [
    ...each(item.min, (name, bound) =>
      minFault(
        `minimum ${name} usage per ${item.type} is ${formatQuantity(bound)}`,
        bound,
        requests[name],
        limits[name],
      ),
    ),
    ...each(item.max, (name, bound) =>
      maxFault(
        `maximum ${name} usage per ${item.type} is ${formatQuantity(bound)}`,
        bound,
        requests[name],
        limits[name],
      ),
    ),
    ...each(item.maxLimitRequestRatio, (name, bound) =>
      ratioFault(
        `${name} max limit to request ratio per ${item.type} is ${formatQuantity(bound)}`,
        bound,
        requests[name],
        limits[name],
      ),
    ),
  ]
}

function each(list: unknown, fault: (name: string, bound: Quantity) => string | undefined): string[] {
  return Object.entries(amountsOf(list)).flatMap(([name, bound]) => fault(name, bound) ?? [])
}

function minFault(head: string, bound: Quantity, request?: Quantity, limit?: Quantity): string | undefined {
  if (!request) return `${head}.  No request is specified`
  if (above(bound, request)) return `${head}, but request is ${formatQuantity(request)}`
  if (limit && above(bound, limit)) return `${head}, but limit is ${formatQuantity(limit)}`
  return undefined
}

function maxFault(head: string, bound: Quantity, request?: Quantity, limit?: Quantity): string | undefined {
  if (!limit) return `${head}.  No limit is specified`
  if (above(limit, bound)) return `${head}, but limit is ${formatQuantity(limit)}`
  if (request && above(request, bound)) return `${head}, but request is ${formatQuantity(request)}`
  return undefined
}

function ratioFault(head: string, bound: Quantity, request?: Quantity, limit?: Quantity): string | undefined {
  const [asked, allowed] = [request ? scaledValue(request, -3) : 0, limit ? scaledValue(limit, -3) : 0]
  if (!asked) return `${head}, but no request is specified or request is 0`
  if (!allowed) return `${head}, but no limit is specified or limit is 0`
  const ratio = allowed / asked
  return ratio * 1000 > scaledValue(bound, -3) ? `${head}, but provided ratio is ${ratio.toFixed(6)}` : undefined
}

function claimFaults(item: Frozen<LimitRangeItem>, requests: Amounts): string[] {
  return [
    ...each(item.min, (name, bound) =>
      minFault(`minimum ${name} usage per ${item.type} is ${formatQuantity(bound)}`, bound, requests[name]),
    ),
    ...each(item.max, (name, bound) => {
      const head = `maximum ${name} usage per ${item.type} is ${formatQuantity(bound)}`
      const request = requests[name]
      if (!request) return `${head}.  No request is specified`
      return above(request, bound) ? `${head}, but request is ${formatQuantity(request)}` : undefined
    }),
  ]
}
