import { invalid, required } from '../../base/field-error.ts'
import { selectorFromLabels } from '../../base/selector.ts'
import { labelsText } from '../columns.ts'
import type { ReplicationController } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import { nameIsLongName } from '../validation/names.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { checkNonNegative, type Faults } from './pod/faults.ts'
import { replicaRules } from './pod/replicas.ts'
import { checkTemplateOf, faultsOf, setTemplateDefaults, templateRules } from './pod/template.ts'

type Whole = ObjectOf<ReplicationController>

export const replicationController = defineKind<Whole>({
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.ReplicationController',
  validateName: nameIsLongName,
  ...replicaRules<Whole>({ selectorText: rc => labelsText(rc.spec?.selector) }),
  defaultPropagation: 'Orphan',
  ownFieldLabels: true,
  defaults: setDefaults,
  validate: rc => faultsOf(out => checkSpec(rc, undefined, out)),
  validateUpdate: (rc, old) => faultsOf(out => checkChange(rc, old, out)),
  selectableFields: { 'status.replicas': rc => `${rc.status?.replicas ?? 0}` },
})

/** Selector and labels come from the template where there are none. */
function setDefaults(draft: Whole): void {
  const spec = (draft.spec ??= {})
  const labels = spec.template?.metadata?.labels
  if (labels) {
    if (!Object.keys(spec.selector ?? {}).length) spec.selector = { ...labels }
    if (!Object.keys(draft.metadata.labels ?? {}).length) draft.metadata.labels = { ...labels }
  }
  spec.replicas ??= 1
  setTemplateDefaults(spec.template)
}

function checkSpec({ spec }: Whole, old: Whole | undefined, out: Faults): void {
  checkNonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', out)
  if (!Object.keys(spec?.selector ?? {}).length) out.push(required('spec.selector'))
  if (spec?.replicas === undefined) out.push(required('spec.replicas'))
  checkNonNegative(spec?.replicas, 'spec.replicas', out)
  if (!spec?.template) {
    out.push(required('spec.template'))
    return
  }
  const rules = templateRules(old?.spec?.template)
  checkTemplateOf(
    spec.template,
    selectorFromLabels(spec.selector),
    'ReplicationController',
    'spec.template',
    rules,
    out,
  )
}

const NON_CONVERTIBLE = 'non-convertible.kubernetes.io/'

function checkChange(rc: Whole, old: Whole, out: Faults): void {
  checkSpec(rc, old, out)
  // Left by a conversion between versions that lost part of the selector.
  for (const [key, value] of Object.entries(old.metadata.annotations ?? {})) {
    if (!key.startsWith(NON_CONVERTIBLE)) continue
    const field = key.slice(NON_CONVERTIBLE.length)
    if (!field.includes('selector')) {
      const message = `Not found: ${JSON.stringify(value)}: unknown non-convertible field`
      out.push({ reason: 'FieldValueNotFound', field, message })
    } else if (!semanticEqual(rc.spec?.selector, old.spec?.selector)) {
      out.push(invalid('spec.selector', rc.spec?.selector, 'cannot update non-convertible selector'))
    }
  }
}
