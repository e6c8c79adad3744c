import { type FieldError, forbidden, invalid, notSupported, required, showValue } from '../../base/field-error.ts'
import { canonicalQuantity, parseQuantity, scaledValue, signOf } from '../../base/quantity.ts'
import { age, name, text, wide } from '../columns.ts'
import type { PersistentVolume, PersistentVolumeSpec, Volume } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import { nodeLabelWarning } from './pod/label-warnings.ts'
import type { ObjectOf } from '../object.ts'
import { wasGivenEmpty } from '../schema/decode.ts'
import { semanticEqual } from '../validation/equal.ts'
import { goDiff } from '../validation/go-diff.ts'
import { sourceStruct } from './volume-source-struct.ts'
import { validateDriverName } from '../validation/driver-name.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { isDnsLabel, isDnsSubdomain } from '../validation/names.ts'
import { accessModesText } from './access-modes.ts'
import { checkNodeSelector } from './pod/affinity.ts'
import { LEGACY_SOURCES } from './pod/legacy-volumes.ts'
import { hasBacksteps } from './pod/paths.ts'
import { HOST_PATH_TYPES } from './pod/volumes.ts'

type Whole = ObjectOf<PersistentVolume>

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const POLICIES = ['Delete', 'Recycle', 'Retain']

/** All that a volume can come from, in the order in which Kubernetes looks. */
const SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const satisfies readonly (keyof PersistentVolumeSpec)[]

export const persistentVolume = defineKind<Whole>({
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  deleteReturnsObject: true,
  defaults: ({ spec, ...draft }) => {
    if (!spec) return
    spec.persistentVolumeReclaimPolicy ||= 'Retain'
    spec.volumeMode ??= 'Filesystem'
    if (spec.hostPath) spec.hostPath.type ??= ''
    if (draft.status) draft.status.phase ||= 'Pending'
  },
  prepareForCreate: (draft, { now }) => {
    draft.status = { phase: 'Pending', lastPhaseTransitionTime: `${new Date(now).toISOString().slice(0, 19)}Z` }
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
  },
  validate: v => validate(v.spec ?? {}),
  // Kubernetes looks at the whole object twice when it changes.
  validateUpdate: ({ spec: now = {} }, { spec: old = {} }) => [
    ...validate(now),
    ...validate(now),
    ...validateChange(now, old),
  ],
  warnings,
  status: {
    prepareForUpdate: (draft, old, { now }) => {
      draft.spec = old.spec
      const status = draft.status
      if (!status) return
      const { phase, lastPhaseTransitionTime: changed } = old.status ?? {}
      if (status.phase === phase) {
        if (changed !== undefined) status.lastPhaseTransitionTime ??= changed
      } else if (status.lastPhaseTransitionTime === undefined || semanticEqual(status.lastPhaseTransitionTime, changed))
        status.lastPhaseTransitionTime = `${new Date(now).toISOString().slice(0, 19)}Z`
    },
  },
  columns: [
    name(),
    text('Capacity', v => v.spec?.capacity?.['storage'] ?? '0'),
    text('Access Modes', v => accessModesText(v.spec?.accessModes)),
    text('Reclaim Policy', v => v.spec?.persistentVolumeReclaimPolicy ?? ''),
    text('Status', v => (v.metadata.deletionTimestamp ? 'Terminating' : (v.status?.phase ?? ''))),
    text('Claim', v => (v.spec?.claimRef ? `${v.spec.claimRef.namespace ?? ''}/${v.spec.claimRef.name ?? ''}` : '')),
    text(
      'StorageClass',
      v => v.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? v.spec?.storageClassName ?? '',
    ),
    text('VolumeAttributesClass', v => v.spec?.volumeAttributesClassName ?? '<unset>'),
    text('Reason', v => v.status?.reason ?? ''),
    age(),
    wide('VolumeMode', v => v.spec?.volumeMode ?? '<unset>'),
  ],
})

/** Volume types that no longer work: since when. */
const GONE: Partial<Record<(typeof SOURCES)[number], string>> = {
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
}

