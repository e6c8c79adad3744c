import { badRequest } from '../base/errors.ts'
import { bodyText, parseJson } from '../base/json.ts'
import { parseYaml } from '../base/yaml.ts'
import type { AnyObject } from '../kinds/object.ts'
import type { Body, DeleteOptions } from '../registry/api.ts'
import { readBody as readObject } from '../registry/bodies.ts'
import { bodyOf, readBody } from './body.ts'
import type { Call } from './call.ts'
import { deleteOptions, deleteOptionsOfQuery, type DeleteOptionsObject } from './options.ts'

/** Options of a DELETE: those of the body, or of the query where there is no body. Rejects with 400 or 422. */
export async function readDeleteOptions(call: Call): Promise<DeleteOptions> {
  const bytes = await readBody(call.req)
  return deleteOptions(
    bytes.length === 0
      ? deleteOptionsOfQuery(call.info.query)
      : deleteOptionsOfBody(bodyOf(call.req.headers['content-type'], bytes)),
  )
}

const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'

/** DeleteOptions are the same in whatever version a client names; what is of another kind is refused. */
export function deleteOptionsOfBody(body: Body): DeleteOptionsObject {
  const ignored: string[] = []
  const given = versionOf(body)
  const [group, version] = given.includes('/') ? given.split('/', 2) : ['', given || 'v1']
  const kind = { group: group ?? '', version: version ?? '', kind: 'DeleteOptions', schema: DELETE_OPTIONS }
  try {
    return readObject(kind, body, { fieldValidation: 'Ignore', warnings: ignored }) as AnyObject & DeleteOptionsObject
  } catch (error) {
    const { message } = error as Error
    const bare = message.replace(/^the object provided is unrecognized \(must be of type DeleteOptions\): /, '')
    if (bare !== message) throw badRequest(bare.replace(/ \([^()]*\)$/s, ''))
    const cause = /^(\w+) in version .* cannot be handled as a DeleteOptions: ([^]*)$/.exec(message)
    if (!cause) throw badRequest(message)
    const [, found = '', why = ''] = cause
    throw badRequest(
      found === 'DeleteOptions'
        ? why
        : `no kind ${JSON.stringify(found)} is registered for version ${JSON.stringify(given || 'meta.k8s.io/v1')} in scheme "pkg/runtime/scheme.go:111"`,
    )
  }
}

/** The version that the body names, as far as it can be read. */
function versionOf(body: Body): string {
  if (body.type === 'object') return ''
  try {
    const text = bodyText(body.bytes)
    const { value } = body.type === 'yaml' ? parseYaml(text) : parseJson(text)
    const version = (value as { apiVersion?: unknown } | null)?.apiVersion
    return typeof version === 'string' ? version : ''
  } catch {
    return ''
  }
}
