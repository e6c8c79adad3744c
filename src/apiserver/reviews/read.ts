import { formatTime } from '../../base/clock.ts'
import type { AnyObject } from '../../kinds/object.ts'
import { readBody } from '../../registry/bodies.ts'
import { managerOf } from '../../registry/tracker.ts'
import { bodyOf } from '../body.ts'
import { writeOptions } from '../options.ts'
import type { VirtualCall } from '../virtual.ts'

/** The body of a review, decoded as strictly as the request asks. Checks the write options too. */
export function readReview<T>(call: VirtualCall, group: string, kind: string): AnyObject & T {
  const options = writeOptions(call.info.query, 'CreateOptions')
  const schema = `io.k8s.api.${group.split('.')[0]}.v1.${kind}`
  const body = bodyOf(call.req.headers['content-type'], call.body)
  return readBody({ group, version: 'v1', kind, schema }, body, {
    fieldValidation: options.fieldValidation ?? 'Warn',
    warnings: call.context.warnings,
  }) as AnyObject & T
}

/** The managedFields entry of what a client wrote in a review's spec. */
export function managedSpec(call: VirtualCall, apiVersion: string, spec: unknown, now: number): unknown[] {
  const fields = fieldSet(spec)
  if (Object.keys(fields).length === 0) return []
  const manager = call.info.query.get('fieldManager') || managerOf(call.context.userAgent)
  return [
    {
      manager,
      operation: 'Update',
      apiVersion,
      time: formatTime(now),
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': fields },
    },
  ]
}

/** Every list of a review is atomic, and so are its selectors. */
function fieldSet(value: unknown): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return out
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (inner === undefined || inner === null || inner === '') continue
    const nested = fieldSet(inner)
    out[`f:${key}`] = typeof inner === 'object' && !Array.isArray(inner) ? { '.': {}, ...nested } : {}
  }
  return out
}
