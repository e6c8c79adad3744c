import { defineKind } from '../kind.ts'
import { ipWarnings } from '../validation/ip.ts'
import { dropInitAnnotations } from './pod/annotations.ts'
import { podColumns, podRowConditions } from './pod/columns.ts'
import { roundAmounts, roundRequirements, setPodDefaults } from './pod/defaults.ts'
import { type PodObject, specOf } from './pod/object.ts'
import { NEW_POD } from './pod/options.ts'
import {
  prepareChangedPod,
  prepareChangedStatus,
  prepareEphemeralContainers,
  prepareNewPod,
  prepareResize,
} from './pod/prepare.ts'
import { checkResize } from './pod/resize.ts'
import { checkPodStatus } from './pod/status.ts'
import { faultsOf } from './pod/template.ts'
import { checkEphemeralUpdate, checkPodUpdate } from './pod/update.ts'
import { checkNewPod } from './pod/validate.ts'
import { podWarnings } from './pod/warnings.ts'

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
  validate: p => faultsOf(out => checkNewPod(p, NEW_POD, out)),
  validateUpdate: (p, old) => faultsOf(out => checkPodUpdate(p, old, out)),
  warnings: (p, old) => (old ? [] : podWarnings(p)),
  status: {
    prepareForUpdate: prepareChangedStatus,
    validateUpdate: (p, old) => faultsOf(out => checkPodStatus(p, old, out)),
    warnings: statusWarnings,
  },
  subresources: {
    ephemeralcontainers: {
      prepareForUpdate: prepareEphemeralContainers,
      validateUpdate: (p, old) => faultsOf(out => checkEphemeralUpdate(p, old, out)),
    },
    resize: {
      prepareForUpdate: prepareResize,
      validateUpdate: (p, old) => faultsOf(out => checkResize(p, old, out)),
    },
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

/** Addresses in odd forms. */
function statusWarnings({ status }: PodObject): string[] {
  return (['podIPs', 'hostIPs'] as const).flatMap(list =>
    (status?.[list] ?? []).flatMap(({ ip }, i) => ipWarnings(`status.${list}[${i}].ip`, ip)),
  )
}
