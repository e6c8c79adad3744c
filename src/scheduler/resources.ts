import { MILLI, parseQuantity, scaledValue } from '../base/quantity.ts'
import type { Container, PodSpec } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'

/** Amounts by resource name: cpu in thousandths of a core, the rest in whole units. */
export type Amounts = ReadonlyMap<string, number>

/** What kube-scheduler takes for a pod without requests when it spreads load: a tenth of a core and 200 MiB. */
const DEFAULT_MILLI_CPU = 100
const DEFAULT_MEMORY = 200 * 1024 * 1024

/** Reads a resource list. */
export function amounts(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  const out = new Map<string, number>()
  for (const [name, text] of Object.entries(list ?? {})) out.set(name, amount(name, text))
  return out
}

function amount(name: string, text: string): number {
  return scaledValue(parseQuantity(text), name === 'cpu' ? MILLI : 0)
}

/**
 * What a pod asks of a node (k8s.io/component-helpers/resource PodRequests): its containers and restartable init
 * containers together, or one init container with those restartable before it where that is more; pod-level requests
 * stand above both, overhead comes on top.
 */
export function podRequests(spec: Frozen<PodSpec>, options: { defaults?: boolean } = {}): Map<string, number> {
  const requestsOf = (c: Frozen<Container>): Map<string, number> => {
    const r = amounts(c.resources?.requests)
    if (options.defaults) {
      // Who asks for nothing in so many words is taken at his word.
      if (!r.has('cpu')) r.set('cpu', DEFAULT_MILLI_CPU)
      if (!r.has('memory')) r.set('memory', DEFAULT_MEMORY)
    }
    return r
  }
  const total = new Map<string, number>()
  for (const c of spec.containers) add(total, requestsOf(c))
  const restartable = new Map<string, number>()
  const initPeak = new Map<string, number>()
  for (const c of spec.initContainers ?? []) {
    const own = requestsOf(c)
    if (c.restartPolicy === 'Always') {
      add(total, own)
      add(restartable, own)
      raise(initPeak, restartable)
    } else {
      add(own, restartable)
      raise(initPeak, own)
    }
  }
  raise(total, initPeak)
  for (const [name, value] of amounts(spec.resources?.requests)) total.set(name, value)
  add(total, amounts(spec.overhead))
  return total
}

export function add(to: Map<string, number>, from: Amounts): void {
  for (const [name, value] of from) to.set(name, (to.get(name) ?? 0) + value)
}

export function subtract(from: Map<string, number>, what: Amounts): void {
  for (const [name, value] of what) from.set(name, (from.get(name) ?? 0) - value)
}

function raise(to: Map<string, number>, least: Amounts): void {
  for (const [name, value] of least) if (value > (to.get(name) ?? 0)) to.set(name, value)
}
