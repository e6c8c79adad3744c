import type { NodeSelectorRequirement, NodeSelectorTerm } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import { type FilterPlugin, type NodeObject, type PodObject, type ScorePlugin, unfit } from '../framework.ts'

const REASON = "node(s) didn't match Pod's node affinity/selector"

/** Each term wants the node to have two names. */
const CONFLICT = 'pod affinity terms conflict'

/** True where the node has all labels of the selector and one of the required terms fits. */
export function matchesNode(pod: PodObject, node: NodeObject): boolean {
  const labels = node.metadata.labels
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) if (labels?.[key] !== value) return false
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || required.nodeSelectorTerms.some(term => matchesTerm(term, node))
}

/** All expressions of a term must fit; a term without any fits nothing. */
export function matchesTerm(term: Frozen<NodeSelectorTerm>, node: NodeObject): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields: Record<string, string> = { 'metadata.name': node.metadata.name ?? '' }
  return (
    matchExpressions.every(e => matchesRequirement(e, node.metadata.labels ?? {})) &&
    matchFields.every(e => matchesRequirement(e, fields))
  )
}

function matchesRequirement(r: Frozen<NodeSelectorRequirement>, values: Readonly<Record<string, string>>): boolean {
  const value = values[r.key]
  switch (r.operator) {
    case 'In':
      return value !== undefined && (r.values ?? []).includes(value)
    case 'NotIn':
      return value === undefined || !(r.values ?? []).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt': {
      const limit = r.values?.[0] ?? ''
      if (value === undefined || !/^[+-]?\d+$/.test(value) || !/^[+-]?\d+$/.test(limit)) return false
      return r.operator === 'Gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit)
    }
    default:
      return false
  }
}

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
      filter: info => (matchesNode(pod, info.node) ? undefined : unfit(REASON)),
      normalize: 'by-max' as const,
      score: info =>
        preferred.reduce((sum, p) => sum + (p.weight !== 0 && matchesTerm(p.preference, info.node) ? p.weight : 0), 0),
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
