import { type FieldError, forbidden } from '../../base/field-error.ts'
import { compareQuantityTexts } from '../../base/quantity.ts'
import { age, name, text, wide } from '../columns.ts'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, TypedLocalObjectReference } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { goDiff } from '../validation/go-diff.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { accessModesText } from './access-modes.ts'
import { validateClaimStatus } from './claim-status.ts'
import { checkClaimSpec } from './pod/claim-spec.ts'

type Whole = ObjectOf<PersistentVolumeClaim>

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'

export const persistentVolumeClaim = defineKind<Whole>({
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  deleteReturnsObject: true,
  defaults: draft => {
    const spec = draft.spec
    if (spec) spec.volumeMode ??= 'Filesystem'
    if (draft.status) draft.status.phase ||= 'Pending'
  },
  prepareForCreate: draft => {
    draft.status = { phase: 'Pending' }
    dropForeignSource(draft.spec)
    matchSources(draft.spec)
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    if (!old.spec?.dataSource && !old.spec?.dataSourceRef) dropForeignSource(draft.spec)
    matchSources(draft.spec)
  },
  validate: c => validate(c.spec ?? {}),
  validateUpdate: (now, old) => [...validate(now.spec ?? {}), ...validateChange(now, old)],
  warnings: c =>
    c.metadata.annotations?.[CLASS_ANNOTATION] === undefined
      ? []
      : [`metadata.annotations[${CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: c => validateClaimStatus(c.status ?? {}),
  },
  columns: [
    name(),
    text('Status', c => (c.metadata.deletionTimestamp ? 'Terminating' : (c.status?.phase ?? ''))),
    text('Volume', c => c.spec?.volumeName ?? ''),
    text('Capacity', c => (c.spec?.volumeName ? (c.status?.capacity?.['storage'] ?? '0') : '')),
    text('Access Modes', c => (c.spec?.volumeName ? accessModesText(c.status?.accessModes) : '')),
    text('StorageClass', c => c.metadata.annotations?.[CLASS_ANNOTATION] ?? c.spec?.storageClassName ?? ''),
    text('VolumeAttributesClass', c => c.spec?.volumeAttributesClassName ?? '<unset>'),
    age(),
    wide('VolumeMode', c => c.spec?.volumeMode ?? '<unset>'),
  ],
})

/** Sources in other namespaces are a feature that is off in 1.36. */
function dropForeignSource(spec: PersistentVolumeClaimSpec | undefined): void {
  if (spec?.dataSourceRef?.namespace) delete spec.dataSourceRef
}

/** dataSource and its wider successor say the same where only one is given. */
function matchSources(spec: PersistentVolumeClaimSpec | undefined): void {
  if (!spec) return
  // Alone, the old field takes claims and snapshots only; anything else given there is dropped.
  const { dataSource: source, dataSourceRef: ref } = spec
  if (source && !ref) {
    if (isClaimOrSnapshot(source)) spec.dataSourceRef = { ...source }
    else delete spec.dataSource
  } else if (ref && !source && !ref.namespace) {
    const { namespace: _none, ...old } = ref
    spec.dataSource = old
  }
}

const isClaimOrSnapshot = ({ kind, apiGroup }: TypedLocalObjectReference): boolean =>
  (kind === 'PersistentVolumeClaim' && !apiGroup) ||
  (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io')

function validate(spec: PersistentVolumeClaimSpec): FieldError[] {
  const faults: FieldError[] = []
  checkClaimSpec(spec, 'spec', faults)
  return faults
}

/** A claim stays as it is, but for its size once bound, its volume and its class where they were open. */
function validateChange(now: Whole, old: Whole): FieldError[] {
  const before = structuredClone(old.spec ?? {}) as PersistentVolumeClaimSpec
  const after = structuredClone(now.spec ?? {}) as PersistentVolumeClaimSpec
  if (!before.volumeName) copy(after, before, 'volumeName')
  if (before.storageClassName === undefined && old.metadata.annotations?.[CLASS_ANNOTATION] === undefined)
    copy(after, before, 'storageClassName')
  const [size, oldSize] = [now.spec?.resources?.requests?.['storage'], old.spec?.resources?.requests?.['storage']]
  if (now.status?.phase === 'Bound') {
    if (after.resources?.requests && oldSize !== undefined) after.resources.requests['storage'] = oldSize
    copy(before, after, 'volumeAttributesClassName')
  }
  const faults: FieldError[] = []
  if (!semanticEqual(after, before))
    faults.push(
      forbidden(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${goDiff(claimStruct(before), claimStruct(after))}`,
      ),
    )
  const capacity = old.status?.capacity?.['storage'] ?? '0'
  if (
    oldSize !== undefined &&
    compareQuantityTexts(size ?? '0', oldSize) < 0 &&
    compareQuantityTexts(size ?? '0', capacity) <= 0
  )
    faults.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  return [...faults, ...validateImmutable(now.spec?.volumeMode, old.spec?.volumeMode, 'volumeMode')]
}

function copy<K extends keyof PersistentVolumeClaimSpec>(
  from: PersistentVolumeClaimSpec,
  to: PersistentVolumeClaimSpec,
  field: K,
): void {
  const value = from[field]
  if (value === undefined) delete to[field]
  else to[field] = value
}

/** The spec with all fields in the order of Kubernetes' struct: that is what the message compares. */
function claimStruct(spec: PersistentVolumeClaimSpec): Record<string, unknown> {
  return {
    AccessModes: spec.accessModes ?? null,
    Selector: spec.selector ?? null,
    Resources: { Limits: spec.resources?.limits ?? null, Requests: spec.resources?.requests ?? null },
    VolumeName: spec.volumeName ?? '',
    StorageClassName: spec.storageClassName ?? null,
    VolumeMode: spec.volumeMode ?? null,
    DataSource: sourceStruct(spec.dataSource),
    DataSourceRef: spec.dataSourceRef
      ? { ...sourceStruct(spec.dataSourceRef), Namespace: spec.dataSourceRef.namespace ?? null }
      : null,
    VolumeAttributesClassName: spec.volumeAttributesClassName ?? null,
  }
}

const sourceStruct = (source: TypedLocalObjectReference | undefined): Record<string, unknown> | null =>
  source ? { APIGroup: source.apiGroup ?? null, Kind: source.kind ?? '', Name: source.name ?? '' } : null
