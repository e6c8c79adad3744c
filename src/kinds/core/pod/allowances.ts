import { parseQuantity } from '../../../base/quantity.ts'
import type { LabelSelector, ObjectMeta, PodSpec } from '../../generated/types.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { isLabelValue } from '../../validation/names.ts'
import { checkLabelKeys } from './affinity.ts'
import { DELETION_COST, isDeletionCost } from './annotations.ts'
import type { Faults } from './faults.ts'
import { NEW_POD, type PodRules } from './options.ts'
import { checkUnreservedPath } from './paths.ts'
import { isHugePages, isWholePages } from './resource-names.ts'
import { isSidecar } from './resources.ts'
import { containersWithPaths, hostNamespaceOf } from './security.ts'

/** Rules for a change of a pod or template: faults that the old one has already may stay. */
export function rulesForChange(old: PodSpec, oldMeta: ObjectMeta | undefined, isPod: boolean): PodRules {
  const cost = oldMeta?.annotations?.[DELETION_COST]
  const constraints = old.topologySpreadConstraints ?? []
  const containers = [...containersWithPaths(old, '')].map(c => c.container)
  return {
    ...NEW_POD,
    isPod,
    badDeletionCost: cost !== undefined && !isDeletionCost(cost),
    unevenHugePages: containers.some(c => hasUnevenPages(c.resources?.limits) || hasUnevenPages(c.resources?.requests)),
    badSelectorValues: podSelectors(old).some(hasBadValues),
    badNodeAffinityValues: requiredValues(old).some(value => isLabelValue(value).length > 0),
    badSpreadSelectors: constraints.some(c => validateLabelSelector(c.labelSelector, '').length > 0),
    badSpreadLabelKeys: constraints.some(c => {
      const { matchLabelKeys, labelSelector } = c
      return finds(out => checkLabelKeys({ matchLabelKeys, labelSelector }, '', out))
    }),
    nonLocalTokenPath: (old.volumes ?? [])
      .flatMap(v => v.projected?.sources ?? [])
      .some(s => finds(out => checkUnreservedPath(s.serviceAccountToken?.path ?? '', '', out))),
    hostSysctls: (old.securityContext?.sysctls ?? []).some(s => hostNamespaceOf(s.name, old) !== undefined),
    initRestartContainer: (old.initContainers ?? []).some(
      c => !isSidecar(c) && c.resizePolicy?.some(p => p.restartPolicy === 'RestartContainer'),
    ),
    userNamespaceDevices: old.hostUsers === false && containers.some(c => (c.volumeDevices ?? []).length > 0),
  }
}

function finds(check: (out: Faults) => void): boolean {
  const out: Faults = []
  check(out)
  return out.length > 0
}

const hasUnevenPages = (list: Readonly<Record<string, string>> | undefined): boolean =>
  Object.entries(list ?? {}).some(([name, text]) => isHugePages(name) && !isWholePages(name, parseQuantity(text)))

const hasBadValues = (selector: LabelSelector | undefined): boolean =>
  (selector?.matchExpressions ?? []).some(e => e.values?.some(value => isLabelValue(value).length > 0))

function podSelectors({ affinity }: PodSpec): (LabelSelector | undefined)[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap(a => {
    const preferred = a?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const required = a?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const terms = [...preferred.map(t => t.podAffinityTerm), ...required]
    return terms.flatMap(t => [t.labelSelector, t.namespaceSelector])
  })
}

function requiredValues({ affinity }: PodSpec): string[] {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const expressions = (required?.nodeSelectorTerms ?? []).flatMap(t => t.matchExpressions ?? [])
  return expressions.flatMap(e => e.values ?? [])
}
