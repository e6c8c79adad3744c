import { failure, type StatusError } from '../base/errors.ts'
import type { RequestInfo } from './request-info.ts'
import type { UserInfo } from '../registry/api.ts'

/** 404 of a path below a known group that serves nothing. */
export const noSuchResource = (): StatusError =>
  failure({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource', details: {} })

export const methodNotAllowed = (): StatusError =>
  failure({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  })

export const unauthorized = (): StatusError => failure({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' })

export const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const

/** 406 where a type would do but not with the options asked for. */
export const notAcceptable = (types: readonly string[] = MEDIA_TYPES): StatusError =>
  failure({
    code: 406,
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: ${types.join(', ')}`,
  })

/** 406 of the router: the path makes nothing of what was asked for. */
export const noRepresentation = (types: readonly string[]): StatusError =>
  failure({
    code: 406,
    reason: 'NotAcceptable',
    message: `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`,
    details: {},
  })

/** 415 of a body. */
export const unsupportedBody = (types: readonly string[]): StatusError =>
  failure({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`,
  })

/** 415 of the router: no way to handle this content type at this path. */
export const unsupportedContentType = (): StatusError =>
  failure({ code: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type', details: {} })

export const entityTooLarge = (limit: number): StatusError =>
  failure({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: limit is ${limit}`,
  })

/** What was asked for, as far as a refusal names it. */
type Asked = Pick<
  RequestInfo,
  'isResource' | 'verb' | 'path' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name'
>

/** 403 worded as Kubernetes words it: the resource, the verb and where. */
export function forbidden(user: UserInfo, info: Asked, reason = ''): StatusError {
  const because = reason ? `: ${reason}` : ''
  if (!info.isResource)
    return failure({
      code: 403,
      reason: 'Forbidden',
      message: `forbidden: User ${JSON.stringify(user.name)} cannot ${info.verb} path ${JSON.stringify(info.path)}${because}`,
      details: {},
    })
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource
  const qualified = info.group ? `${info.resource}.${info.group}` : info.resource
  const where = info.namespace ? `in the namespace ${JSON.stringify(info.namespace)}` : 'at the cluster scope'
  return failure({
    code: 403,
    reason: 'Forbidden',
    message:
      `${qualified}${info.name ? ` ${JSON.stringify(info.name)}` : ''} is forbidden: User ${JSON.stringify(user.name)} ` +
      `cannot ${info.verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(info.group)} ${where}${because}`,
    details: {
      ...(info.name ? { name: info.name } : {}),
      ...(info.group ? { group: info.group } : {}),
      kind: info.resource,
    },
  })
}
