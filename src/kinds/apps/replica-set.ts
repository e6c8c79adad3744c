import { selectorText } from '../columns.ts'
import { checkNonNegative, type Faults } from '../core/pod/faults.ts'
import { replicaRules } from '../core/pod/replicas.ts'
import { checkSelectorAndTemplate, faultsOf, setTemplateDefaults, templateRules } from '../core/pod/template.ts'
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
  ...replicaRules<Whole>({
    selectorText: rs => selectorText(rs.spec?.selector),
    moreCounts: ['terminatingReplicas'],
  }),
  defaults: draft => {
    const spec = (draft.spec ??= { selector: {} })
    spec.replicas ??= 1
    setTemplateDefaults((spec.template ??= {}))
  },
  validate: rs => faultsOf(out => checkSpec(rs, undefined, out)),
  validateUpdate: (rs, old) => [
    ...faultsOf(out => checkSpec(rs, old, out)),
    ...validateImmutable(rs.spec?.selector, old.spec?.selector, 'spec.selector'),
  ],
})

function checkSpec({ spec }: Whole, old: Whole | undefined, out: Faults): void {
  checkNonNegative(spec?.replicas, 'spec.replicas', out)
  checkNonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', out)
  // Kubernetes speaks of deployments here too.
  const wording = { emptyFor: 'deployment', deadlineIn: 'ReplicaSet' }
  checkSelectorAndTemplate(spec ?? {}, wording, 'spec', templateRules(old?.spec?.template), out)
}
