import { type FieldError, forbidden, invalid, required, tooLong } from '../../base/field-error.ts'
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../generated/types.ts'
import { semanticEqual } from './equal.ts'
import { validateLabels } from './labels.ts'
import { byteLength, isDnsLabel, isQualifiedName, type NameRule, nameIsDnsSubdomain } from './names.ts'

/** Bytes of all annotation keys and values together. */
const ANNOTATIONS_LIMIT = 256 * 1024
const FIELD_MANAGER_LIMIT = 128
const SUBRESOURCE_LIMIT = 256

export const IMMUTABLE = 'field is immutable'

export interface MetadataRules {
  readonly namespaced: boolean
  /** Defaults to DNS subdomain. */
  readonly validateName?: NameRule | undefined
  /** Built-in kinds want finalizers without a slash to be standard ones; custom resources do not. Defaults to true. */
  readonly standardFinalizers?: boolean | undefined
}

/** Faults of the metadata of a new object whose name is already generated. */
export function validateMetadata(meta: ObjectMeta, rules: MetadataRules, path = 'metadata'): FieldError[] {
  return [
    ...validateNames(meta, rules.validateName ?? nameIsDnsSubdomain, path),
    ...validateNamespace(meta.namespace ?? '', rules.namespaced, path),
    ...validateCommon(meta, path),
    ...(rules.standardFinalizers === false ? [] : validateStandardFinalizers(meta.finalizers, path)),
  ]
}

function validateNames(meta: ObjectMeta, rule: NameRule, path: string): FieldError[] {
  const faults: FieldError[] = []
  const { name = '', generateName = '' } = meta
  if (generateName)
    for (const text of rule(generateName, true)) faults.push(invalid(`${path}.generateName`, generateName, text))
  if (!name) faults.push(required(`${path}.name`, 'name or generateName is required'))
  else for (const text of rule(name, false)) faults.push(invalid(`${path}.name`, name, text))
  return faults
}

function validateNamespace(namespace: string, namespaced: boolean, path: string): FieldError[] {
  if (!namespaced) return namespace ? [forbidden(`${path}.namespace`, 'not allowed on this type')] : []
  if (!namespace) return [required(`${path}.namespace`)]
  return isDnsLabel(namespace).map(text => invalid(`${path}.namespace`, namespace, text))
}

function validateCommon(meta: ObjectMeta, path: string): FieldError[] {
  return [
    ...validateNonNegative(meta.generation, `${path}.generation`),
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`),
    ...validateFinalizers(meta.finalizers, `${path}.finalizers`),
    ...validateManagedFields(meta.managedFields, `${path}.managedFields`),
  ]
}

/** A missing number is zero. */
export function validateNonNegative(value: number | undefined, path: string): FieldError[] {
  return (value ?? 0) < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : []
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  if (!annotations) return []
  const faults: FieldError[] = []
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    for (const text of isQualifiedName(key.toLowerCase())) faults.push(invalid(path, key, text))
    size += byteLength(key) + byteLength(value)
  }
  if (size > ANNOTATIONS_LIMIT) faults.push(tooLong(path, ANNOTATIONS_LIMIT))
  return faults
}

/** Faults of owner references; all are reported without an index, as Kubernetes does. */
export function validateOwnerReferences(references: readonly OwnerReference[] | undefined, path: string): FieldError[] {
  const faults: FieldError[] = []
  let controller = ''
  for (const ref of references ?? []) {
    const parts = ref.apiVersion.split('/')
    const version = parts.length > 2 ? '' : parts.at(-1)
    if (!version) faults.push(invalid(`${path}.apiVersion`, ref.apiVersion, 'version must not be empty'))
    for (const field of ['kind', 'name', 'uid'] as const)
      if (!ref[field]) faults.push(invalid(`${path}.${field}`, ref[field], 'must not be empty'))
    if (ref.apiVersion === 'v1' && ref.kind === 'Event')
      faults.push(invalid(path, ref, '/v1, Kind=Event is disallowed from being an owner'))
    if (!ref.controller) continue
    const current = `${ref.kind}/${ref.name}`
    if (controller)
      faults.push(
        invalid(
          path,
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`,
        ),
      )
    else controller = current
  }
  return faults
}

export function validateFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  if (!finalizers?.length) return []
  const faults = finalizers.flatMap(f => isQualifiedName(f).map(text => invalid(path, f, text)))
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    faults.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  return faults
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion']

/** Names without a slash must be known ones. `path` is that of the metadata. */
function validateStandardFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  return (finalizers ?? []).flatMap((f, i) =>
    f.includes('/') || STANDARD_FINALIZERS.includes(f)
      ? []
      : [invalid(`${path}.finalizers[${i}]`, f, 'name is neither a standard finalizer name nor is it fully qualified')],
  )
}

/** Go's `unicode.IsPrint`: graphic characters and the plain space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** Faults of the name of a field manager (also of the request parameter). */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  const faults: FieldError[] = []
  if (byteLength(manager) > FIELD_MANAGER_LIMIT) faults.push(tooLong(path, FIELD_MANAGER_LIMIT))
  let position = 0
  for (const c of manager) {
    if (!PRINTABLE.test(c))
      faults.push(invalid(path, manager, `invalid character ${codePoint(c)} (at position ${position})`))
    position += byteLength(c)
  }
  return faults
}

/** `U+0009`: Go prints the character behind it only where it is printable. */
const codePoint = (c: string): string => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

export function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined, path: string): FieldError[] {
  return (entries ?? []).flatMap((entry, i) => {
    const at = `${path}[${i}]`
    const faults: FieldError[] = []
    if (entry.operation !== 'Apply' && entry.operation !== 'Update')
      faults.push(invalid(`${at}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`'))
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1')
      faults.push(invalid(`${at}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'))
    faults.push(...validateFieldManager(entry.manager ?? '', `${at}.manager`))
    if (byteLength(entry.subresource ?? '') > SUBRESOURCE_LIMIT)
      faults.push(tooLong(`${at}.subresource`, SUBRESOURCE_LIMIT))
    return faults
  })
}

/** Faults of a change of metadata. Identity and deletion fields stand; names are not checked again. */
export function validateMetadataUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  rules: Pick<MetadataRules, 'standardFinalizers'> = {},
  path = 'metadata',
): FieldError[] {
  const faults: FieldError[] = []
  if (old.deletionTimestamp) {
    const extra = (meta.finalizers ?? []).filter(f => !old.finalizers?.includes(f)).sort()
    if (extra.length)
      faults.push(
        forbidden(
          `${path}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${[...new Set(extra)].map(f => JSON.stringify(f)).join(', ')}}`,
        ),
      )
  }
  if (!meta.resourceVersion)
    faults.push(invalid(`${path}.resourceVersion`, meta.resourceVersion ?? '', 'must be specified for an update'))
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    faults.push(invalid(`${path}.generation`, meta.generation ?? 0, 'must not be decremented'))
  for (const field of ['name', 'namespace', 'uid'] as const)
    faults.push(...validateImmutable(meta[field] ?? '', old[field] ?? '', `${path}.${field}`))
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
    faults.push(...validateImmutable(meta[field], old[field], `${path}.${field}`))
  faults.push(
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`),
    ...validateManagedFields(meta.managedFields, `${path}.managedFields`),
  )
  if (rules.standardFinalizers !== false) faults.push(...validateStandardFinalizers(meta.finalizers, path))
  return faults
}

/** One fault where the value is not what it was. */
export function validateImmutable(value: unknown, old: unknown, path: string): FieldError[] {
  return semanticEqual(value, old) ? [] : [invalid(path, value, IMMUTABLE)]
}
