import { age, integer, name, wide } from '../../columns.ts'
import type { PodTemplateSpec } from '../../generated/types.ts'
import type { Column, KindDefinition } from '../../kind.ts'
import type { KubeObject } from '../../object.ts'
import type { Faults } from './faults.ts'
import { checkAtMost, checkCounts, containerImages, containerNames, faultsOf, prepareTemplate } from './template.ts'
import { hostnameWarnings, templateWarnings } from './warnings.ts'

/** What the objects have that keep a number of pods: ReplicaSets and ReplicationControllers. */
interface ReplicaObject extends KubeObject {
  spec?: { replicas?: number | undefined; template?: PodTemplateSpec | undefined } | undefined
  status?: { replicas: number; readyReplicas?: number | undefined } | undefined
}

type ReplicaRules<T extends ReplicaObject> = Required<
  Pick<
    KindDefinition<T>,
    'generation' | 'prepareForCreate' | 'prepareForUpdate' | 'warnings' | 'status' | 'scale' | 'columns'
  >
>

/** The part of their kinds that both share. */
export function replicaRules<T extends ReplicaObject>(o: {
  readonly selectorText: (object: T) => string
  /** Counts of the status beside those that both have. */
  readonly moreCounts?: readonly string[]
}): ReplicaRules<T> {
  return {
    generation: 'spec',
    prepareForCreate: draft => {
      draft.status = { replicas: 0 }
      prepareTemplate(draft.spec?.template)
    },
    prepareForUpdate: (draft, old) => {
      draft.status = old.status
      prepareTemplate(draft.spec?.template, old.spec?.template)
    },
    warnings: (object, old) => [
      ...(old ? [] : hostnameWarnings(object.metadata.name)),
      ...templateWarnings(object.spec?.template, 'spec.template', object.spec, old && { spec: old.spec }),
    ],
    status: {
      prepareForUpdate: (draft, old) => {
        draft.spec = old.spec
      },
      validateUpdate: object => faultsOf(out => checkStatus(object, o.moreCounts ?? [], out)),
    },
    scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
    columns: columns(o.selectorText),
  }
}

function columns<T extends ReplicaObject>(selectorText: (object: T) => string): Column<T>[] {
  return [
    name(),
    integer('Desired', o => o.spec?.replicas ?? 0),
    integer('Current', o => o.status?.replicas ?? 0),
    integer('Ready', o => o.status?.readyReplicas ?? 0),
    age(),
    wide('Containers', o => containerNames(o.spec?.template)),
    wide('Images', o => containerImages(o.spec?.template)),
    wide('Selector', selectorText),
  ]
}

function checkStatus({ status }: ReplicaObject, moreCounts: readonly string[], out: Faults): void {
  const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']
  checkCounts(status, ['replicas', ...counts, 'observedGeneration', ...moreCounts], out)
  checkAtMost(status, counts, 'replicas', 'status.replicas', out)
  checkAtMost(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas', out)
}
