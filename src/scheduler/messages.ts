import type { Failure } from './cycle.ts'
import type { Rejection } from './framework.ts'

export const NO_NODES = 'no nodes available to schedule pods'
const NOT_HELPFUL = 'Preemption is not helpful for scheduling'
const NO_VICTIMS = 'No preemption victims found for incoming pod'

/** What preemption found out: for each node why it does not help, or one text for all. */
export type PreemptionVerdict = { readonly text: string } | { readonly perNode: ReadonlyMap<string, string> }

/** The verdict where nothing may be preempted: nodes that are full have no victims, the others would not be helped. */
export function noVictims(rejections: ReadonlyMap<string, Rejection>): PreemptionVerdict {
  return { perNode: new Map([...rejections].map(([name, r]) => [name, r.resolvable ? NO_VICTIMS : NOT_HELPFUL])) }
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) …. no new claims to deallocate, preemption: …` */
export function failureMessage(failure: Failure, preemption: PreemptionVerdict | undefined): string {
  if (failure.nodes === 0) return NO_NODES
  const head = `0/${failure.nodes} nodes are available:`
  if (failure.wholly) return `${head} ${failure.wholly}`
  const reasons = [...failure.rejections.values()].flatMap(r => [...r.reasons])
  const why = `${head} ${histogram(reasons)}.`
  if (!preemption) return why
  const verdict =
    'text' in preemption
      ? preemption.text
      : `0/${failure.nodes} nodes are available: ${histogram([...preemption.perNode.values()])}.`
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
