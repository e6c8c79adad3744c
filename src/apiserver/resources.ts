import type { IncomingMessage, ServerResponse } from 'node:http'
import { badRequest, type Status } from '../base/errors.ts'
import { ownOf } from '../base/json.ts'
import { sinceText } from '../kinds/columns.ts'
import type { Scale } from '../kinds/generated/types.ts'
import { defaultColumns, type Kind, type Verb } from '../kinds/kind.ts'
import type { KubeObject } from '../kinds/object.ts'
import type { Body, ObjectTarget, PatchType, Stored, Target } from '../registry/api.ts'
import { bodyOf, bodyType, readBody } from './body.ts'
import type { Call, ResourceServer } from './call.ts'
import { readDeleteOptions } from './delete-options.ts'
import { MEDIA_TYPES, methodNotAllowed, noSuchResource, unsupportedBody, unsupportedContentType } from './errors.ts'
import { listJson } from './list-json.ts'
import { type Format, LIST_TYPES, checkForm, negotiate, objectTransforms, withoutTransform } from './negotiate.ts'
import { listOptions, patchOptions, writeOptions } from './options.ts'
import type { RequestInfo } from './request-info.ts'
import { addWarnings, sendJson, sendValue } from './respond.ts'
import { type Subresource, subresourceOf } from './subresources.ts'
import { includeObject, listMeta, partialMetadata, tableOfList, tableOfObject } from './table.ts'
import { serveVirtual } from './virtual-resources.ts'
import { serveWatch } from './watch-stream.ts'

/** Serves a request to a resource. Rejects with StatusError. */
export async function serveResource(server: ResourceServer, call: Call): Promise<void> {
  const { info } = call
  const kind = server.registry.kinds.byResource(info.group, info.version, info.resource)
  if (!kind) return serveVirtual(server, call)
  if (
    kind.namespaced
      ? info.namespace === '' && info.name !== '' && info.parts.length > 1
      : info.namespace !== '' && kind.plural !== 'namespaces'
  )
    throw noSuchResource()
  if (kind.deprecation) call.context.warnings.push(kind.deprecation)
  if (info.parts.length > 2 || info.verb === 'proxy') return serveSubresource(server, call, kind)
  return info.parts.length === 1 ? serveCollection(server, call, kind) : serveObject(server, call, kind)
}

const targetOf = (kind: Kind, info: RequestInfo): Target => ({ kind, namespace: kind.namespaced ? info.namespace : '' })

function objectTarget(kind: Kind, info: RequestInfo, subresource?: string): ObjectTarget {
  const name = info.parts[1] ?? ''
  if (name.includes('%')) throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: may not contain '%'`)
  if (name === '.' || name === '..')
    throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: may not be '${name}'`)
  const namespace = kind.namespaced ? info.namespace : ''
  return subresource ? { kind, namespace, name, subresource } : { kind, namespace, name }
}

function need(kind: Kind, verb: Verb): void {
  if (!kind.verbs.includes(verb)) throw methodNotAllowed()
}

function serveCollection(server: ResourceServer, call: Call, kind: Kind): Promise<void> {
  const { info } = call
  const everywhere = kind.namespaced && info.namespace === ''
  switch (info.method) {
    case 'GET':
      if (info.verb === 'watch') {
        need(kind, 'watch')
        return watch(server, call, kind)
      }
      need(kind, 'list')
      return list(server, call, kind)
    case 'POST':
      if (everywhere) throw methodNotAllowed()
      need(kind, 'create')
      return create(server, call, kind)
    case 'DELETE':
      if (everywhere) throw methodNotAllowed()
      need(kind, 'deletecollection')
      return deleteCollection(server, call, kind)
    default:
      throw methodNotAllowed()
  }
}

function serveObject(server: ResourceServer, call: Call, kind: Kind): Promise<void> {
  switch (call.info.method) {
    case 'GET':
      if (call.info.verb === 'watch') {
        need(kind, 'watch')
        return watch(server, call, kind)
      }
      need(kind, 'get')
      return get(server, call, kind)
    case 'PUT':
      need(kind, 'update')
      return update(server, call, kind)
    case 'PATCH':
      need(kind, 'patch')
      return patch(server, call, kind)
    case 'DELETE':
      need(kind, 'delete')
      return remove(server, call, kind)
    default:
      throw methodNotAllowed()
  }
}

const METHOD_VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

