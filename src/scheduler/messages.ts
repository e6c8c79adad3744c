import type { Failure } from './cycle.ts'

export const NO_NODES = 'no nodes available to schedule pods'
export const NOT_HELPFUL = 'Preemption is not helpful for scheduling'
export const NO_VICTIMS = 'No preemption victims found for incoming pod'

/** What preemption found out: for each node why it does not help, or one text for all. */
export type PreemptionVerdict = { readonly text: string } | { readonly perNode: ReadonlyMap<string, readonly string[]> }

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) …. no new claims to deallocate, preemption: …` */
export function failureMessage(failure: Failure, preemption: PreemptionVerdict | undefined): string {
  if (failure.nodes === 0) return NO_NODES
  const head = `0/${failure.nodes} nodes are available:`
  // Preemption is never asked about such a pod; what kube-scheduler then finds for it are two words.
  if (failure.wholly) return `${head} ${failure.wholly}. not found`
  const reasons = [...failure.rejections.values()].flatMap(r => [...r.reasons])
  const why = `${head} ${histogram(reasons)}.`
  if (!preemption) return why
  const verdict =
    'text' in preemption
      ? preemption.text
      : `0/${failure.nodes} nodes are available: ${histogram([...preemption.perNode.values()].flat())}.`
  return `${why} no new claims to deallocate, preemption: ${verdict}`
}

/** `2 a, 1 b`: counted, in order of the resulting texts. */
function histogram(texts: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts]
    .map(([text, n]) => `${n} ${text}`)
    .sort()
    .join(', ')
}
