import { duplicate, type FieldError, invalid, notSupported, required, tooLong } from '../../base/field-error.ts'
import { age, nameOrDefault, text } from '../columns.ts'
import type { StorageClass, TopologySelectorTerm } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import { nodeLabelWarning } from '../core/pod/label-warnings.ts'
import type { ObjectOf } from '../object.ts'
import { validateLabelKey } from '../validation/labels.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { byteLength, isQualifiedName } from '../validation/names.ts'

type Whole = ObjectOf<StorageClass>

const MAX_PARAMETERS = 512
const PARAMETERS_LIMIT = 256 * 1024
const POLICIES = ['Delete', 'Retain']
const MODES = ['Immediate', 'WaitForFirstConsumer']

export const storageClass = defineKind<Whole>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.StorageClass',
  deleteReturnsObject: true,
  defaults: draft => {
    draft.reclaimPolicy ??= 'Delete'
    draft.volumeBindingMode ??= 'Immediate'
  },
  validate,
  validateUpdate: (now, old) => [
    ...validate(now),
    ...(['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const).flatMap(f =>
      validateImmutable(now[f], old[f], f),
    ),
  ],
  warnings: c =>
    (c.allowedTopologies ?? []).flatMap((term, i) =>
      (term.matchLabelExpressions ?? []).flatMap((e, j) =>
        nodeLabelWarning(e.key, `allowedTopologies[${i}].matchLabelExpressions[${j}].key`),
      ),
    ),
  columns: [
    nameOrDefault('storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'),
    text('Provisioner', c => c.provisioner),
    text('ReclaimPolicy', c => c.reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', c => c.volumeBindingMode ?? 'Immediate'),
    text('AllowVolumeExpansion', c => c.allowVolumeExpansion ?? false),
    age(),
  ],
})

function validate(c: Whole): FieldError[] {
  const provisioner = c.provisioner.toLowerCase()
  const faults: FieldError[] = provisioner
    ? isQualifiedName(provisioner).map(t => invalid('provisioner', provisioner, t))
    : [required('provisioner')]
  faults.push(...validateParameters(c.parameters, 'parameters', true))
  const { reclaimPolicy: policy, volumeBindingMode: mode } = c
  if (policy && !POLICIES.includes(policy)) faults.push(notSupported('reclaimPolicy', policy, POLICIES))
  if (mode === undefined) faults.push(required('volumeBindingMode'))
  else if (!MODES.includes(mode)) faults.push(notSupported('volumeBindingMode', mode, MODES))
  return [...faults, ...validateTopologies(c.allowedTopologies ?? [])]
}

/** Faults of free parameters for a driver; `mayBeEmpty` says whether there must be one. */
export function validateParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  path: string,
  mayBeEmpty: boolean,
): FieldError[] {
  const entries = Object.entries(parameters ?? {})
  if (entries.length > MAX_PARAMETERS) return [tooLong(path, MAX_PARAMETERS)]
  const faults: FieldError[] = entries.flatMap(([key]) => (key ? [] : [invalid(path, key, 'field can not be empty.')]))
  const size = entries.reduce((n, [k, v]) => n + byteLength(k) + byteLength(v), 0)
  if (size > PARAMETERS_LIMIT) faults.push(tooLong(path, PARAMETERS_LIMIT))
  if (!mayBeEmpty && entries.length === 0) faults.push(required(path, 'must contain at least one key/value pair'))
  return faults
}

function validateTopologies(terms: readonly TopologySelectorTerm[]): FieldError[] {
  // Kubernetes compares with one empty term for each term given: an empty one is a duplicate from the start.
  const seen: string[] = terms.map(() => '[]')
  return terms.flatMap((term, i) => {
    const path = `allowedTopologies[${i}].matchLabelExpressions`
    const { faults, key } = validateTerm(term, path)
    for (const other of seen) if (other === key) faults.push(duplicate(path, ''))
    seen.push(key)
    return faults
  })
}

function validateTerm(term: TopologySelectorTerm, path: string): { faults: FieldError[]; key: string } {
  const faults: FieldError[] = []
  const values = new Map<string, string[]>()
  term.matchLabelExpressions?.forEach((e, i) => {
    const at = `${path}[${i}]`
    const list = e.values ?? []
    if (list.length === 0) faults.push(required(`${at}.values`))
    list.forEach((v, j) => {
      if (list.indexOf(v) < j) faults.push(duplicate(`${at}.values[${j}]`, v))
    })
    faults.push(...validateLabelKey(e.key ?? '', `${at}.key`))
    if (values.has(e.key)) faults.push(duplicate(`${at}.key`, e.key))
    values.set(e.key, [...new Set(list)].sort())
  })
  return { faults, key: JSON.stringify([...values].sort(([a], [b]) => (a < b ? -1 : 1))) }
}
