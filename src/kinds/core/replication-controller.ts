import { invalid, required } from '../../base/field-error.ts'
import { selectorFromLabels } from '../../base/selector.ts'
import { age, integer, labelsText, name, wide } from '../columns.ts'
import type { ReplicationController } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { hostnameWarnings, templateWarnings } from './pod/warnings.ts'
import { checkNonNegative, type Faults } from './pod/faults.ts'
import {
  checkAtMost,
  checkCounts,
  checkTemplateOf,
  containerImages,
  containerNames,
  faultsOf,
  prepareTemplate,
  setTemplateDefaults,
  templateRules,
} from './pod/template.ts'

type Whole = ObjectOf<ReplicationController>

export const replicationController = defineKind<Whole>({
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.ReplicationController',
  generation: 'spec',
  defaultPropagation: 'Orphan',
  ownFieldLabels: true,
  defaults: setDefaults,
  prepareForCreate: draft => {
    draft.status = { replicas: 0 }
    prepareTemplate(draft.spec?.template)
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    prepareTemplate(draft.spec?.template, old.spec?.template)
  },
  validate: rc => faultsOf(out => checkSpec(rc, undefined, out)),
  validateUpdate: (rc, old) => faultsOf(out => checkChange(rc, old, out)),
  warnings: (rc, old) => [
    ...(old ? [] : hostnameWarnings(rc.metadata.name)),
    ...templateWarnings(rc.spec?.template, 'spec.template', rc.spec, old && { spec: old.spec }),
  ],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: rc => faultsOf(out => checkStatus(rc, out)),
  },
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  columns: [
    name(),
    integer('Desired', rc => rc.spec?.replicas ?? 0),
    integer('Current', rc => rc.status?.replicas ?? 0),
    integer('Ready', rc => rc.status?.readyReplicas ?? 0),
    age(),
    wide('Containers', rc => containerNames(rc.spec?.template)),
    wide('Images', rc => containerImages(rc.spec?.template)),
    wide('Selector', rc => labelsText(rc.spec?.selector)),
  ],
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

function checkStatus({ status }: Whole, out: Faults): void {
  const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']
  checkCounts(status, ['replicas', ...counts, 'observedGeneration'], out)
  checkAtMost(status, counts, 'replicas', 'status.replicas', out)
  checkAtMost(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas', out)
}
