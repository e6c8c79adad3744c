import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { persistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts'
import { persistentVolume } from '../kinds/core/persistent-volume.ts'
import type { VolumeAttributesClass } from '../kinds/generated/types.ts'
import type { Frozen, ObjectOf } from '../kinds/object.ts'
import { volumeAttributesClass } from '../kinds/storage/volume-attributes-class.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { applyFinalizer, type FinalizerPlan, planFinalizer } from './shared/finalizers.ts'
import type { PersistentVolume, PersistentVolumeClaim } from './shared/types.ts'

const FINALIZER = 'kubernetes.io/vac-protection'

/** The classes that a claim has, wants or is on the way to. */
export function classesOfClaim({ spec, status }: Frozen<PersistentVolumeClaim>): string[] {
  return [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name): name is string => !!name)
}

const classesOfVolume = ({ spec }: Frozen<PersistentVolume>): string[] =>
  spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : []

/** Whether a class's finalizer must come or go, by whether a volume or claim names it. */
export function planClassProtection(
  object: Frozen<ObjectOf<VolumeAttributesClass>>,
  used: () => boolean,
): FinalizerPlan {
  return planFinalizer(object, FINALIZER, used)
}

/** Keeps a deleted class of volume attributes while a volume or claim names it. */
export function vacProtectionController(ctx: ControllerContext): Part {
  const classes = ctx.informers.of(volumeAttributesClass)
  const claims = ctx.informers.of(persistentVolumeClaim)
  const volumes = ctx.informers.of(persistentVolume)
  const isUsed = (name: string): boolean =>
    [...volumes.lister.all()].some(v => classesOfVolume(v).includes(name)) ||
    [...claims.lister.all()].some(c => classesOfClaim(c).includes(name))
  const reconciler: Reconciler = {
    async reconcile(name): Promise<Outcome> {
      const object = classes.lister.get(name)
      if (!object) return DONE
      const plan = planClassProtection(object, () => isUsed(name))
      await applyFinalizer(ctx.client, volumeAttributesClass, object, FINALIZER, plan)
      return DONE
    },
  }
  return controller(ctx, {
    name: 'vac-protection',
    reconciler,
    sources: [
      source(classes),
      source(claims, ({ object, previous }) => [
        ...classesOfClaim(object),
        ...(previous ? classesOfClaim(previous) : []),
      ]),
      source(volumes, ({ object, previous }) => [
        ...classesOfVolume(object),
        ...(previous ? classesOfVolume(previous) : []),
      ]),
    ],
  })
}
