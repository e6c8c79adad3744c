/** One fault of an object at a field path, worded as k8s.io/apimachinery/pkg/util/validation/field words it. */
export interface FieldError {
  /** CauseType of the Status cause, such as `FieldValueInvalid`. */
  readonly reason: FieldErrorReason
  /** Path such as `spec.containers[0].name`. */
  readonly field: string
  /** Text without the path: `Invalid value: "x": must be …`. */
  readonly message: string
}

export type FieldErrorReason =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError'

/** A value as Go's `%v`/JSON printing in field errors writes it: strings quoted, the rest as JSON, nothing as `null`. */
export function showValue(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value)
}

const withDetail = (head: string, detail: string): string => (detail ? `${head}: ${detail}` : head)

export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: withDetail(`Invalid value: ${showValue(value)}`, detail),
})
export const required = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  field,
  message: withDetail('Required value', detail),
})
export const duplicate = (field: string, value: unknown): FieldError => ({
  reason: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${showValue(value)}`,
})
export const forbidden = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueForbidden',
  field,
  message: withDetail('Forbidden', detail),
})
export const notFoundValue = (field: string, value: unknown): FieldError => ({
  reason: 'FieldValueNotFound',
  field,
  message: `Not found: ${showValue(value)}`,
})
/** Prints the supported values in the order given: Kubernetes sorts most sets, but prints some lists as written. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  message: withDetail(
    `Unsupported value: ${showValue(value)}`,
    supported.length ? `supported values: ${supported.map(s => JSON.stringify(s)).join(', ')}` : '',
  ),
})
/** The value itself is not printed since Kubernetes 1.32. */
export const tooLong = (field: string, maxLength: number): FieldError => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${maxLength} bytes`,
})
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  reason: 'FieldValueTooMany',
  field,
  message: `Too many: ${actual}: must have at most ${max} items`,
})
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueTypeInvalid',
  field,
  message: withDetail(`Invalid value: ${showValue(value)}`, detail),
})
export const internal = (field: string, detail: string): FieldError => ({
  reason: 'InternalError',
  field,
  message: `Internal error: ${detail}`,
})
