import { age, name } from '../columns.ts'
import type { ServiceAccount } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'

const MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets'

export const serviceAccount = defineKind<ObjectOf<ServiceAccount>>({
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  deleteReturnsObject: true,
  prepareForCreate: keepOnlyNames,
  prepareForUpdate: keepOnlyNames,
  warnings: (now, old) =>
    now.metadata.annotations?.[MOUNTABLE] !== undefined && old?.metadata.annotations?.[MOUNTABLE] === undefined
      ? [
          `metadata.annotations[${MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ]
      : [],
  columns: [name(), age()],
})

/** References to secrets are within the namespace: all but the name is dropped. */
function keepOnlyNames(draft: ServiceAccount): void {
  if (draft.secrets) draft.secrets = draft.secrets.map(s => (s.name === undefined ? {} : { name: s.name }))
}
