import type { Call, ResourceServer } from './call.ts'
import { readBody } from './body.ts'
import { MEDIA_TYPES, methodNotAllowed, noSuchResource } from './errors.ts'
import { negotiate, noTransforms, objectTransforms, withoutTransform } from './negotiate.ts'
import { addWarnings, sendNotFoundPage, sendValue } from './respond.ts'

/** Resources that are not stored, and paths that nothing serves. */
export async function serveVirtual(server: ResourceServer, call: Call): Promise<void> {
  const { req, res, info, context } = call
  const found = server.virtual.find(
    v => v.group === info.group && v.version === info.version && v.plural === info.resource,
  )
  if (!found) {
    if (!knownGroup(server, info.group)) {
      sendNotFoundPage(res)
      return
    }
    throw noSuchResource()
  }
  const named = info.parts.length > 1
  if (
    info.parts.length > 2 ||
    (found.namespaced ? named || (!found.list && info.namespace === '') : info.namespace !== '')
  )
    throw noSuchResource()
  if (named && !found.get) throw noSuchResource()
  const handler =
    info.method === 'POST' && !named
      ? found.create
      : info.method === 'GET'
        ? named
          ? found.get
          : found.list
        : undefined
  if (!handler) throw methodNotAllowed()
  // What is only asked (reviews) has no table: who accepts nothing else gets 406.
  const allows = info.method === 'POST' ? noTransforms : objectTransforms
  const format = negotiate(req.headers.accept, { allows, produces: MEDIA_TYPES })
  const body = info.method === 'POST' ? await readBody(req) : Buffer.alloc(0)
  if (found.deprecation) context.warnings.push(found.deprecation)
  const value = await handler({ req, info, context, body })
  addWarnings(res, context.warnings)
  sendValue(req, res, { code: info.method === 'POST' ? 201 : 200, format: withoutTransform(format) }, value)
}

/** A group of custom resources answers unknown versions as if it were not there at all. */
export function knownGroup(server: Pick<ResourceServer, 'registry' | 'virtual'>, group: string): boolean {
  return (
    group === '' ||
    server.registry.kinds.all().some(k => k.group === group && !k.custom) ||
    server.virtual.some(v => v.group === group)
  )
}
