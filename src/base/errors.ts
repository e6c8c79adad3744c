import type { FieldError } from './field-error.ts'

/** metav1.Status: what the API answers when there is no object to answer with. */
export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: { continue?: string; remainingItemCount?: number; resourceVersion?: string }
  status: 'Success' | 'Failure'
  message?: string
  reason?: StatusReason
  details?: StatusDetails
  code?: number
}

export interface StatusDetails {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: { reason?: string; message?: string; field?: string }[]
  retryAfterSeconds?: number
}

export type StatusReason =
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable'

/** The group and plural that errors name: `deployments.apps "web" not found`. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

/** `deployments.apps`, or `pods` for the core group. */
export function groupResourceText(gr: GroupResource): string {
  return gr.group ? `${gr.resource}.${gr.group}` : gr.resource
}

/** An error with the Status that a client sees. Thrown by the registry and by clients alike. */
export class StatusError extends Error {
  readonly status: Status
  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? 'unknown', options)
    this.name = 'StatusError'
    this.status = status
  }

  get code(): number {
    return this.status.code ?? 500
  }

  get reason(): StatusReason | undefined {
    return this.status.reason
  }
}

interface Failure {
  code: number
  /** Absent where Kubernetes sends none. */
  reason?: StatusReason
  message: string
  details?: StatusDetails
}

/** A failure Status as an error. */
export function failure(f: Failure): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: f.message,
    ...(f.reason ? { reason: f.reason } : {}),
    ...(f.details ? { details: f.details } : {}),
    code: f.code,
  })
}

/** Details of a resource: the `kind` of Status details holds the plural except for validation errors. */
const about = (gr: GroupResource, name: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(gr.group ? { group: gr.group } : {}),
  ...(gr.resource ? { kind: gr.resource } : {}),
})

export const notFound = (gr: GroupResource, name: string): StatusError =>
  failure({
    code: 404,
    reason: 'NotFound',
    message: `${groupResourceText(gr)} "${name}" not found`,
    details: about(gr, name),
  })

export const alreadyExists = (gr: GroupResource, name: string): StatusError =>
  failure({
    code: 409,
    reason: 'AlreadyExists',
    message: `${groupResourceText(gr)} "${name}" already exists`,
    details: about(gr, name),
  })

export const conflict = (gr: GroupResource, name: string, cause: string): StatusError =>
  failure({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${groupResourceText(gr)} "${name}": ${cause}`,
    details: about(gr, name),
  })

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again'

export const forbiddenError = (gr: GroupResource, name: string, cause: string): StatusError =>
  failure({
    code: 403,
    reason: 'Forbidden',
    message: name
      ? `${groupResourceText(gr)} "${name}" is forbidden: ${cause}`
      : gr.resource
        ? `${groupResourceText(gr)} is forbidden: ${cause}`
        : `forbidden: ${cause}`,
    details: about(gr, name),
  })

export const badRequest = (message: string): StatusError => failure({ code: 400, reason: 'BadRequest', message })

export const internalError = (cause: string): StatusError =>
  failure({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${cause}`,
    details: { causes: [{ message: cause }] },
  })

export const expired = (message: string): StatusError => failure({ code: 410, reason: 'Expired', message })

export const tooManyRequests = (message: string, retryAfterSeconds: number): StatusError =>
  failure({ code: 429, reason: 'TooManyRequests', message, details: { retryAfterSeconds } })

export const serviceUnavailable = (message: string): StatusError =>
  failure({ code: 503, reason: 'ServiceUnavailable', message })

/** 422 with all field errors; the group and kind are those of the object (`Deployment.apps`). */
export function invalidObject(
  gk: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map(e => `${e.field}: ${e.message}`))]
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return failure({
    code: 422,
    reason: 'Invalid',
    message: `${gk.group ? `${gk.kind}.${gk.group}` : gk.kind} "${name}" is invalid: ${list}`,
    details: {
      ...(name ? { name } : {}),
      ...(gk.group ? { group: gk.group } : {}),
      ...(gk.kind ? { kind: gk.kind } : {}),
      causes: errors.map(e => ({ reason: e.reason, message: e.message, field: e.field })),
    },
  })
}

export const isStatus = (error: unknown, reason: StatusReason): boolean =>
  error instanceof StatusError && error.reason === reason
export const isNotFound = (error: unknown): boolean => isStatus(error, 'NotFound')
export const isConflict = (error: unknown): boolean => isStatus(error, 'Conflict')
export const isAlreadyExists = (error: unknown): boolean => isStatus(error, 'AlreadyExists')
