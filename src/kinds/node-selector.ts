import { ownOf } from '../base/json.ts'
import type { NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from './generated/types.ts'
import type { Frozen } from './object.ts'

/** What of a node selectors look at. */
export interface SelectableNode {
  readonly metadata: {
    readonly name?: string | undefined
    readonly labels?: Readonly<Record<string, string>> | undefined
  }
}

/** True where a node has all labels that a pod selects, and one of the terms that it requires fits. */
export function matchesNode(spec: Frozen<PodSpec> | undefined, node: SelectableNode): boolean {
  const { labels } = node.metadata
  for (const [key, value] of Object.entries(spec?.nodeSelector ?? {})) if (labels?.[key] !== value) return false
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || required.nodeSelectorTerms.some(term => matchesNodeTerm(term, node))
}

/** True where a node has all that one term of a node selector asks for; a term that asks for nothing fits none. */
export function matchesNodeTerm(term: Frozen<NodeSelectorTerm>, node: SelectableNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields: Record<string, string> = { 'metadata.name': node.metadata.name ?? '' }
  return (
    matchExpressions.every(e => matchesRequirement(e, node.metadata.labels ?? {})) &&
    matchFields.every(e => matchesRequirement(e, fields))
  )
}

function matchesRequirement(r: Frozen<NodeSelectorRequirement>, values: Readonly<Record<string, string>>): boolean {
  const value = ownOf(values, r.key)
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
