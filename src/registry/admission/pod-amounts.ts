import { ownOf } from '../../base/json.ts'
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
  tryParseQuantity,
} from '../../base/quantity.ts'
import type { Container, PodSpec } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'

export type Amounts = Readonly<Record<string, Quantity>>
type Which = 'requests' | 'limits'

/** Amounts of a resource list; what cannot be read is left out. */
export function amountsOf(list: unknown): Amounts {
  const out: Record<string, Quantity> = {}
  for (const [name, value] of Object.entries((list ?? {}) as Record<string, string | number>)) {
    const quantity = tryParseQuantity(value)
    if (quantity) out[name] = quantity
  }
  return out
}

export function addAmounts(a: Amounts, b: Amounts): Amounts {
  const out: Record<string, Quantity> = { ...a }
  for (const [name, value] of Object.entries(b)) {
    const own = ownOf(out, name)
    out[name] = own ? addQuantities(own, value) : value
  }
  return out
}

function greatest(a: Amounts, b: Amounts): Amounts {
  const out: Record<string, Quantity> = { ...a }
  for (const [name, value] of Object.entries(b)) {
    const own = ownOf(out, name)
    if (!own || compareQuantities(own, value) < 0) out[name] = value
  }
  return out
}

/**
 * What a pod asks for in all: its containers and sidecars together, or where that is more, an init container beside the
 * sidecars that run by then; what the pod itself names instead; and the overhead of its runtime.
 */
export function podAmounts(spec: Frozen<PodSpec>, which: Which): Amounts {
  let running: Amounts = {}
  for (const c of spec.containers ?? []) running = addAmounts(running, containerAmounts(c, which))
  let sidecars: Amounts = {}
  let starting: Amounts = {}
  for (const c of spec.initContainers ?? []) {
    const own = containerAmounts(c, which)
    if (c.restartPolicy === 'Always') {
      running = addAmounts(running, own)
      sidecars = addAmounts(sidecars, own)
      starting = greatest(starting, sidecars)
    } else starting = greatest(starting, addAmounts(sidecars, own))
  }
  const total = { ...greatest(running, starting), ...amountsOf(spec.resources?.[which]) }
  const overhead = amountsOf(spec.overhead)
  if (which === 'requests') return addAmounts(total, overhead)
  // A limit that is missing has none: overhead does not make one.
  return addAmounts(total, Object.fromEntries(Object.entries(overhead).filter(([name]) => Object.hasOwn(total, name))))
}

export function containerAmounts(container: Frozen<Container>, which: Which): Amounts {
  return amountsOf(container.resources?.[which])
}

export const ONE = parseQuantity('1')
export const NONE = parseQuantity('0')
