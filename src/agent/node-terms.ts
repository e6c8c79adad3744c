import type { NodeSelectorTerm } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'

/** True where a node with these labels and this name fits a term of a node selector. */
export function matchesTerm(
  term: Frozen<NodeSelectorTerm>,
  labels: Readonly<Record<string, string>>,
  nodeName: string,
): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  // A term that asks for nothing matches nothing.
  if (!matchExpressions.length && !matchFields.length) return false
  const matches = (value: string | undefined, r: (typeof matchExpressions)[number]): boolean => {
    const { operator, values = [] } = r
    if (operator === 'In') return value !== undefined && values.includes(value)
    if (operator === 'NotIn') return value === undefined || !values.includes(value)
    if (operator === 'Exists') return value !== undefined
    if (operator === 'DoesNotExist') return value === undefined
    const [a, b] = [Number(value), Number(values[0])]
    return value !== undefined && (operator === 'Gt' ? a > b : a < b)
  }
  return (
    matchExpressions.every(r => matches(labels[r.key], r)) &&
    matchFields.every(r => r.key === 'metadata.name' && matches(nodeName, r))
  )
}
