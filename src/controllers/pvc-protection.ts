import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { persistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import type { Frozen } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { applyFinalizer, type FinalizerPlan, planFinalizer } from './shared/finalizers.ts'
import { claimKeys, PODS_BY_CLAIM, usesClaim } from './shared/pod-claims.ts'
import type { FrozenPod } from './shared/pods.ts'
import type { PersistentVolumeClaim } from './shared/types.ts'

const FINALIZER = 'kubernetes.io/pvc-protection'

/** Whether a claim's finalizer must come or go, by the pods that name the claim. */
export function planClaimProtection(claim: Frozen<PersistentVolumeClaim>, pods: readonly FrozenPod[]): FinalizerPlan {
  return planFinalizer(claim, FINALIZER, () => pods.some(p => usesClaim(p, claim)))
}

/** Keeps a deleted claim until no pod uses it any more. */
export function pvcProtectionController(ctx: ControllerContext): Part {
  const claims = ctx.informers.of(persistentVolumeClaim)
  const pods = ctx.informers.of(podKind)
  pods.addIndex(PODS_BY_CLAIM, p => claimKeys(p as FrozenPod))
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const claim = claims.lister.get(key)
      if (!claim) return DONE
      const plan = planClaimProtection(claim, [...pods.lister.byIndex(PODS_BY_CLAIM, key)])
      await applyFinalizer(ctx.client, persistentVolumeClaim, claim, FINALIZER, plan)
      return DONE
    },
  }
  return controller(ctx, {
    name: 'pvc-protection',
    reconciler,
    sources: [
      source(claims),
      source(pods, ({ object, previous }) => [
        ...claimKeys(object),
        ...(previous && previous.metadata.uid !== object.metadata.uid ? claimKeys(previous) : []),
      ]),
    ],
  })
}