function warnings({ metadata, spec = {} }: Whole): string[] {
  const out: string[] = []
  const instead = (annotation: string, since: string, field: string): void => {
    if (metadata.annotations?.[annotation] !== undefined)
      out.push(`metadata.annotations[${annotation}]: deprecated since ${since}; use "${field}" attribute instead`)
  }
  instead('volume.beta.kubernetes.io/storage-class', 'v1.8', 'storageClassName')
  instead('volume.beta.kubernetes.io/mount-options', 'v1.31', 'mountOptions')
  if (spec.persistentVolumeReclaimPolicy === 'Recycle')
    out.push(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    )
  for (const source of SOURCES) {
    const text = GONE[source]
    if (spec[source] && text) out.push(`spec.${source === 'storageos' ? 'storageOS' : source}: ${text}`)
  }
  spec.nodeAffinity?.required?.nodeSelectorTerms?.forEach((term, i) => {
    term.matchExpressions?.forEach((e, j) => {
      out.push(
        ...nodeLabelWarning(e.key, `spec.nodeAffinity.required.nodeSelectorTerms[${i}].matchExpressions[${j}].key`),
      )
    })
  })
  return out
}

function validate(spec: PersistentVolumeSpec): FieldError[] {
  return [
    ...validateModes(spec.accessModes ?? []),
    ...validateCapacity(spec),
    ...choice(spec.persistentVolumeReclaimPolicy || undefined, POLICIES, 'spec.persistentVolumeReclaimPolicy'),
    ...validateAffinity(spec),
    ...validateSource(spec),
    ...validateClasses(spec),
  ]
}

function choice(value: string | undefined, supported: readonly string[], path: string): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)]
}

function validateModes(modes: readonly string[]): FieldError[] {
  if (modes.length === 0) return [required('spec.accessModes')]
  const faults = modes.flatMap(m => choice(m, MODES, 'spec.accessModes'))
  if (modes.includes('ReadWriteOncePod') && modes.some(m => m !== 'ReadWriteOncePod' && MODES.includes(m)))
    faults.push(forbidden('spec.accessModes', 'may not use ReadWriteOncePod with other access modes'))
  return faults
}

function validateCapacity(spec: PersistentVolumeSpec): FieldError[] {
  const { capacity } = spec
  const entries = Object.entries(capacity ?? {})
  const given = showValue(capacity ?? (wasGivenEmpty(spec, 'capacity') ? {} : undefined))
  const faults: FieldError[] = entries.length ? [] : [required('spec.capacity')]
  if (!capacity?.['storage'] || entries.length > 1)
    faults.push({
      reason: 'FieldValueNotSupported',
      field: 'spec.capacity',
      message: `Unsupported value: ${given}: supported values: "storage"`,
    })
  for (const [resource, amount] of entries) {
    const path = `spec.capacity[${resource}]`
    const quantity = parseQuantity(amount)
    if (scaledValue(quantity) < 0)
      faults.push(invalid(path, scaledValue(quantity), 'must be a valid resource quantity'))
    if (signOf(quantity) <= 0) faults.push(invalid(path, canonicalQuantity(amount), 'must be greater than zero'))
  }
  return faults
}

function validateAffinity({ nodeAffinity, local }: PersistentVolumeSpec): FieldError[] {
  const path = 'spec.nodeAffinity'
  if (!nodeAffinity) return local ? [required(path, 'Local volume requires node affinity')] : []
  if (!nodeAffinity.required) return [required(`${path}.required`, 'must specify required node constraints')]
  const faults: FieldError[] = []
  checkNodeSelector(nodeAffinity.required, true, `${path}.required`, faults)
  return faults
}

