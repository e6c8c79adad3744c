import type { NodeSelectorTerm, PodSpec } from '../../generated/types.ts'
import { isLabelValue } from '../../validation/names.ts'

const DEPRECATED: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
}

/** What to say of a node label that is on its way out; undefined for others. */
export const deprecatedNodeLabel = (key: string): string | undefined =>
  Object.hasOwn(DEPRECATED, key) ? DEPRECATED[key] : undefined

/** The warning about a node label at `path`; none where the label is current. */
export function nodeLabelWarning(key: string, path: string): string[] {
  const text = deprecatedNodeLabel(key)
  return text === undefined ? [] : [`${path}: ${text}`]
}

/** Old node labels in selector and affinity, and values that no label can have. */
export function nodeSelectorWarnings(spec: PodSpec, path: string): string[] {
  const affinity = spec.affinity?.nodeAffinity
  const at = `${path}.affinity.nodeAffinity`
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap(key => {
      const text = deprecatedNodeLabel(key)
      return text ? [`${path}.nodeSelector[${key}]: ${text}`] : []
    }),
    ...required.flatMap((term, i) =>
      termWarnings(term, false, `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`),
    ),
    ...preferred.flatMap((term, i) =>
      termWarnings(term.preference, true, `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`),
    ),
  ]
}

function termWarnings(term: NodeSelectorTerm, checkValues: boolean, path: string): string[] {
  return (term.matchExpressions ?? []).flatMap((expression, i) => {
    const at = `${path}.matchExpressions[${i}]`
    const text = deprecatedNodeLabel(expression.key)
    const values = checkValues ? (expression.values ?? []) : []
    return [
      ...(text ? [`${at}.key: ${expression.key} is ${text}`] : []),
      ...values.flatMap((value, v) => isLabelValue(value).map(f => `${at}.values[${v}]: ${value} is invalid, ${f}`)),
    ]
  })
}

/** Spreading by old labels, or over pods that nothing selects. */
export function topologyWarnings(spec: PodSpec, path: string): string[] {
  return (spec.topologySpreadConstraints ?? []).flatMap((constraint, i) => {
    const at = `${path}.topologySpreadConstraints[${i}]`
    const key = constraint.topologyKey
    const text = deprecatedNodeLabel(key)
    return [
      ...(text ? [`${at}.topologyKey: ${key} is ${text}`] : []),
      ...(constraint.labelSelector ? [] : [`${at}.labelSelector: a null labelSelector results in matching no pod`]),
    ]
  })
}
