import { isAlreadyExists } from '../base/errors.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { namespace as namespaceKind } from '../kinds/core/namespace.ts'
import { serviceAccount } from '../kinds/core/service-account.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { isNamespaceTerminating } from './shared/pod-control.ts'

const NAME = 'default'

/** Gives each namespace its `default` service account. */
export function serviceAccountController(ctx: ControllerContext): Part {
  const namespaces = ctx.informers.of(namespaceKind)
  const accounts = ctx.informers.of(serviceAccount)
  const reconciler: Reconciler = {
    async reconcile(namespace): Promise<Outcome> {
      if (namespaces.lister.get(namespace)?.status?.phase !== 'Active') return DONE
      if (accounts.lister.get(`${namespace}/${NAME}`)) return DONE
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace } }
      await ctx.client.create(serviceAccount, account).catch((error: unknown) => {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
      })
      return DONE
    },
  }
  return controller(ctx, {
    name: 'serviceaccount',
    reconciler,
    sources: [
      source(namespaces),
      source(accounts, c =>
        c.type === 'deleted' && c.object.metadata.name === NAME ? [c.object.metadata.namespace ?? ''] : [],
      ),
    ],
  })
}
