import type { Part } from '../base/part.ts'
import { isNotFound } from '../base/errors.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, requeueAfter, source } from '../client/controller.ts'
import { secret as secretKind } from '../kinds/core/secret.ts'
import type { Frozen } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import { planTokenEnd } from './shared/bootstrap-tokens.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import type { Secret } from './shared/types.ts'

const TYPE = 'bootstrap.kubernetes.io/token'
const NAMESPACE = 'kube-system'
/** Timers do not reach further: come again then. */
const LONGEST_MS = 2 ** 31 - 1

const isToken = (s: Frozen<Secret>): boolean => s.type === TYPE && s.metadata.namespace === NAMESPACE

/** Removes bootstrap tokens when their time is over. */
export function tokenCleanerController(ctx: ControllerContext): Part {
  const secrets = ctx.informers.of(secretKind)
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const secret = secrets.lister.get(key) as Frozen<Secret> | undefined
      const left = secret && isToken(secret) ? planTokenEnd(secret, ctx.clock.now()) : undefined
      if (!secret || left === undefined) return DONE
      if (left > 0) return requeueAfter(Math.min(left, LONGEST_MS))
      const { name = '', uid = '' } = secret.metadata
      await ctx.client.delete(secretKind, NAMESPACE, name, { preconditions: { uid } }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
      return DONE
    },
  }
  return controller(ctx, {
    name: 'token-cleaner',
    reconciler,
    workers: 1,
    sources: [source(secrets, ({ object }) => (isToken(object as Frozen<Secret>) ? [objectKey(object)] : []))],
  })
}
