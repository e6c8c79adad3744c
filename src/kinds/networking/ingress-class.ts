import { type FieldError, forbidden, invalid, notSupported, required, tooLong } from '../../base/field-error.ts'
import { age, nameOrDefault, orNone, text } from '../columns.ts'
import type { IngressClass, IngressClassParametersReference } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { byteLength, isDnsLabel, isDomainPrefixedPath } from '../validation/names.ts'
import { validateResource } from './ingress.ts'

const CONTROLLER_LIMIT = 250
const SCOPES = ['Cluster', 'Namespace']

export const ingressClass = defineKind<ObjectOf<IngressClass>>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IngressClass',
  generation: 'spec',
  defaults: draft => {
    if (draft.spec?.parameters) draft.spec.parameters.scope ??= 'Cluster'
  },
  validate,
  validateUpdate: (now, old) => [
    ...validateImmutable(now.spec?.controller ?? '', old.spec?.controller ?? '', 'spec.controller'),
    ...validate(now),
  ],
  columns: [
    nameOrDefault('ingressclass.kubernetes.io/is-default-class'),
    text('Controller', c => c.spec?.controller ?? ''),
    text('Parameters', c => orNone(parametersText(c.spec?.parameters))),
    age(),
  ],
})

function parametersText(p: IngressClassParametersReference | undefined): string {
  if (!p) return ''
  return `${p.kind}${p.apiGroup ? `.${p.apiGroup}` : ''}/${p.name}`
}

function validate({ spec }: IngressClass): FieldError[] {
  const controller = spec?.controller ?? ''
  const faults: FieldError[] = []
  if (!controller) faults.push(required('spec.controller'))
  else {
    if (byteLength(controller) > CONTROLLER_LIMIT) faults.push(tooLong('spec.controller', CONTROLLER_LIMIT))
    for (const t of isDomainPrefixedPath(controller)) faults.push(invalid('spec.controller', controller, t))
  }
  return spec?.parameters ? [...faults, ...validateParameters(spec.parameters, 'spec.parameters')] : faults
}

function validateParameters(p: IngressClassParametersReference, path: string): FieldError[] {
  const faults = validateResource(p, path)
  const { scope, namespace } = p
  if (scope === undefined) faults.push(required(`${path}.scope`))
  else if (!SCOPES.includes(scope)) faults.push(notSupported(`${path}.scope`, scope, SCOPES))
  else if (scope === 'Cluster' && namespace !== undefined)
    faults.push(forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"))
  else if (scope === 'Namespace') {
    if (namespace === undefined) faults.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"))
    else for (const t of isDnsLabel(namespace)) faults.push(invalid(`${path}.namespace`, namespace, t))
  }
  return faults
}
