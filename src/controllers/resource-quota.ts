import type { Part } from '../base/part.ts'
import {
  addQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  tryParseQuantity,
  ZERO,
} from '../base/quantity.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { resourceQuota } from '../kinds/core/resource-quota.ts'
import type { ResourceQuotaSpec, ResourceQuotaStatus } from '../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import { inScopes, usageOf } from '../registry/admission/quota-usage.ts'
import type { AnyChange } from './shared/all-kinds.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { sameObject } from './shared/equal.ts'
import type { ResourceQuota } from './shared/types.ts'

/** An object with the storage that says what it is: `core/pods`. */
export interface Counted {
  readonly storage: string
  readonly object: Frozen<KubeObject>
}

/**
 * The status of a quota: what it bounds and how much of that the objects of its namespace use. A bound on objects
 * of a kind that is not served counts none.
 */
export function planQuotaStatus(spec: Frozen<ResourceQuotaSpec>, objects: Iterable<Counted>): ResourceQuotaStatus {
  const bounds = Object.keys(spec.hard ?? {})
  const used = new Map<string, Quantity>(bounds.map(b => [b, ZERO]))
  for (const { storage, object } of objects) {
    if (!inScopes(spec, storage, object)) continue
    for (const [bound, amount] of Object.entries(usageOf(storage, object))) {
      const sum = used.get(bound)
      if (sum) used.set(bound, addQuantities(sum, amount))
    }
  }
  return {
    hard: { ...spec.hard } as Record<string, string>,
    used: Object.fromEntries([...used].map(([bound, amount]) => [bound, formatQuantity(amount)])),
  }
}

/** Equal amounts are equal however they are written. */
function sameAmounts(a: Frozen<Record<string, string>> | undefined, b: Record<string, string> | undefined): boolean {
  return sameObject(canonical(a), canonical(b))
}

function canonical(amounts: Frozen<Record<string, string>> | undefined): Record<string, string> {
  const text = (v: string): string => formatQuantity(tryParseQuantity(v) ?? parseQuantity('0'))
  return Object.fromEntries(Object.entries(amounts ?? {}).map(([name, v]) => [name, text(v)]))
}

/** Whether a change of an object may change what quotas count: pods only when they come, go, end or are resized. */
export function changesUsage({ kind, change }: AnyChange): boolean {
  if (change.type !== 'updated') return true
  const before = usageOf(kind.storage, change.previous)
  const after = usageOf(kind.storage, change.object)
  const text = (usage: ReturnType<typeof usageOf>): Record<string, string> =>
    Object.fromEntries(Object.entries(usage).map(([name, amount]) => [name, formatQuantity(amount)]))
  if (!sameObject(text(before), text(after))) return true
  return kind.storage === 'core/pods' && !sameObject(scopeFacts(change.previous), scopeFacts(change.object))
}

/** What of a pod moves it between scopes. */
function scopeFacts(pod: Frozen<KubeObject>): unknown {
  const { spec, status } = pod as Frozen<
    KubeObject & { spec?: Record<string, unknown>; status?: Record<string, unknown> }
  >
  return [spec?.['activeDeadlineSeconds'], spec?.['priorityClassName'], status?.['qosClass']]
}

/** Writes into each quota's status what its namespace uses, as soon as that changes. */
export function resourceQuotaController(ctx: ControllerContext): Part {
  const quotas = ctx.informers.of(resourceQuota)
  const objectsIn = function* (namespace: string): Generator<Counted> {
    for (const kind of ctx.allKinds.kinds()) {
      if (!kind.namespaced) continue
      const informer = ctx.allKinds.informer(kind)
      for (const object of informer?.lister.inNamespace(namespace) ?? []) yield { storage: kind.storage, object }
    }
  }
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const quota = quotas.lister.get(key) as Frozen<ResourceQuota> | undefined
      if (!quota || quota.metadata.deletionTimestamp) return DONE
      const status = planQuotaStatus(quota.spec ?? {}, objectsIn(quota.metadata.namespace ?? ''))
      if (sameAmounts(quota.status?.hard, status.hard) && sameAmounts(quota.status?.used, status.used)) return DONE
      await ctx.client.update(resourceQuota, { ...quota, status } as Frozen<ResourceQuota>, { subresource: 'status' })
      return DONE
    },
  }
  return controller(ctx, {
    name: 'resourcequota',
    reconciler,
    sources: [
      source(quotas),
      {
        informer: ctx.allKinds,
        attach: add =>
          ctx.allKinds.onChange(change => {
            const { namespace } = change.change.object.metadata
            if (!namespace) return
            const concerned = [...quotas.lister.inNamespace(namespace)]
            if (concerned.length && changesUsage(change)) for (const quota of concerned) add(objectKey(quota))
          }),
      },
      {
        // Objects of a kind that came late count only now.
        informer: ctx.allKinds,
        attach: add =>
          ctx.allKinds.onKinds(() => {
            for (const quota of quotas.lister.all()) add(objectKey(quota))
          }),
      },
    ],
  })
}
