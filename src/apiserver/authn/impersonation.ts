import type { IncomingMessage } from 'node:http'
import { badRequest } from '../../base/errors.ts'
import type { UserInfo } from '../../registry/api.ts'
import type { Attributes, Authorizer } from '../authz/authorizer.ts'
import { forbidden } from '../errors.ts'
import { Query } from '../query.ts'
import type { RequestInfo } from '../request-info.ts'
import { ANONYMOUS, AUTHENTICATED } from './authenticator.ts'

/** Who the request asks to be, part by part. */
interface Wanted {
  readonly user: string
  readonly groups: readonly string[]
  readonly uid: string
  readonly extra: Readonly<Record<string, readonly string[]>>
}

const EXTRA = 'impersonate-extra-'

/**
 * The user that the Impersonate-* headers ask for, or the one who asks where there are none. Throws 400 when they
 * are incomplete, 403 when it is not allowed.
 */
export function impersonate(req: IncomingMessage, user: UserInfo, info: RequestInfo, authorizer: Authorizer): UserInfo {
  const wanted = wantedUser(req)
  if (!wanted) return user
  const constrained = constrainedRefusal(user, wanted, info, authorizer)
  if (constrained) {
    const plain = plainRefusal(user, wanted, authorizer)
    // Clients that use the all-round grant at all learn what it lacks; others what the narrow ones lack.
    if (plain) throw plain.partly ? forbidden(user, plain.info) : forbidden(user, constrained)
  }
  return impersonated(wanted)
}

function wantedUser(req: IncomingMessage): Wanted | undefined {
  const h = req.headers
  if (!asks(h)) return undefined
  const user = header(h['impersonate-user'])
  const groups = req.headersDistinct['impersonate-group'] ?? []
  const uid = header(h['impersonate-uid'])
  const extra: Record<string, string[]> = {}
  for (const [name, values] of Object.entries(req.headersDistinct))
    if (name.startsWith(EXTRA) && values) extra[unescapeKey(name.slice(EXTRA.length))] = values
  if (user) return { user, groups, uid, extra }
  if (groups.length || uid || Object.keys(extra).length)
    throw badRequest('requested impersonation without impersonating a user')
  return undefined
}

/** Nearly no request does: this must cost nothing. */
function asks(headers: IncomingMessage['headers']): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true
  return false
}

const header = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? (value[0] ?? '') : (value ?? '')

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** Who it is once allowed: groups of service accounts and of everyone authenticated are added. */
function impersonated(wanted: Wanted): UserInfo {
  const account = serviceAccount(wanted.user)
  const groups =
    wanted.groups.length || !account
      ? [...wanted.groups]
      : ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`]
  if (wanted.user === ANONYMOUS.name) {
    if (!groups.includes('system:unauthenticated')) groups.push('system:unauthenticated')
  } else if (!groups.includes(AUTHENTICATED) && !groups.includes('system:unauthenticated')) groups.push(AUTHENTICATED)
  return {
    name: wanted.user,
    groups,
    ...(wanted.uid ? { uid: wanted.uid } : {}),
    ...(Object.keys(wanted.extra).length ? { extra: wanted.extra } : {}),
  }
}

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function serviceAccount(name: string): { namespace: string; name: string } | undefined {
  const parts = name.split(':')
  if (parts.length !== 4 || parts[0] !== 'system' || parts[1] !== 'serviceaccount') return undefined
  const [, , namespace = '', account = ''] = parts
  return LABEL.test(namespace) && SUBDOMAIN.test(account) ? { namespace, name: account } : undefined
}

interface Ask {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly name: string
  readonly namespace?: string
}

/** The grants that impersonation needs beside the user's: groups, uid, extras. */
function others(wanted: Wanted, coreGroup: string): Ask[] {
  const authn = 'authentication.k8s.io'
  return [
    ...wanted.groups.map(name => ({ group: coreGroup, resource: 'groups', name })),
    ...(wanted.uid ? [{ group: authn, resource: 'uids', name: wanted.uid }] : []),
    ...Object.entries(wanted.extra).flatMap(([key, values]) =>
      values.map(name => ({ group: authn, resource: 'userextras', subresource: key, name })),
    ),
  ]
}

/** The verb `impersonate`, the grant that knows no bounds. Undefined where all parts are granted. */
function plainRefusal(
  user: UserInfo,
  wanted: Wanted,
  authorizer: Authorizer,
): { info: RequestInfo; partly: boolean } | undefined {
  const account = serviceAccount(wanted.user)
  const first: Ask = account
    ? { group: '', resource: 'serviceaccounts', name: account.name, namespace: account.namespace }
    : { group: '', resource: 'users', name: wanted.user }
  const asks = [first, ...others(wanted, '')].map(a => asked('impersonate', a))
  const refused = asks.find(i => !allows(authorizer, user, i))
  if (!refused) return undefined
  return { info: refused, partly: hasAnyPlainGrant(user, authorizer) }
}

/** Whether the user may use the verb `impersonate` on anything at all. */
function hasAnyPlainGrant(user: UserInfo, authorizer: Authorizer): boolean {
  return authorizer.rules(user, '').resourceRules.some(r => r.verbs.includes('impersonate') || r.verbs.includes('*'))
}

/**
 * Constrained impersonation (1.36): one grant for the request's own verb, `impersonate-on:MODE:VERB`, and one for
 * each part of whom, `impersonate:MODE`. Undefined where all are granted, else the first that is not.
 */
function constrainedRefusal(
  user: UserInfo,
  wanted: Wanted,
  info: RequestInfo,
  authorizer: Authorizer,
): RequestInfo | undefined {
  const account = serviceAccount(wanted.user)
  const node = wanted.user.startsWith('system:node:') && wanted.groups.every(g => g === 'system:nodes')
  const mode = account ? 'serviceaccount' : node ? 'arbitrary-node' : 'user-info'
  const on = { ...info, verb: `impersonate-on:${mode}:${info.verb}` }
  if (!allows(authorizer, user, on)) return on
  const authn = 'authentication.k8s.io'
  const first: Ask = account
    ? { group: authn, resource: 'serviceaccounts', name: account.name, namespace: account.namespace }
    : node
      ? { group: authn, resource: 'nodes', name: wanted.user.slice('system:node:'.length) }
      : { group: authn, resource: 'users', name: wanted.user }
  const asks = [first, ...(node ? [] : others(wanted, authn))].map(a => asked(`impersonate:${mode}`, a))
  return asks.find(i => !allows(authorizer, user, i))
}

const asked = (verb: string, ask: Ask): RequestInfo =>
  ({
    verb,
    isResource: true,
    group: ask.group,
    version: 'v1',
    resource: ask.resource,
    subresource: ask.subresource ?? '',
    name: ask.name,
    namespace: ask.namespace ?? '',
    path: '',
    query: Query.parse(''),
  }) as RequestInfo

const allows = (authorizer: Authorizer, user: UserInfo, info: RequestInfo): boolean =>
  authorizer.authorize(attributesOf(user, info)).allowed

/** A request as the authorizer looks at it. */
export function attributesOf(user: UserInfo, info: RequestInfo): Attributes {
  return {
    user,
    verb: info.verb,
    isResource: info.isResource,
    namespace: info.namespace,
    group: info.group,
    version: info.version,
    resource: info.resource,
    subresource: info.subresource,
    name: info.name,
    path: info.path,
    fieldSelector: info.query.get('fieldSelector'),
  }
}
