import { forbiddenError } from '../../base/errors.ts'
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  type Quantity,
  signOf,
  subtractQuantities,
} from '../../base/quantity.ts'
import type { Pod, PodSpec, ResourceQuota } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { World } from '../world.ts'
import { type AdmissionPlugin, type AdmissionRequest, type Reservation, resourceOf } from './plugin.ts'
import { type Amounts, amountsOf, NONE } from './pod-amounts.ts'
import { inScopes, missingAmounts, usageOf } from './quota-usage.ts'

type Quota = Frozen<KubeObject & ResourceQuota>

/** What a request is about to use, until its object is stored and counts by itself. */
interface Charge {
  readonly namespace: string
  readonly storage: string
  readonly object: Frozen<KubeObject>
  readonly old: Frozen<KubeObject> | undefined
}

/** Storages whose objects may be counted by a bound of this name. */
const STORAGE_OF_BOUND: readonly (readonly [RegExp, string])[] = [
  [/^(pods|cpu|memory|ephemeral-storage|hugepages-.*)$/, 'core/pods'],
  [/^services(\.|$)/, 'core/services'],
  [/^(persistentvolumeclaims|requests\.storage)$|\.storageclass\.storage\.k8s\.io\//, 'core/persistentvolumeclaims'],
  [/^(configmaps|secrets|replicationcontrollers|resourcequotas)$/, 'core/$1'],
  [/^(requests|limits)\./, 'core/pods'],
]

/**
 * Refuses what would exceed a quota of the namespace. What is used is counted from the objects themselves, and from
 * requests that have passed here and are not stored yet, so that two of them cannot share one place.
 */
export function resourceQuota(): AdmissionPlugin {
  const charges = new Set<Charge>()
  return {
    name: 'ResourceQuota',
    validate(request, world): Reservation | undefined {
      if (!request.object || !request.kind.namespaced || request.subresource) return undefined
      if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return undefined
      const quotas = world.list<KubeObject & ResourceQuota>('core/resourcequotas', request.namespace)
      if (quotas.length === 0) return undefined
      const object = request.object as Frozen<KubeObject>
      const charge = { namespace: request.namespace, storage: request.kind.storage, object, old: request.old }
      for (const quota of quotas) check(request, quota, charge, { world, charges })
      if (request.dryRun) return undefined
      charges.add(charge)
      const done = (): void => void charges.delete(charge)
      return { commit: done, cancel: done }
    },
  }
}

function check(
  request: AdmissionRequest,
  quota: Quota,
  charge: Charge,
  state: { world: World; charges: ReadonlySet<Charge> },
): void {
  const { storage, object, old } = charge
  const spec = quota.spec
  if (!spec?.hard || !inScopes(spec, storage, object)) return
  const hard = amountsOf(spec.hard)
  const forbid = (cause: string): Error => forbiddenError(resourceOf(request), request.name, cause)
  const name = quota.metadata.name ?? ''
  if (storage === 'core/pods' && request.operation === 'CREATE') {
    const missing = missingAmounts(Object.keys(hard), (object as Frozen<KubeObject & Pod>).spec as Frozen<PodSpec>)
    if (missing) throw forbid(`failed quota: ${name}: must specify ${missing}`)
  }
  const before = old && inScopes(spec, storage, old) ? usageOf(storage, old) : {}
  const delta = growth(hard, usageOf(storage, object), before)
  if (Object.keys(delta).length === 0) return
  const exceeded = Object.keys(delta)
    .sort()
    .map(bound => ({ bound, used: usedOf(bound, quota, charge, state), limit: hard[bound] as Quantity }))
    .filter(e => compareQuantities(addQuantities(e.used, delta[e.bound] as Quantity), e.limit) > 0)
  if (exceeded.length === 0) return
  const list = (value: (e: (typeof exceeded)[number]) => Quantity): string =>
    exceeded.map(e => `${e.bound}=${formatQuantity(value(e))}`).join(',')
  throw forbid(
    `exceeded quota: ${name}, requested: ${list(e => delta[e.bound] as Quantity)}, used: ${list(e => e.used)}, limited: ${list(e => e.limit)}`,
  )
}

/** What the request adds to each bound of the quota. Using less is always allowed. */
function growth(hard: Amounts, after: Amounts, before: Amounts): Amounts {
  const out: Record<string, Quantity> = {}
  for (const bound of Object.keys(hard)) {
    const added = after[bound]
    if (!added) continue
    const more = before[bound] ? subtractQuantities(added, before[bound]) : added
    if (signOf(more) > 0) out[bound] = more
  }
  return out
}

function usedOf(
  bound: string,
  quota: Quota,
  charge: Charge,
  state: { world: World; charges: ReadonlySet<Charge> },
): Quantity {
  const storage = storageOf(bound, charge.storage)
  const spec = quota.spec as Frozen<NonNullable<ResourceQuota['spec']>>
  let used = NONE
  const count = (object: Frozen<KubeObject>): void => {
    const own = inScopes(spec, storage, object) ? usageOf(storage, object)[bound] : undefined
    if (own) used = addQuantities(used, own)
  }
  for (const object of state.world.list<KubeObject>(storage, charge.namespace)) count(object)
  for (const other of state.charges)
    if (other.storage === storage && other.namespace === charge.namespace && !isCounted(other, state.world))
      count(other.object)
  return used
}

/** True where the charge's object is stored by now, and so counts by itself. */
function isCounted({ namespace, storage, object, old }: Charge, world: World): boolean {
  if (old) return true
  return world.get(storage, namespace, object.metadata.name ?? '')?.metadata.uid === object.metadata.uid
}

function storageOf(bound: string, asked: string): string {
  if (bound.startsWith('count/')) return asked
  for (const [pattern, storage] of STORAGE_OF_BOUND) {
    const m = pattern.exec(bound)
    if (m) return storage.replace('$1', m[1] ?? '')
  }
  return asked
}
