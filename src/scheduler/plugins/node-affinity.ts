import type { NodeSelectorTerm } from '../../kinds/generated/types.ts'
import { matchesNode, matchesNodeTerm } from '../../kinds/node-selector.ts'
import type { Frozen } from '../../kinds/object.ts'
import { type FilterPlugin, type PodObject, type ScorePlugin, unfit } from '../framework.ts'

const REASON = "node(s) didn't match Pod's node affinity/selector"

/** Each term wants the node to have two names. */
const CONFLICT = 'pod affinity terms conflict'

/** Node selector and node affinity: required terms filter, preferred ones score. */
export const nodeAffinity: FilterPlugin & ScorePlugin = {
  name: 'NodeAffinity',
  weight: 2,
  wakesOn: ['node-added', 'node-labels'],
  prepare: (pod: PodObject) => {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    const selects = required !== undefined || Object.keys(pod.spec?.nodeSelector ?? {}).length > 0
    if (!selects && preferred.length === 0) return undefined
    const only = required ? namedNodes(required.nodeSelectorTerms) : undefined
    return {
      ...(only ? { only } : {}),
      ...(only?.size === 0 ? { reject: CONFLICT } : {}),
      filter: info => (matchesNode(pod.spec, info.node) ? undefined : unfit(REASON)),
      normalize: 'by-max' as const,
      score: info =>
        preferred.reduce(
          (sum, p) => sum + (p.weight !== 0 && matchesNodeTerm(p.preference, info.node) ? p.weight : 0),
          0,
        ),
    }
  },
}

/** The node names that a pod is bound to by field terms alone (as DaemonSets write them); undefined where it is not. */
export function namedNodes(terms: Frozen<NodeSelectorTerm[]>): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  for (const term of terms) {
    const byName = term.matchFields?.filter(f => f.key === 'metadata.name' && f.operator === 'In') ?? []
    if (byName.length === 0) return undefined
    for (const name of byName[0]?.values ?? []) if (byName.every(f => f.values?.includes(name))) names.add(name)
  }
  return names
}