function serveSubresource(server: ResourceServer, call: Call, kind: Kind): Promise<void> {
  const { info } = call
  const name = info.verb === 'proxy' ? 'proxy' : info.subresource
  const sub = subresourceOf(kind, name)
  if (!sub || (info.parts.length > 3 && name !== 'proxy')) throw noSuchResource()
  const verb = METHOD_VERBS[info.method]
  const optionsOfProxy = name === 'proxy' && (info.method === 'HEAD' || info.method === 'OPTIONS')
  if (!optionsOfProxy && (!verb || !sub.verbs.includes(verb))) throw methodNotAllowed()
  if (sub.connect) return server.connect(call, kind, sub)
  switch (verb) {
    case 'get':
      return get(server, call, kind, sub)
    case 'create':
      return create(server, call, kind, sub)
    case 'update':
      return update(server, call, kind, sub)
    default:
      return patch(server, call, kind, sub)
  }
}

async function get(server: ResourceServer, call: Call, kind: Kind, sub?: Subresource): Promise<void> {
  const { req, info, context } = call
  const format = negotiate(req.headers.accept, { allows: objectTransforms, produces: MEDIA_TYPES })
  const resourceVersion = info.query.get('resourceVersion')
  const stored = await server.registry.get(
    context,
    objectTarget(kind, info, sub?.name),
    resourceVersion === undefined ? undefined : { resourceVersion },
  )
  respond(server, call, kind, sub, 200, format, stored)
}

