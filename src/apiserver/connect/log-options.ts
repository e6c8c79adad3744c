import { badRequest, invalidObject } from '../../base/errors.ts'
import { type FieldError, forbidden, invalid } from '../../base/field-error.ts'
import type { Query } from '../query.ts'

/** PodLogOptions as the query of pods/log has them. */
export interface LogOptions {
  readonly container?: string
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly sinceSeconds?: number
  readonly sinceTime?: string
  readonly tailLines?: number
  readonly limitBytes?: number
  readonly insecureSkipTLSVerifyBackend: boolean
  /** Only to be refused: choosing one of the two streams is still a feature gate that is off. */
  readonly stream?: string
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/

/** Reads and checks the options of a pod's log. Throws 400 for what cannot be read, 422 for what is not allowed. */
export function logOptions(query: Query, pod: string): LogOptions {
  const number = <K extends string>(key: K): { readonly [P in K]?: number } => {
    const value = query.integer(key)
    return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: number })
  }
  const sinceTime = query.get('sinceTime')
  if (sinceTime && (!RFC3339.test(sinceTime) || Number.isNaN(Date.parse(sinceTime))))
    throw badRequest(
      `parsing time ${JSON.stringify(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(sinceTime)} as "2006"`,
    )
  const container = query.get('container')
  const stream = query.get('stream')
  const options: LogOptions = {
    ...(container ? { container } : {}),
    follow: query.flag('follow'),
    previous: query.flag('previous'),
    timestamps: query.flag('timestamps'),
    ...number('sinceSeconds'),
    ...(sinceTime ? { sinceTime } : {}),
    ...number('tailLines'),
    ...number('limitBytes'),
    insecureSkipTLSVerifyBackend: query.flag('insecureSkipTLSVerifyBackend'),
    ...(stream === undefined ? {} : { stream }),
  }
  const errors = logOptionErrors(options)
  if (errors.length) throw invalidObject({ group: '', kind: 'PodLogOptions' }, pod, errors)
  return options
}

function logOptionErrors(o: LogOptions): FieldError[] {
  const errors: FieldError[] = []
  if (o.tailLines !== undefined && o.tailLines < 0)
    errors.push(invalid('tailLines', o.tailLines, 'must be greater than or equal to 0'))
  if (o.limitBytes !== undefined && o.limitBytes < 1)
    errors.push(invalid('limitBytes', o.limitBytes, 'must be greater than 0'))
  if (o.sinceSeconds !== undefined && o.sinceTime !== undefined)
    errors.push(forbidden('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  else if (o.sinceSeconds !== undefined && o.sinceSeconds < 1)
    errors.push(invalid('sinceSeconds', o.sinceSeconds, 'must be greater than 0'))
  if (o.stream !== undefined) errors.push(forbidden('stream', 'may not be specified'))
  return errors
}

/** The query with which the kubelet is asked. */
export function kubeletLogQuery(o: LogOptions): string {
  const q = new URLSearchParams()
  if (o.follow) q.set('follow', 'true')
  if (o.previous) q.set('previous', 'true')
  if (o.timestamps) q.set('timestamps', 'true')
  if (o.sinceSeconds !== undefined) q.set('sinceSeconds', String(o.sinceSeconds))
  if (o.sinceTime !== undefined) q.set('sinceTime', o.sinceTime)
  if (o.tailLines !== undefined) q.set('tailLines', String(o.tailLines))
  if (o.limitBytes !== undefined) q.set('limitBytes', String(o.limitBytes))
  return q.toString()
}
