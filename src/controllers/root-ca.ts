import { isAlreadyExists } from '../base/errors.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { configMap } from '../kinds/core/config-map.ts'
import { namespace as namespaceKind } from '../kinds/core/namespace.ts'
import type { Frozen } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { sameObject } from './shared/equal.ts'
import { isNamespaceTerminating } from './shared/pod-control.ts'
import type { ConfigMap } from './shared/types.ts'

const NAME = 'kube-root-ca.crt'
const DESCRIPTION = 'kubernetes.io/description'
const TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the ' +
  'internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes ' +
  'clusters.'

/** The namespace's ConfigMap as it must be; undefined where it is so already. */
export function planRootCa(
  namespace: string,
  known: Frozen<ConfigMap> | undefined,
  rootCa: string,
): Frozen<ConfigMap> | undefined {
  const data = { 'ca.crt': rootCa }
  const annotations = { ...known?.metadata.annotations, [DESCRIPTION]: TEXT }
  if (known && sameObject(known.data, data) && known.metadata.annotations?.[DESCRIPTION]) return undefined
  const metadata = known ? { ...known.metadata, annotations } : { name: NAME, namespace, annotations }
  return { ...known, apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
}

/** Puts the cluster's CA into each namespace as `kube-root-ca.crt`, where pods look for it. */
export function rootCaController(ctx: ControllerContext): Part {
  const namespaces = ctx.informers.of(namespaceKind)
  const maps = ctx.informers.of(configMap)
  const reconciler: Reconciler = {
    async reconcile(namespace): Promise<Outcome> {
      if (namespaces.lister.get(namespace)?.status?.phase !== 'Active') return DONE
      const known = maps.lister.get(`${namespace}/${NAME}`)
      const wanted = planRootCa(namespace, known, ctx.config.rootCa)
      if (!wanted) return DONE
      if (known) await ctx.client.update(configMap, wanted)
      else
        await ctx.client.create(configMap, wanted).catch((error: unknown) => {
          if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
        })
      return DONE
    },
  }
  return controller(ctx, {
    name: 'root-ca',
    reconciler,
    sources: [
      source(namespaces),
      source(maps, c => (c.object.metadata.name === NAME ? [c.object.metadata.namespace ?? ''] : [])),
    ],
  })
}
