import { type FieldError, forbidden, invalid, tooLong } from '../../base/field-error.ts'
import { semanticEqual } from './equal.ts'
import { byteLength, isConfigMapKey } from './names.ts'

/** Rules that ConfigMap and Secret share. */

/** Bytes that all values together may have. */
export const DATA_LIMIT = 1024 * 1024

type Data = Readonly<Record<string, string>> | undefined

/** Faults of keys; `other` is the map that may not have the same keys, with its name. */
export function validateKeys(data: Data, path: string, other?: { data: Data; name: string }): FieldError[] {
  return Object.keys(data ?? {}).flatMap(key => {
    const faults = isConfigMapKey(key).map(text => invalid(`${path}[${key}]`, key, text))
    if (other?.data && Object.hasOwn(other.data, key))
      faults.push(invalid(`${path}[${key}]`, key, `duplicate of key present in ${other.name}`))
    return faults
  })
}

export const textSize = (data: Data): number => Object.values(data ?? {}).reduce((n, v) => n + byteLength(v), 0)
/** Bytes of base64 values when decoded. */
export const decodedSize = (data: Data): number =>
  Object.values(data ?? {}).reduce((n, v) => n + Buffer.byteLength(v, 'base64'), 0)

export function validateDataSize(bytes: number, path: string): FieldError[] {
  return bytes > DATA_LIMIT ? [tooLong(path, DATA_LIMIT)] : []
}

const FIXED = 'field is immutable when `immutable` is set'

interface MaybeImmutable {
  readonly immutable?: boolean | undefined
}

/** Faults of a change to an object that was marked immutable, for the fields named. */
export function validateStillImmutable<T extends MaybeImmutable>(
  now: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!old.immutable) return []
  const faults = now.immutable ? [] : [forbidden('immutable', FIXED)]
  for (const f of fields) if (!semanticEqual(now[f], old[f])) faults.push(forbidden(f, FIXED))
  return faults
}
