import { failure, StatusError } from '../../base/errors.ts'

/** A patch that makes sense but cannot be applied to this object. Clients are told no more than this. */
export function inapplicable(cause?: unknown): StatusError {
  const { status } = failure({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  })
  return new StatusError(status, { cause })
}

/** A fault that Kubernetes answers as an unexpected one: 500 with the bare text and no reason. */
export function plainFailure(message: string): StatusError {
  return failure({ code: 500, message })
}
