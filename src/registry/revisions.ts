import { expired, failure, invalidObject, type StatusError } from '../base/errors.ts'
import { type FieldError, forbidden } from '../base/field-error.ts'
import type { ListOptions, WatchOptions } from './api.ts'

/** 504 for a revision that is not there yet. */
export const tooLargeResourceVersion = (wanted: number, current: number): StatusError =>
  failure({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  })

/** 410 for a watch whose history is gone. */
export const tooOldResourceVersion = (wanted: number, oldest: number): StatusError =>
  expired(`too old resource version: ${wanted} (${oldest})`)

/** A revision of a request: undefined where it is missing. Throws the text of a value that is no revision. */
export function parseResourceVersion(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text)) {
    const n = BigInt(text)
    if (n < 1n << 64n) return Number(n)
    throw new RevisionTextError(text, 'value out of range')
  }
  throw new RevisionTextError(text, 'invalid syntax')
}

/** Thrown by {@link parseResourceVersion}. */
export class RevisionTextError extends Error {
  constructor(text: string, fault: string) {
    const quoted = JSON.stringify(text)
    super(`resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${fault}`)
    this.name = 'RevisionTextError'
  }
}

/** Get and watch answer 500 without a reason to a revision that is no number. */
export function revisionOrInternalError(text: string | undefined): number | undefined {
  try {
    return parseResourceVersion(text)
  } catch (error) {
    if (error instanceof RevisionTextError) throw failure({ code: 500, message: error.message })
    throw error
  }
}

const MATCH = 'resourceVersionMatch'

/** Faults in how options of a list are combined. Throws 422. */
export function checkListOptions(options: ListOptions): void {
  const errors: FieldError[] = []
  const match = options.resourceVersionMatch
  if (options.sendInitialEvents !== undefined)
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  if (match) {
    if (!options.resourceVersion)
      errors.push(forbidden(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`))
    if (options.continue) errors.push(forbidden(MATCH, `${MATCH} is forbidden when continue is provided`))
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.push(unsupported(match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && options.resourceVersion === '0')
      errors.push(forbidden(MATCH, `${MATCH} "exact" is forbidden for resourceVersion "0"`))
  }
  throwInvalid(errors)
}

/** Faults in how options of a watch are combined. Throws 422. */
export function checkWatchOptions(options: WatchOptions): void {
  const errors: FieldError[] = []
  const match = options.resourceVersionMatch
  if (options.sendInitialEvents !== undefined) {
    if (match !== 'NotOlderThan')
      errors.push(forbidden(MATCH, `sendInitialEvents requires setting ${MATCH} to NotOlderThan`))
    if (options.continue) errors.push(forbidden('continue', 'sendInitialEvents is forbidden when continue is provided'))
  }
  if (match) {
    if (options.sendInitialEvents === undefined)
      errors.push(forbidden(MATCH, `${MATCH} is forbidden for watch unless sendInitialEvents is provided`))
    if (match !== 'NotOlderThan') errors.push(unsupported(match, ['NotOlderThan']))
    if (options.continue) errors.push(forbidden(MATCH, `${MATCH} is forbidden when continue is provided`))
  } else if (options.continue && options.sendInitialEvents === undefined && !Number(options.resourceVersion)) {
    // A watch from any state is one with initial events, which sets the match by itself.
    errors.push(forbidden(MATCH, `${MATCH} is forbidden when continue is provided`))
  }
  throwInvalid(errors)
}

/** Keeps the order of the supported values, unlike field-error.ts: here the text does not sort them. */
function unsupported(value: string, supported: string[]): FieldError {
  const list = supported.map(s => JSON.stringify(s)).join(', ')
  return {
    reason: 'FieldValueNotSupported',
    field: MATCH,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  }
}

function throwInvalid(errors: readonly FieldError[]): void {
  if (errors.length) throw invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
}
