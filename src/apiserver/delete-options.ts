import { badRequest } from '../base/errors.ts'
import type { Kind } from '../kinds/kind.ts'
import type { AnyObject } from '../kinds/object.ts'
import type { Body, DeleteOptions } from '../registry/api.ts'
import { readBody as readObject } from '../registry/bodies.ts'
import { bodyOf, readBody } from './body.ts'
import type { Call } from './call.ts'
import { deleteOptions, deleteOptionsOfQuery, type DeleteOptionsObject } from './options.ts'

/** Options of a DELETE: those of the body, or of the query where there is no body. Rejects with 400 or 422. */
export async function readDeleteOptions(call: Call, kind: Kind): Promise<DeleteOptions> {
  const bytes = await readBody(call.req)
  return deleteOptions(
    bytes.length === 0
      ? deleteOptionsOfQuery(call.info.query)
      : deleteOptionsOfBody(bodyOf(call.req.headers['content-type'], bytes), kind),
  )
}

const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'

/** DeleteOptions of the core group, of meta.k8s.io or of the kind's own group are all the same. */
function deleteOptionsOfBody(body: Body, kind: Kind): DeleteOptionsObject {
  const ignored: string[] = []
  const read = (group: string, version: string): DeleteOptionsObject =>
    readObject({ group, version, kind: 'DeleteOptions', schema: DELETE_OPTIONS }, body, {
      fieldValidation: 'Ignore',
      warnings: ignored,
    }) as AnyObject & DeleteOptionsObject
  const versions: [string, string][] = [
    ['', 'v1'],
    ['meta.k8s.io', 'v1'],
    [kind.group, kind.version],
  ]
  for (const [i, [group, version]] of versions.entries()) {
    try {
      return read(group, version)
    } catch (error) {
      if (i < versions.length - 1 && /is registered for version/.test((error as Error).message)) continue
      const message = (error as Error).message.replace(
        /^the object provided is unrecognized \(must be of type DeleteOptions\): /,
        '',
      )
      throw badRequest(message === (error as Error).message ? message : message.replace(/ \([^()]*\)$/s, ''))
    }
  }
  return {}
}
