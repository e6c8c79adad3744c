import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { WriteResult } from '../api.ts'
import { storedFromObject } from '../stored.ts'

/** Answers that are no stored object: a Status or a kind of its own. */
export function answerWith(object: object): WriteResult {
  return { stored: storedFromObject('', 0, object as Frozen<KubeObject>), created: true }
}

/** A success without more: 201. */
export function createdStatus(): WriteResult {
  return answerWith({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}
