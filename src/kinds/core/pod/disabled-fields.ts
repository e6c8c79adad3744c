import type { Container, EphemeralContainer, PodSpec } from '../../generated/types.ts'

/**
 * Takes out what belongs to features that are off in 1.36, unless the object that is updated has it already:
 * cluster trust bundles and pod certificates in projected volumes, stop signals, scheduling groups.
 */
export function dropDisabledFields(spec: PodSpec | undefined, old?: PodSpec): void {
  if (!spec) return
  for (const source of ['clusterTrustBundle', 'podCertificate'] as const) {
    if (projections(old).some(p => p[source])) continue
    for (const projection of projections(spec)) delete projection[source]
  }
  if (!containers(old).some(c => c.lifecycle?.stopSignal)) {
    for (const container of containers(spec)) {
      if (container.lifecycle?.stopSignal === undefined) continue
      delete container.lifecycle.stopSignal
      const { postStart, preStop } = container.lifecycle
      if (!postStart && !preStop) delete container.lifecycle
    }
  }
  if (!old?.schedulingGroup) delete spec.schedulingGroup
}

const projections = (spec: PodSpec | undefined) => (spec?.volumes ?? []).flatMap(v => v.projected?.sources ?? [])

const containers = (spec: PodSpec | undefined): (Container | EphemeralContainer)[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
  ...(spec?.ephemeralContainers ?? []),
]
