import { forbidden, invalid, notSupported, required } from '../../../base/field-error.ts'
import { parseQuantity, signOf } from '../../../base/quantity.ts'
import type {
  ObjectMeta,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  TypedObjectReference,
} from '../../generated/types.ts'
import { validateLabelSelector, validateLabels } from '../../validation/labels.ts'
import { validateAnnotations } from '../../validation/metadata.ts'
import { isDnsLabel, isDnsSubdomain } from '../../validation/names.ts'
import { addInvalid, checkOptionalChoice, type Faults, forbidSet } from './faults.ts'

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** The claim that an ephemeral volume makes. */
export function checkClaimTemplate(template: PersistentVolumeClaimTemplate, path: string, out: Faults): void {
  checkTemplateMetadata(template.metadata ?? {}, `${path}.metadata`, out)
  checkClaimSpec(template.spec, `${path}.spec`, out)
}

const NOT_IN_TEMPLATES = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
]

/** Metadata of embedded templates: labels and annotations only. */
export function checkTemplateMetadata(meta: ObjectMeta, path: string, out: Faults): void {
  out.push(...validateAnnotations(meta.annotations, `${path}.annotations`))
  out.push(...validateLabels(meta.labels, `${path}.labels`))
  forbidSet(meta, NOT_IN_TEMPLATES, 'cannot be set', path, out)
}

/** The spec of a claim, also in ephemeral volumes and in templates of stateful sets. */
export function checkClaimSpec(spec: PersistentVolumeClaimSpec, path: string, out: Faults): void {
  const modes = spec.accessModes ?? []
  if (modes.length === 0) out.push(required(`${path}.accessModes`, 'at least 1 access mode is required'))
  out.push(...validateLabelSelector(spec.selector, `${path}.selector`))
  for (const mode of modes) {
    if (!ACCESS_MODES.includes(mode)) out.push(notSupported(`${path}.accessModes`, mode, ACCESS_MODES))
  }
  const others = modes.some(mode => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode))
  if (others && modes.includes('ReadWriteOncePod')) {
    out.push(forbidden(`${path}.accessModes`, 'may not use ReadWriteOncePod with other access modes'))
  }
  const storage = spec.resources?.requests?.storage
  const storagePath = `${path}.resources[storage]`
  if (storage === undefined) out.push(required(storagePath))
  else if (signOf(parseQuantity(storage)) <= 0) out.push(invalid(storagePath, storage, 'must be greater than zero'))
  checkClassName(spec.storageClassName, `${path}.storageClassName`, out)
  checkOptionalChoice(spec.volumeMode, ['Block', 'Filesystem'], `${path}.volumeMode`, out)
  checkSources(spec, path, out)
  checkClassName(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`, out)
}

function checkClassName(name: string | undefined, path: string, out: Faults): void {
  if (name) addInvalid(out, path, name, isDnsSubdomain(name))
}

function checkSources(spec: PersistentVolumeClaimSpec, path: string, out: Faults): void {
  const { dataSource: source, dataSourceRef: ref } = spec
  if (source) checkSource(source, `${path}.dataSource`, out)
  if (ref) {
    checkSource(ref, `${path}.dataSourceRef`, out)
    if (ref.namespace) addInvalid(out, `${path}.dataSourceRef.namespace`, ref.namespace, isDnsLabel(ref.namespace))
  }
  if (!source || !ref) return
  if (ref.namespace) {
    out.push(invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified'))
  } else if (source.name !== ref.name || source.kind !== ref.kind || source.apiGroup !== ref.apiGroup) {
    out.push(invalid(path, {}, 'must match dataSourceRef'))
  }
}

function checkSource(source: TypedObjectReference, path: string, out: Faults): void {
  if (!source.name) out.push(required(`${path}.name`))
  if (!source.kind) out.push(required(`${path}.kind`))
  if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim') {
    const text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
    out.push(invalid(path, source.kind, text))
  }
  if (source.apiGroup) addInvalid(out, `${path}.apiGroup`, source.apiGroup, isDnsSubdomain(source.apiGroup))
}
