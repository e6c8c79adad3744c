import { age, integer, name, selectorText, wide } from '../columns.ts'
import { checkNonNegative, type Faults } from '../core/pod/faults.ts'
import {
  checkAtMost,
  checkCounts,
  checkSelectorAndTemplate,
  containerImages,
  containerNames,
  faultsOf,
  prepareTemplate,
  setTemplateDefaults,
  templateRules,
} from '../core/pod/template.ts'
import { hostnameWarnings, templateWarnings } from '../core/pod/warnings.ts'
import type { ReplicaSet } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateImmutable } from '../validation/metadata.ts'

type Whole = ObjectOf<ReplicaSet>

export const replicaSet = defineKind<Whole>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  generation: 'spec',
  defaults: draft => {
    const spec = (draft.spec ??= { selector: {} })
    spec.replicas ??= 1
    setTemplateDefaults((spec.template ??= {}))
  },
  prepareForCreate: draft => {
    draft.status = { replicas: 0 }
    prepareTemplate(draft.spec?.template)
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    prepareTemplate(draft.spec?.template, old.spec?.template)
  },
  validate: rs => faultsOf(out => checkSpec(rs, undefined, out)),
  validateUpdate: (rs, old) => [
    ...faultsOf(out => checkSpec(rs, old, out)),
    ...validateImmutable(rs.spec?.selector, old.spec?.selector, 'spec.selector'),
  ],
  warnings: (rs, old) => [
    ...(old ? [] : hostnameWarnings(rs.metadata.name)),
    ...templateWarnings(rs.spec?.template, 'spec.template', rs.spec, old && { spec: old.spec }),
  ],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: rs => faultsOf(out => checkStatus(rs, out)),
  },
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  columns: [
    name(),
    integer('Desired', rs => rs.spec?.replicas ?? 0),
    integer('Current', rs => rs.status?.replicas ?? 0),
    integer('Ready', rs => rs.status?.readyReplicas ?? 0),
    age(),
    wide('Containers', rs => containerNames(rs.spec?.template)),
    wide('Images', rs => containerImages(rs.spec?.template)),
    wide('Selector', rs => selectorText(rs.spec?.selector)),
  ],
})

function checkSpec({ spec }: Whole, old: Whole | undefined, out: Faults): void {
  checkNonNegative(spec?.replicas, 'spec.replicas', out)
  checkNonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', out)
  // Kubernetes speaks of deployments here too.
  const wording = { emptyFor: 'deployment', deadlineIn: 'ReplicaSet' }
  checkSelectorAndTemplate(spec ?? {}, wording, 'spec', templateRules(old?.spec?.template), out)
}

function checkStatus({ status }: Whole, out: Faults): void {
  const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']
  checkCounts(status, ['replicas', ...counts, 'observedGeneration', 'terminatingReplicas'], out)
  checkAtMost(status, counts, 'replicas', 'status.replicas', out)
  checkAtMost(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas', out)
}
