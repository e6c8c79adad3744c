/** What tells the items of a list apart. May throw for items that have no such thing. */
export type ItemKey = (item: unknown) => unknown

interface Arrangement {
  readonly merged: readonly unknown[]
  /** The order that was asked for: items, or stand-ins with the same key. */
  readonly order: readonly unknown[]
  /** The list as it was. */
  readonly live: readonly unknown[]
  readonly keyOf: ItemKey
}

/**
 * The order of a merged list: what `order` names stands in its order, everything else in that of the live list.
 * Where the two meet, the live order decides, and new items come before what only the server has.
 */
export function arrangeList({ merged, order, live, keyOf }: Arrangement): unknown[] {
  const wanted = places(order, keyOf)
  const lived = places(live, keyOf)
  const place = (at: ReadonlyMap<unknown, number>, item: unknown): number => at.get(keyOf(item)) ?? -1
  const named = merged.filter(item => wanted.has(keyOf(item))).sort((a, b) => place(wanted, a) - place(wanted, b))
  const others = merged.filter(item => !wanted.has(keyOf(item))).sort((a, b) => place(lived, a) - place(lived, b))
  const out: unknown[] = []
  let i = 0
  let j = 0
  while (i < named.length && j < others.length) {
    const a = place(lived, named[i])
    const b = place(lived, others[j])
    out.push(a >= 0 && b >= 0 && b < a ? others[j++] : named[i++])
  }
  return [...out, ...named.slice(i), ...others.slice(j)]
}

function places(list: readonly unknown[], keyOf: ItemKey): Map<unknown, number> {
  const at = new Map<unknown, number>()
  for (const [i, item] of list.entries()) if (!at.has(keyOf(item))) at.set(keyOf(item), i)
  return at
}