function validateSource(spec: PersistentVolumeSpec): FieldError[] {
  const [first, ...more] = SOURCES.filter(s => spec[s])
  if (!first) return [required('spec', 'must specify a volume type')]
  const faults: FieldError[] = []
  for (const source of more) {
    // Kubernetes takes a second source without complaint where it is a flexVolume.
    if (source === 'flexVolume') LEGACY_SOURCES.flexVolume?.(spec as unknown as Volume, 'spec', faults)
    else faults.push(forbidden(`spec.${pathOf(source)}`, 'may not specify more than 1 volume type'))
  }
  if (first === 'hostPath' || first === 'local')
    faults.push(...validatePath(spec[first]?.path ?? '', `spec.${first}.path`))
  if (first === 'hostPath') faults.push(...choice(spec.hostPath?.type, HOST_PATH_TYPES, 'spec.hostPath.type'))
  else if (first === 'csi') faults.push(...validateCsi(spec))
  else if (first !== 'local') {
    // Pods name these sources alike, with secrets of their own namespace.
    LEGACY_SOURCES[first as keyof Volume]?.(spec as unknown as Volume, 'spec', faults)
    faults.push(...validateSecretNamespace(spec, first))
  }
  if (first === 'iscsi')
    return faults.map(f => ({ ...f, message: f.message.replace(/valid format starting with .*/, 'valid format') }))
  if (spec.hostPath && /^\/+(\.?\/*)*$/.test(spec.hostPath.path) && spec.persistentVolumeReclaimPolicy === 'Recycle')
    faults.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"))
  return faults
}

/** The path of this source is written so in Kubernetes where it is one too many. */
const pathOf = (source: string): string => (source === 'cephfs' ? 'cephFS' : source)

/** Volumes belong to no namespace: their secrets, and the endpoints of glusterfs, are named with one. */
function validateSecretNamespace(spec: PersistentVolumeSpec, source: string): FieldError[] {
  const faults: FieldError[] = []
  if (source === 'cinder' && spec.cinder?.secretRef && !spec.cinder.secretRef.namespace)
    faults.push(required('spec.cinder.secretRef.namespace'))
  if (source === 'storageos' && spec.storageos?.secretRef && !spec.storageos.secretRef.namespace)
    faults.push(required('spec.storageos.secretRef.namespace'))
  if (source === 'iscsi' && spec.iscsi?.secretRef && !spec.iscsi.secretRef.name)
    faults.push(required('spec.iscsi.secretRef.name'))
  if (source === 'azureFile' && spec.azureFile?.secretNamespace === '')
    faults.push(required('spec.azureFile.secretNamespace'))
  const namespace = spec.glusterfs?.endpointsNamespace
  if (source === 'glusterfs' && namespace !== undefined) {
    const path = 'spec.glusterfs.endpointsNamespace'
    if (!namespace)
      faults.push(invalid(path, namespace, 'if the endpointnamespace is set, it must be a valid namespace name'))
    else for (const t of isDnsLabel(namespace)) faults.push(invalid(path, namespace, t))
  }
  return faults
}

function validatePath(value: string, path: string): FieldError[] {
  if (!value) return [required(path)]
  return hasBacksteps(value) ? [invalid(path, value, "must not contain '..'")] : []
}

function validateCsi({ csi }: PersistentVolumeSpec): FieldError[] {
  if (!csi) return []
  const faults = validateDriverName(csi.driver, 'spec.csi.driver')
  if (!csi.volumeHandle) faults.push(required('spec.csi.volumeHandle'))
  for (const field of [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const) {
    const ref = csi[field]
    if (!ref) continue
    const { name = '', namespace = '' } = ref
    const path = `spec.csi.${field}`
    if (!name) faults.push(required(`${path}.name`))
    else for (const t of isDnsSubdomain(name)) faults.push(invalid(`${path}.name`, name, t))
    if (!namespace) faults.push(required(`${path}.namespace`))
    else for (const t of isDnsLabel(namespace)) faults.push(invalid(`${path}.namespace`, namespace, t))
  }
  return faults
}

function validateClasses(spec: PersistentVolumeSpec): FieldError[] {
  const { storageClassName, volumeAttributesClassName } = spec
  const faults = storageClassName
    ? isDnsSubdomain(storageClassName).map(t => invalid('spec.storageClassName', storageClassName, t))
    : []
  faults.push(...choice(spec.volumeMode, ['Block', 'Filesystem'], 'spec.volumeMode'))
  if (volumeAttributesClassName === undefined) return faults
  const path = 'spec.volumeAttributesClassName'
  if (!volumeAttributesClassName) faults.push(required(path, 'an empty string is disallowed'))
  else
    for (const t of isDnsSubdomain(volumeAttributesClassName)) faults.push(invalid(path, volumeAttributesClassName, t))
  if (!spec.csi) faults.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'))
  return faults
}

function validateChange(now: PersistentVolumeSpec, old: PersistentVolumeSpec): FieldError[] {
  const faults: FieldError[] = []
  const [source, before] = [now, old].map(s => JSON.stringify(sourceStruct(s)))
  if (source !== before)
    faults.push(
      forbidden(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${goDiff(sourceStruct(old), sourceStruct(now))}`,
      ),
    )
  faults.push(...validateImmutable(now.volumeMode, old.volumeMode, 'volumeMode'))
  if (old.nodeAffinity && !semanticEqual(now.nodeAffinity, old.nodeAffinity))
    faults.push(
      invalid('nodeAffinity', now.nodeAffinity, 'field is immutable, except for updating from beta label to GA'),
    )
  return faults
}
