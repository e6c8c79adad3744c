import { failure, forbiddenError, notFound } from '../../base/errors.ts'
import type { Namespace } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { type AdmissionPlugin, type AdmissionRequest, resourceOf } from './plugin.ts'
import type { World } from '../world.ts'

/** Namespaces that cannot be deleted. */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public'])

/** Nothing is created in a namespace that is missing or going, and some namespaces stay forever. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  admit(request, world) {
    if (request.kind.storage === 'core/namespaces') {
      if (request.operation === 'DELETE' && !request.subresource && IMMORTAL.has(request.name))
        throw forbiddenError(resourceOf(request), request.name, 'this namespace may not be deleted')
      return
    }
    if (!request.kind.namespaced || request.operation !== 'CREATE' || isAccessReview(request)) return
    checkNamespace(request, world)
  },
}

/** Reviews are answered, not stored. */
function isAccessReview(request: AdmissionRequest): boolean {
  return request.kind.group === 'authorization.k8s.io' && request.kind.plural === 'localsubjectaccessreviews'
}

function checkNamespace(request: AdmissionRequest, world: World): void {
  const { namespace } = request
  const found = world.get<KubeObject & Namespace>('core/namespaces', '', namespace)
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace)
  if (!isTerminating(found)) return
  const refusal = forbiddenError(
    resourceOf(request),
    request.name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  ).status
  throw failure({
    code: 403,
    reason: 'Forbidden',
    message: refusal.message ?? '',
    details: {
      ...refusal.details,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  })
}

function isTerminating(namespace: Frozen<KubeObject & Namespace>): boolean {
  return namespace.status?.phase === 'Terminating'
}
