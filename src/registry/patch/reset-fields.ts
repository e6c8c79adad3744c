import { type Fields, fieldsOf, NO_FIELDS } from './fields.ts'

type Paths = readonly (readonly string[])[]

const STATUS: Paths = [['status']]
const SPEC: Paths = [['spec']]
const SPEC_AND_METADATA: Paths = [['spec'], ['metadata']]

/** Where a kind's endpoints reset other fields than status (of the object) and spec (of its status). */
const EXCEPTIONS: Readonly<Record<string, Paths>> = {
  'pods/status': [['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']],
  'deployments.apps/status': [['spec'], ['metadata', 'labels']],
  'namespaces/finalize': STATUS,
  'certificatesigningrequests.certificates.k8s.io/': [['spec'], ['status']],
  'certificatesigningrequests.certificates.k8s.io/status': [['spec'], ['status', 'conditions']],
  'certificatesigningrequests.certificates.k8s.io/approval': [['spec'], ['status', 'certificate']],
  'validatingadmissionpolicies.admissionregistration.k8s.io/status': SPEC_AND_METADATA,
  'flowschemas.flowcontrol.apiserver.k8s.io/status': SPEC_AND_METADATA,
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io/status': SPEC_AND_METADATA,
  'servicecidrs.networking.k8s.io/status': SPEC_AND_METADATA,
  'resourceclaims.resource.k8s.io/status': SPEC_AND_METADATA,
  'volumeattachments.storage.k8s.io/status': SPEC_AND_METADATA,
  'apiservices.apiregistration.k8s.io/status': SPEC_AND_METADATA,
}

const known = new Map<string, Fields>()

interface Endpoint {
  readonly group: string
  readonly plural: string
  /** Empty for the object itself. */
  readonly subresource: string
  /** Whether the kind has a status subresource. */
  readonly hasStatus: boolean
  /** Custom resources keep metadata on writes to their status, which nobody owns through it. */
  readonly custom?: boolean
}

/** The fields that writes through an endpoint do not change, and that nobody comes to own through it. */
export function resetFieldsOf({ group, plural, subresource, hasStatus, custom = false }: Endpoint): Fields {
  const id = `${group ? `${plural}.${group}` : plural}/${subresource}`
  const key = `${id}/${hasStatus}/${custom}`
  let fields = known.get(key)
  if (!fields) known.set(key, (fields = toFields(EXCEPTIONS[id] ?? usualPaths(subresource, hasStatus, custom))))
  return fields
}

function usualPaths(subresource: string, hasStatus: boolean, custom: boolean): Paths {
  if (subresource === 'status') return custom ? SPEC_AND_METADATA : SPEC
  return subresource === '' && hasStatus ? STATUS : []
}

const toFields = (paths: Paths): Fields => (paths.length > 0 ? fieldsOf(...paths) : NO_FIELDS)
