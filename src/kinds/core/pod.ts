import { defineKind } from '../kind.ts'
import { dropInitAnnotations } from './pod/annotations.ts'
import { podColumns, podRowConditions } from './pod/columns.ts'
import { roundAmounts, roundRequirements, setPodDefaults } from './pod/defaults.ts'
import type { Faults } from './pod/faults.ts'
import { type PodObject, specOf } from './pod/object.ts'
import { NEW_POD } from './pod/options.ts'
import { prepareChangedPod, prepareNewPod } from './pod/prepare.ts'
import { checkNewPod } from './pod/validate.ts'

export const pod = defineKind<PodObject>({
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.Pod',
  generation: 'spec',
  deleteReturnsObject: true,
  ownFieldLabels: true,
  defaults: setDefaults,
  prepareForCreate: prepareNewPod,
  prepareForUpdate: prepareChangedPod,
  validate: p => {
    const out: Faults = []
    checkNewPod(p, NEW_POD, out)
    return out
  },
  gracePeriod,
  columns: podColumns,
  rowConditions: podRowConditions,
  selectableFields: {
    'spec.nodeName': p => p.spec?.nodeName ?? '',
    // The name of the field before v1.
    'spec.host': p => p.spec?.nodeName ?? '',
    'spec.restartPolicy': p => p.spec?.restartPolicy ?? '',
    'spec.schedulerName': p => p.spec?.schedulerName ?? '',
    'spec.serviceAccountName': p => p.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': p => `${p.spec?.hostNetwork ?? false}`,
    'status.phase': p => p.status?.phase ?? '',
    'status.podIP': p => p.status?.podIPs?.[0]?.ip ?? '',
    // Known as a label, but no field stands behind it.
    'status.podIPs': () => '',
    'status.nominatedNodeName': p => p.status?.nominatedNodeName ?? '',
  },
})

function setDefaults(draft: PodObject): void {
  draft.spec ??= { containers: [] }
  setPodDefaults(draft.spec)
  // Only for pods: templates keep what they were given.
  if ((draft.spec.terminationGracePeriodSeconds ?? 0) < 0) draft.spec.terminationGracePeriodSeconds = 1
  dropInitAnnotations(draft.metadata)
  setStatusDefaults(draft)
}

/** The single address and the list say the same; the single one wins. */
function setStatusDefaults({ status }: PodObject): void {
  if (!status) return
  if (status.podIP && status.podIP !== status.podIPs?.[0]?.ip) status.podIPs = [{ ip: status.podIP }]
  const first = status.podIPs?.[0]?.ip
  if (first) status.podIP = first
  const lists = [status.initContainerStatuses, status.containerStatuses, status.ephemeralContainerStatuses]
  for (const container of lists.flatMap(list => list ?? [])) {
    roundAmounts(container.allocatedResources)
    roundRequirements(container.resources)
  }
  roundAmounts(status.allocatedResources)
  roundRequirements(status.resources)
}

/** Pods that no node runs, or that have ended, go at once. */
function gracePeriod(p: PodObject, requested: number | undefined): number {
  const spec = specOf(p)
  const ended = p.status?.phase === 'Failed' || p.status?.phase === 'Succeeded'
  if (!spec.nodeName || ended) return 0
  const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 0
  return seconds < 0 ? 1 : seconds
}
