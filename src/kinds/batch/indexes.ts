/** Index lists of jobs such as `1,3-5,7`. */

/** How many indexes a list names, or what is wrong with it. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0
  let last: number | undefined
  let total = 0
  for (const part of text.split(',')) {
    const interval = readInterval(part, completions)
    if (typeof interval === 'string') return interval
    const [first, end] = interval
    if (last !== undefined && last >= first) return `non-increasing order, previous: ${last}, current: ${first}`
    total += end - first + 1
    last = end
  }
  return total
}

/** First index that is in both lists; parts that cannot be read are passed over. */
export function firstCommonIndex(a: string, b: string, completions: number): number | undefined {
  const intervals = (text: string) =>
    text.split(',').flatMap(part => {
      const interval = readInterval(part, completions)
      return typeof interval === 'string' ? [] : [interval]
    })
  const [left, right] = [intervals(a), intervals(b)]
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [x, y] = left[i] ?? [0, 0]
    const [u, v] = right[j] ?? [0, 0]
    if (x <= v && u <= y) return Math.max(x, u)
    if (x <= u) i++
    else j++
  }
  return undefined
}

function readInterval(part: string, completions: number): [number, number] | string {
  const limits = part.split('-')
  if (limits.length > 2) {
    const rule = "an index interval can have at most two parts separated by '-'"
    return `the fragment ${JSON.stringify(part)} violates the requirement that ${rule}`
  }
  const numbers: number[] = []
  for (const text of limits) {
    if (!/^[-+]?[0-9]+$/.test(text)) return `cannot convert string to integer for index: ${JSON.stringify(text)}`
    if (Number(text) >= completions) return `too large index: ${JSON.stringify(text)}`
    numbers.push(Number(text))
  }
  const [first = 0, end = first] = numbers
  if (limits.length > 1 && first >= end) return `non-increasing order, previous: ${first}, current: ${end}`
  return [first, end]
}
