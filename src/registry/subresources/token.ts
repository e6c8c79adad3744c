import { formatTime } from '../../base/clock.ts'
import { badRequest, conflict, invalidObject, notFound, serviceUnavailable } from '../../base/errors.ts'
import { type FieldError, invalid } from '../../base/field-error.ts'
import type {
  AuthenticationV1TokenRequest as TokenRequest,
  Node,
  Pod,
  ServiceAccount,
} from '../../kinds/generated/types.ts'
import type { AnyObject, Frozen, KubeObject, ObjectOf } from '../../kinds/object.ts'
import type { Body, ObjectTarget, RequestContext, WriteOptions, WriteResult } from '../api.ts'
import { readBody } from '../bodies.ts'
import type { RegistryDeps, TokenOrder } from '../deps.ts'
import { takeNamespace } from '../metadata.ts'
import type { World } from '../world.ts'
import type { Writes } from '../writes.ts'
import { answerWith } from './answers.ts'
import { TOKEN_REQUEST } from './body-kinds.ts'

const MIN_SECONDS = 600
const MAX_SECONDS = 2 ** 32
const REQUEST = { group: 'authentication.k8s.io', kind: 'TokenRequest' }

type Request = KubeObject & TokenRequest

/** Issues a token of a service account. */
export async function requestToken(
  deps: Pick<RegistryDeps, 'issueToken' | 'config' | 'defaultAudiences'> & { writes: Writes; world: World },
  request: { context: RequestContext; target: ObjectTarget; options: WriteOptions },
  body: Body,
): Promise<WriteResult> {
  const { context, target, options } = request
  const fieldValidation = options.fieldValidation ?? 'Warn'
  const asked = readBody(TOKEN_REQUEST, body, { fieldValidation, warnings: context.warnings }) as Request
  takeNamespace(target.kind, asked.metadata, target.namespace)
  deps.writes.trackSent(request, TOKEN_REQUEST, asked as AnyObject)
  deps.writes.admitCreate(request, asked as AnyObject)
  if (asked.metadata.name && asked.metadata.name !== target.name)
    throw invalidObject(REQUEST, target.name, [
      invalid('metadata.name', asked.metadata.name, 'must match the service account name if specified'),
    ])
  const account = deps.world.get<KubeObject & ServiceAccount>('core/serviceaccounts', target.namespace, target.name)
  if (!account) throw notFound({ group: '', resource: 'serviceaccounts' }, target.name)
  const spec = asked.spec ?? { audiences: [] }
  const audiences = spec.audiences?.length ? spec.audiences : defaultAudiences(deps)
  const seconds = spec.expirationSeconds ?? 0
  checkLifetime(seconds)
  const uid = account.metadata.uid ?? ''
  const order: TokenOrder = {
    namespace: target.namespace,
    serviceAccount: { name: target.name, uid },
    audiences,
    expirationSeconds: seconds,
    ...bindingOf(asked, target, deps.world),
  }
  if (!deps.issueToken) throw serviceUnavailable('no issuer of service account tokens')
  const issued = await deps.issueToken(order)
  const now = deps.world.now()
  return answerWith({
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name: target.name,
      namespace: target.namespace,
      uid,
      creationTimestamp: formatTime(now),
      managedFields: asked.metadata.managedFields,
    },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token: issued.token, expirationTimestamp: formatTime(now + seconds * 1000) },
  })
}

function defaultAudiences(deps: Pick<RegistryDeps, 'config' | 'defaultAudiences'>): string[] {
  return [...(deps.defaultAudiences ?? [`https://kubernetes.default.svc.${deps.config.clusterDomain}`])]
}

function checkLifetime(seconds: number): void {
  const path = 'spec.expirationSeconds'
  const faults: FieldError[] = []
  if (seconds < MIN_SECONDS) faults.push(invalid(path, seconds, 'may not specify a duration less than 10 minutes'))
  if (seconds > MAX_SECONDS) faults.push(invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds'))
  if (faults.length) throw invalidObject(REQUEST, '', faults)
}

/** The object that the token is bound to, which must exist and belong to the account. */
function bindingOf(asked: Request, target: ObjectTarget, world: World): Pick<TokenOrder, 'boundObject' | 'node'> {
  const ref = asked.spec?.boundObjectRef
  if (!ref) return {}
  const [kind = '', apiVersion = '', name = ''] = [ref.kind, ref.apiVersion, ref.name]
  const storage = apiVersion === 'v1' || apiVersion === '' ? BINDABLE.get(kind) : undefined
  if (!storage) throw badRequest(`cannot bind token to object of type ${typeText(apiVersion, kind)}`)
  const namespace = kind === 'Node' ? '' : target.namespace
  const found = world.get<KubeObject>(storage, namespace, name)
  if (!found) throw notFound({ group: '', resource: storage.slice(5) }, name)
  const pod = kind === 'Pod' ? (found as Frozen<ObjectOf<Pod>>) : undefined
  if (pod && pod.spec?.serviceAccountName !== target.name)
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(target.name)} to pod running with different serviceaccount name.`,
    )
  const uid = found.metadata.uid ?? ''
  if (ref.uid && ref.uid !== uid)
    throw conflict(
      { group: '', resource: kind },
      name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  const nodeName = pod?.spec?.nodeName
  const node = nodeName ? world.get<KubeObject & Node>('core/nodes', '', nodeName) : undefined
  return {
    boundObject: { kind, apiVersion: 'v1', name, uid },
    ...(nodeName ? { node: { name: nodeName, uid: node?.metadata.uid ?? '' } } : {}),
  }
}

const BINDABLE: ReadonlyMap<string, string> = new Map([
  ['Pod', 'core/pods'],
  ['Secret', 'core/secrets'],
  ['Node', 'core/nodes'],
])

/** A group, version and kind as Kubernetes prints them together. */
function typeText(apiVersion: string, kind: string): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion]
  return `${group}/${version}, Kind=${kind}`
}
