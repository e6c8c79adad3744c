import type { PodDisruptionBudget } from '../../../kinds/generated/types.ts'
import { selectorText } from '../../../kinds/columns.ts'
import { type Described, type Describer, eventLines } from './shared.ts'

/** `kubectl describe poddisruptionbudget`. */
export const describeBudget: Describer<Described<PodDisruptionBudget>> = async (w, pdb, context) => {
  const { metadata: m, spec, status } = pdb
  w.line(0, `Name:\t${m.name ?? ''}`)
  w.line(0, `Namespace:\t${m.namespace ?? ''}`)
  if (spec?.minAvailable !== undefined) w.line(0, `Min available:\t${spec.minAvailable}`)
  else if (spec?.maxUnavailable !== undefined) w.line(0, `Max unavailable:\t${spec.maxUnavailable}`)
  w.line(0, `Selector:\t${spec?.selector ? selectorText(spec.selector) || '<all>' : '<unset>'}`)
  w.line(0, 'Status:')
  w.line(2, `Allowed disruptions:\t${status?.disruptionsAllowed ?? 0}`)
  w.line(2, `Current:\t${status?.currentHealthy ?? 0}`)
  w.line(2, `Desired:\t${status?.desiredHealthy ?? 0}`)
  w.line(2, `Total:\t${status?.expectedPods ?? 0}`)
  eventLines(w, await context.events(), context.now)
}
