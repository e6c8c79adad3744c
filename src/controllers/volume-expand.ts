import type { Part } from '../base/part.ts'
import { compareQuantityTexts } from '../base/quantity.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { persistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts'
import type { Frozen } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import type { PersistentVolumeClaim } from './shared/types.ts'

/** Whether a bound claim asks for more than it has. */
export function wantsExpansion({ spec, status }: Frozen<PersistentVolumeClaim>): boolean {
  const asked = spec?.resources?.requests?.['storage']
  const has = status?.capacity?.['storage']
  return status?.phase === 'Bound' && !!asked && !!has && compareQuantityTexts(asked, has) > 0
}

const asks = (claim: Frozen<PersistentVolumeClaim> | undefined): string | undefined =>
  claim?.spec?.resources?.requests?.['storage']

/** Says on a claim that grew that somebody outside has to make its volume larger: nothing inside can. */
export function volumeExpandController(ctx: ControllerContext): Part {
  const claims = ctx.informers.of(persistentVolumeClaim)
  const recorder = ctx.recorder('volume_expand')
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const claim = claims.lister.get(key) as Frozen<PersistentVolumeClaim> | undefined
      if (claim && wantsExpansion(claim))
        recorder.event(claim, 'Normal', 'ExternalExpanding', 'waiting for an external controller to expand this PVC')
      return DONE
    },
  }
  return controller(ctx, {
    name: 'volume-expand',
    reconciler,
    workers: 1,
    sources: [source(claims, ({ object, previous }) => (asks(previous) === asks(object) ? [] : [objectKey(object)]))],
  })
}
