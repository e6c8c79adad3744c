import { type FieldError, forbidden, invalid, required } from '../../base/field-error.ts'
import { age, boolean, name, text } from '../columns.ts'
import type { VolumeAttachment, VolumeAttachmentStatus, VolumeError } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { byteLength, isDnsSubdomain } from '../validation/names.ts'
import { validateDriverName } from '../validation/driver-name.ts'

type Whole = ObjectOf<VolumeAttachment>

const METADATA_LIMIT = 256 * 1024
const MESSAGE_LIMIT = 1024
const EXACTLY_ONE = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'

export const volumeAttachment = defineKind<Whole>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  unconditionalUpdate: false,
  deleteReturnsObject: true,
  prepareForCreate: draft => {
    draft.status = { attached: false }
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
  },
  validate,
  validateUpdate: (now, old) => [...validate(now), ...validateImmutable(now.spec, old.spec, 'spec')],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
      draft.metadata = {
        ...old.metadata,
        resourceVersion: draft.metadata.resourceVersion,
        managedFields: draft.metadata.managedFields,
      }
    },
    validateUpdate: a => validateStatus(a.status),
  },
  columns: [
    name(),
    { ...text<Whole>('Attacher', a => a.spec.attacher), format: 'name' },
    text('PV', a => a.spec.source.persistentVolumeName ?? ''),
    text('Node', a => a.spec.nodeName),
    boolean('Attached', a => a.status?.attached ?? false),
    age(),
  ],
})

function validate({ spec, status }: VolumeAttachment): FieldError[] {
  const faults = validateDriverName(spec.attacher, 'spec.attacher')
  const { persistentVolumeName: volume, inlineVolumeSpec: inline } = spec.source
  if (!volume && !inline) faults.push(required('spec.source', EXACTLY_ONE))
  else if (volume && inline) faults.push(forbidden('spec.source', EXACTLY_ONE))
  if (volume)
    for (const t of isDnsSubdomain(volume)) faults.push(invalid('spec.source.persistentVolumeName', volume, t))
  for (const t of isDnsSubdomain(spec.nodeName)) faults.push(invalid('spec.nodeName', spec.nodeName, t))
  return [...faults, ...validateStatus(status)]
}

function validateStatus(status: VolumeAttachmentStatus | undefined): FieldError[] {
  if (!status) return []
  const size = Object.entries(status.attachmentMetadata ?? {}).reduce(
    (n, [k, v]) => n + byteLength(k) + byteLength(v),
    0,
  )
  const long = (error: VolumeError | undefined, path: string): FieldError[] =>
    byteLength(error?.message ?? '') > MESSAGE_LIMIT
      ? [
          {
            reason: 'FieldValueTooLong',
            field: `${path}.message`,
            message: `Too long: may not be more than ${MESSAGE_LIMIT} bytes`,
          },
        ]
      : []
  return [
    ...(size > METADATA_LIMIT
      ? [
          {
            reason: 'FieldValueTooLong',
            field: 'status.attachmentMetadata',
            message: `Too long: may not be more than ${METADATA_LIMIT} bytes`,
          } as const,
        ]
      : []),
    ...long(status.attachError, 'status.attachError'),
    ...long(status.detachError, 'status.detachError'),
  ]
}
