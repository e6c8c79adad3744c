import { StatusError } from '../../../base/errors.ts'

/** A fault that kubectl tells as `error: …`. */
export class PlainError extends Error {}

/** A wrong command line: `error: …` and where to find help. */
export class UsageError extends PlainError {
  constructor(command: string, message: string) {
    super(`${message}\nSee '${command} -h' for help and examples`)
  }
}

/** A text that is printed as it stands. */
export class ToldError extends Error {}

/** Ends with this code; the message, where there is one, is printed as it stands. */
export class ExitError extends Error {
  readonly code: number
  constructor(code: number, message = '') {
    super(message)
    this.code = code
  }
}

/** Several faults, each on its own line. */
export class ManyErrors extends Error {
  readonly errors: readonly unknown[]
  constructor(errors: readonly unknown[]) {
    super(errors.map(e => (e as Error).message).join('\n'))
    this.errors = errors
  }
}

/** Throws what has gathered: nothing, the one error, or all of them. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new ManyErrors(errors)
}

/** The server's refusal with what kubectl was doing before its text: `error when creating "x.yaml": …`. */
export function withSource(error: unknown, doing: string, source: string): unknown {
  if (!source) return error
  const before = `error when ${doing} ${JSON.stringify(source)}: `
  if (error instanceof StatusError)
    return new StatusError({ ...error.status, message: before + (error.status.message ?? '') })
  if (error instanceof PlainError) return new PlainError(before + error.message)
  return error
}

/** What kubectl prints for an error, with the exit code. */
export function tellError(error: unknown): { text: string; code: number } {
  if (error instanceof ExitError) return { text: error.message, code: error.code }
  if (error instanceof ManyErrors) {
    if (error.errors.length === 1) return tellError(error.errors[0])
    return { text: error.errors.map(lineOf).join('\n'), code: 1 }
  }
  if (error instanceof StatusError && error.reason === 'Invalid') return { text: invalidText(error), code: 1 }
  return { text: messageOf(error), code: 1 }
}

function invalidText({ status }: StatusError): string {
  const { details, message } = status
  let text = 'The request is invalid'
  if (!details) return message ? `${text}: ${message}` : text
  const causes = [...new Set((details.causes ?? []).map(c => `${c.field ?? ''}: ${c.message ?? ''}`))]
  if (details.kind || details.name) text = `The ${details.kind ?? ''} ${JSON.stringify(details.name ?? '')} is invalid`
  else if (message && causes.length === 0) text += `: ${message}`
  if (causes.length === 0) return text
  return causes.length === 1 ? `${text}: ${causes[0]}` : `${text}: \n${causes.map(c => `* ${c}`).join('\n')}`
}

/** One of several: those of kubectl itself stand alone, without `error: `. */
function lineOf(error: unknown): string {
  return error instanceof PlainError ? error.message : messageOf(error)
}

/** One line for one error. */
export function messageOf(error: unknown): string {
  if (error instanceof StatusError) {
    const { reason, message = '' } = error.status
    if (reason === 'Unauthorized') return `error: You must be logged in to the server (${message})`
    return reason ? `Error from server (${reason}): ${message}` : `Error from server: ${message}`
  }
  if (error instanceof ToldError || error instanceof ExitError) return error.message
  if (error instanceof ManyErrors) return error.errors.map(lineOf).join('\n')
  const text = error instanceof Error ? error.message : String(error)
  return text.startsWith('error: ') ? text : `error: ${text}`
}