async function list(server: ResourceServer, call: Call, kind: Kind): Promise<void> {
  const { req, res, info, context } = call
  const format = negotiate(req.headers.accept, { allows: objectTransforms, produces: LIST_TYPES })
  const options = listOptions(info.query)
  const include = format.as?.kind === 'Table' ? includeObject(info.query.get('includeObject')) : 'Metadata'
  const result = await server.registry.list(context, targetOf(kind, info), options)
  addWarnings(res, context.warnings)
  checkForm(format, kind, true)
  const as = format.as
  if (!as) sendJson(req, res, { code: 200, format }, listJson(kind, result))
  else if (as.kind === 'Table')
    sendValue(
      req,
      res,
      { code: 200, format },
      tableOfList(result, { kind, version: as.version, include, now: server.clock.now() }),
    )
  else
    sendValue(
      req,
      res,
      { code: 200, format },
      {
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${as.version}`,
        metadata: listMeta(result),
        items: result.items.length ? result.items.map(s => partialMetadata(s, as.version)) : null,
      },
    )
}

/** Without timeoutSeconds a watch ends after 30 to 60 minutes, so that they spread over restarts. */
const WATCH_MS = 1_800_000

function watch(server: ResourceServer, call: Call, kind: Kind): Promise<void> {
  const { req, res, info, context } = call
  const format = negotiate(req.headers.accept, { allows: objectTransforms, produces: LIST_TYPES, stream: true })
  const { timeoutSeconds, ...options } = listOptions(info.query)
  const name = info.parts[1]
  const fieldSelector = name === undefined ? options.fieldSelector : `metadata.name=${name}`
  const { query } = info
  return serveWatch({
    req,
    res,
    context,
    registry: server.registry,
    clock: server.clock,
    target: targetOf(kind, info),
    options: {
      ...options,
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(query.flag('allowWatchBookmarks') ? { allowWatchBookmarks: true } : {}),
    },
    format,
    include: format.as?.kind === 'Table' ? includeObject(query.get('includeObject')) : 'Metadata',
    timeoutMs: timeoutSeconds && timeoutSeconds > 0 ? timeoutSeconds * 1000 : WATCH_MS * (1 + Math.random()),
  })
}

/** The body of an object, as it came. */
async function objectBody(call: Call): Promise<Body> {
  const contentType = call.req.headers['content-type']
  // A wrong type is refused before the body is read.
  bodyType(contentType)
  return bodyOf(contentType, await readBody(call.req))
}

async function create(server: ResourceServer, call: Call, kind: Kind, sub?: Subresource): Promise<void> {
  const { req, info, context } = call
  const format = negotiate(req.headers.accept, { allows: objectTransforms, produces: MEDIA_TYPES })
  const body = await objectBody(call)
  const options = writeOptions(info.query, 'CreateOptions')
  const target = sub ? { ...objectTarget(kind, info), subresource: sub.name } : targetOf(kind, info)
  const result = await server.registry.create(context, target, body, options)
  respond(server, call, kind, sub, 201, format, result.stored)
}

async function update(server: ResourceServer, call: Call, kind: Kind, sub?: Subresource): Promise<void> {
  const { req, info, context } = call
  const format = negotiate(req.headers.accept, { allows: objectTransforms, produces: MEDIA_TYPES })
  const body = await objectBody(call)
  const options = writeOptions(info.query, 'UpdateOptions')
  const result = await server.registry.update(context, objectTarget(kind, info, sub?.name), body, options)
  respond(server, call, kind, sub, result.created ? 201 : 200, format, result.stored)
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}
const CUSTOM_PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
]

function patchType(call: Call, kind: Kind): PatchType {
  // Unlike that of other bodies, the type is taken as it is written, whatever follows it.
  const type = (call.req.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
  const found = ownOf(PATCH_TYPES, type)
  if (kind.custom) {
    if (!found || found === 'strategic') throw unsupportedBody(CUSTOM_PATCH_TYPES)
    return found
  }
  if (!found) throw unsupportedContentType()
  return found
}

async function patch(server: ResourceServer, call: Call, kind: Kind, sub?: Subresource): Promise<void> {
  const { req, info, context } = call
  const type = patchType(call, kind)
  const format = negotiate(req.headers.accept, { allows: objectTransforms, produces: MEDIA_TYPES })
  const bytes = await readBody(req)
  const options = patchOptions(info.query, type)
  const body: Body = { type: type === 'apply' ? 'yaml' : 'json', bytes }
  const result = await server.registry.patch(context, objectTarget(kind, info, sub?.name), type, body, options)
  respond(server, call, kind, sub, result.created ? 201 : 200, format, result.stored)
}

async function remove(server: ResourceServer, call: Call, kind: Kind): Promise<void> {
  const { req, res, info, context } = call
  const format = negotiate(req.headers.accept, { allows: objectTransforms, produces: MEDIA_TYPES })
  const options = await readDeleteOptions(call)
  const result = await server.registry.delete(context, objectTarget(kind, info), options)
  if ('status' in result) {
    addWarnings(res, context.warnings)
    sendStatus(req, res, format, result.status)
    return
  }
  const accepted = !result.gone && options.orphanDependents === false
  respond(server, call, kind, undefined, accepted ? 202 : 200, format, result.stored)
}

async function deleteCollection(server: ResourceServer, call: Call, kind: Kind): Promise<void> {
  const { req, res, info, context } = call
  const format = negotiate(req.headers.accept, { allows: objectTransforms, produces: MEDIA_TYPES })
  const listed = listOptions(info.query)
  const options = await readDeleteOptions(call)
  const result = await server.registry.deleteCollection(context, targetOf(kind, info), listed, options)
  addWarnings(res, context.warnings)
  sendJson(req, res, { code: 200, format: withoutTransform(format) }, listJson(kind, result))
}

function sendStatus(req: IncomingMessage, res: ServerResponse, format: Format, status: Status): void {
  sendValue(req, res, { code: status.code ?? 200, format: withoutTransform(format) }, status)
}

const scaleKinds = new WeakMap<Kind, Kind>()

/** A Scale shows what is wanted and what is there; its columns come from its type, names and all. */
const SCALE_COLUMNS: Kind['columns'] = [
  {
    name: 'Name',
    description:
      'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
    cell: o => o.metadata.name,
  },
  {
    name: 'Desired',
    type: 'integer',
    description: 'replicas is the desired number of instances for the scaled object.',
    cell: o => (o as KubeObject & Scale).spec?.replicas ?? 0,
  },
  {
    name: 'Available',
    type: 'integer',
    description: 'replicas is the actual number of observed instances of the scaled object.',
    cell: o => (o as KubeObject & Scale).status?.replicas ?? 0,
  },
  {
    name: 'Age',
    description:
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
    cell: (o, now) => sinceText(o.metadata.creationTimestamp, now),
  },
]

/** Answers of another kind than that of the resource have no columns of their own, but for a Scale. */
function tableKind(kind: Kind, sub: Subresource | undefined): Kind {
  if (!sub || sub.kind === kind.kind) return kind
  let plain = scaleKinds.get(kind)
  if (!plain) {
    plain = { ...kind, columns: sub.name === 'scale' ? SCALE_COLUMNS : defaultColumns() }
    scaleKinds.set(kind, plain)
  }
  return plain
}

function respond(
  server: ResourceServer,
  call: Call,
  kind: Kind,
  sub: Subresource | undefined,
  code: number,
  format: Format,
  stored: Stored,
): void {
  const { req, res, info, context } = call
  if (context.warnings.length) addWarnings(res, context.warnings)
  const as = format.as
  if (!as) sendJson(req, res, { code, format }, stored.json())
  else if (stored.object.kind === 'Status')
    sendJson(req, res, { code, format: withoutTransform(format) }, stored.json())
  else if (as.kind === 'Table') {
    const include = includeObject(info.query.get('includeObject'))
    const options = { kind: tableKind(kind, sub), version: as.version, include, now: server.clock.now() }
    sendValue(req, res, { code, format }, tableOfObject(stored, options))
  } else {
    checkForm(format, sub?.kind ? { ...kind, kind: sub.kind } : kind, false)
    sendValue(req, res, { code, format }, partialMetadata(stored, as.version))
  }
}
