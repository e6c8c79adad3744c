/** A number, or a percentage of `total` (`25%`) rounded up or down. Undefined counts as 0. */
export function scaledValue(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  if (!/^\d+%$/.test(value)) return Number.parseInt(value, 10) || 0
  const exact = (Number.parseInt(value, 10) * total) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
