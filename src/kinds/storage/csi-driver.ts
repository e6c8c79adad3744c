import { duplicate, type FieldError, invalid, notSupported, required } from '../../base/field-error.ts'
import { age, boolean, name, text } from '../columns.ts'
import type { CSIDriver, CSIDriverSpec } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { IMMUTABLE } from '../validation/metadata.ts'

const MODES = ['Persistent', 'Ephemeral']
const FS_GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType']
const MIN_TOKEN_SECONDS = 600
const MAX_TOKEN_SECONDS = 2 ** 32
const MIN_UPDATE_SECONDS = 10

export const csiDriver = defineKind<ObjectOf<CSIDriver>>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  unconditionalUpdate: false,
  deleteReturnsObject: true,
  defaults: ({ spec }) => {
    if (!spec) return
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent']
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
  },
  validate: d => validate(d.spec),
  validateUpdate: (now, old) => [
    ...validate(now.spec),
    // The path is written so in Kubernetes.
    ...(now.spec.attachRequired === old.spec.attachRequired
      ? []
      : [invalid('spec.attachedRequired', now.spec.attachRequired, IMMUTABLE)]),
    ...(semanticEqual(now.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes)
      ? []
      : [invalid('spec.volumeLifecycleModes', now.spec.volumeLifecycleModes, IMMUTABLE)]),
  ],
  warnings: ({ spec }, old) =>
    !old && spec.tokenRequests?.length && spec.serviceAccountTokenInSecrets === undefined
      ? [
          'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
        ]
      : [],
  columns: [
    name(),
    boolean('AttachRequired', d => d.spec.attachRequired ?? true),
    boolean('PodInfoOnMount', d => d.spec.podInfoOnMount ?? false),
    boolean('StorageCapacity', d => d.spec.storageCapacity ?? false),
    text('TokenRequests', d => (d.spec.tokenRequests ?? []).map(t => t.audience).join(',') || '<unset>'),
    boolean('RequiresRepublish', d => d.spec.requiresRepublish ?? false),
    text('Modes', d => (d.spec.volumeLifecycleModes ?? []).join(',') || '<none>'),
    age(),
  ],
})

function validate(spec: CSIDriverSpec): FieldError[] {
  const faults: FieldError[] = []
  for (const field of ['attachRequired', 'podInfoOnMount', 'storageCapacity'] as const)
    if (spec[field] === undefined) faults.push(required(`spec.${field}`))
  if (spec.fsGroupPolicy !== undefined && !FS_GROUP_POLICIES.includes(spec.fsGroupPolicy))
    faults.push(notSupported('spec.fsGroupPolicy', spec.fsGroupPolicy, FS_GROUP_POLICIES))
  const audiences = new Set<string>()
  spec.tokenRequests?.forEach(({ audience, expirationSeconds: seconds }, i) => {
    const path = `spec.tokenRequests[${i}]`
    if (audiences.has(audience)) faults.push(duplicate(`${path}.audience`, audience))
    audiences.add(audience)
    if (seconds === undefined) return
    if (seconds < MIN_TOKEN_SECONDS)
      faults.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'))
    if (seconds > MAX_TOKEN_SECONDS)
      faults.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'))
  })
  for (const mode of spec.volumeLifecycleModes ?? [])
    if (!MODES.includes(mode)) faults.push(notSupported('spec.volumeLifecycleModes', mode, MODES))
  const period = spec.nodeAllocatableUpdatePeriodSeconds
  if (period !== undefined && period < MIN_UPDATE_SECONDS)
    faults.push(
      invalid(
        'spec.nodeAllocatableUpdatePeriodSeconds',
        period,
        `must be greater than or equal to ${MIN_UPDATE_SECONDS} seconds`,
      ),
    )
  if (spec.serviceAccountTokenInSecrets !== undefined && !spec.tokenRequests?.length)
    faults.push(
      invalid(
        'spec.serviceAccountTokenInSecrets',
        spec.serviceAccountTokenInSecrets,
        'serviceAccountTokenInSecrets is set but no tokenRequests are specified',
      ),
    )
  return faults
}
