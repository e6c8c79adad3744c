import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { persistentVolume } from '../kinds/core/persistent-volume.ts'
import type { Frozen } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { applyFinalizer, type FinalizerPlan, planFinalizer } from './shared/finalizers.ts'
import type { PersistentVolume } from './shared/types.ts'

const FINALIZER = 'kubernetes.io/pv-protection'

/** Whether a volume's finalizer must come or go: it goes when a deleted volume is not bound. */
export function planVolumeProtection(volume: Frozen<PersistentVolume>): FinalizerPlan {
  return planFinalizer(volume, FINALIZER, () => volume.status?.phase === 'Bound')
}

/** Keeps a deleted volume while it is bound to a claim. */
export function pvProtectionController(ctx: ControllerContext): Part {
  const volumes = ctx.informers.of(persistentVolume)
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const volume = volumes.lister.get(key)
      if (volume) await applyFinalizer(ctx.client, persistentVolume, volume, FINALIZER, planVolumeProtection(volume))
      return DONE
    },
  }
  return controller(ctx, { name: 'pv-protection', reconciler, sources: [source(volumes)] })
}
