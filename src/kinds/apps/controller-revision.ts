import { type FieldError, invalid, required } from '../../base/field-error.ts'
import { age, name, text } from '../columns.ts'
import type { ControllerRevision } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateImmutable, validateMetadata } from '../validation/metadata.ts'

type Whole = ObjectOf<ControllerRevision>

export const controllerRevision = defineKind<Whole>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  validate: r => [...validateRevision(r), ...validateData(r.data)],
  validateUpdate: (r, old) => [
    ...validateMetadata(r.metadata, { namespaced: true }),
    ...validateRevision(r),
    ...validateImmutable(r.data, old.data, 'data'),
  ],
  columns: [name(), text('Controller', controllerText), text('Revision', r => r.revision ?? 0), age()],
})

const validateRevision = ({ revision = 0 }: Whole): FieldError[] =>
  revision < 0 ? [invalid('revision', revision, 'must be greater than or equal to 0')] : []

function validateData(data: unknown): FieldError[] {
  if (data === undefined || data === null) return [required('data', 'data is mandatory')]
  return typeof data === 'object' && !Array.isArray(data) ? [] : [required('data', 'data must be a valid JSON object')]
}

/** `daemonset.apps/web`. */
function controllerText(r: Whole): string {
  const owner = r.metadata.ownerReferences?.find(o => o.controller)
  if (!owner) return '<none>'
  const slash = owner.apiVersion.indexOf('/')
  const group = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`
}
