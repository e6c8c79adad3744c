/**
 * The unified diff (three lines of context, no file names) of two values as indented JSON: what Kubernetes adds to
 * messages about fields that must not change. The caller gives fields their names and order in Go.
 */
export function goDiff(before: unknown, after: unknown): string {
  const [a, b] = [before, after].map(v => JSON.stringify(v, undefined, 1).split('\n'))
  return hunks(edits(a ?? [], b ?? []))
}

interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
}

/** Pairs of lines that are compared at most: beyond that all of one text goes and all of the other comes. */
const MAX_COMPARED = 4_000_000

/** The way from one text to the other. What they begin and end with alike is never compared. */
function edits(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const a = before.slice(head, before.length - tail)
  const b = after.slice(head, after.length - tail)
  const same = (line: string): Edit => ({ sign: ' ', line })
  const between =
    a.length * b.length > MAX_COMPARED
      ? [...a.map((line): Edit => ({ sign: '-', line })), ...b.map((line): Edit => ({ sign: '+', line }))]
      : shortest(a, b)
  return [...before.slice(0, head).map(same), ...between, ...before.slice(before.length - tail).map(same)]
}

/** The shortest way from one text to the other, by longest common subsequence. */
function shortest(a: readonly string[], b: readonly string[]): Edit[] {
  const width = b.length + 1
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const out: Edit[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]]
    if (left !== undefined && left === right) {
      out.push({ sign: ' ', line: left })
      i++
      j++
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      out.push({ sign: '-', line: left })
      i++
    } else {
      out.push({ sign: '+', line: right ?? '' })
      j++
    }
  }
  return out
}

const CONTEXT = 3

function hunks(all: readonly Edit[]): string {
  let text = ''
  const changed = all.flatMap((e, i) => (e.sign === ' ' ? [] : [i]))
  for (let k = 0; k < changed.length; ) {
    const first = Math.max((changed[k] ?? 0) - CONTEXT, 0)
    let last = changed[k] ?? 0
    while (k < changed.length && (changed[k] ?? 0) <= last + 2 * CONTEXT) last = changed[k++] ?? last
    const end = Math.min(last + CONTEXT + 1, all.length)
    text += hunk(all, first, end)
  }
  return text
}

function hunk(all: readonly Edit[], first: number, end: number): string {
  const count = (list: readonly Edit[], not: string): number => list.filter(e => e.sign !== not).length
  const [before, part] = [all.slice(0, first), all.slice(first, end)]
  const [oldStart, newStart] = [count(before, '+') + 1, count(before, '-') + 1]
  const head = `@@ -${oldStart},${count(part, '+')} +${newStart},${count(part, '-')} @@\n`
  return head + part.map(e => `${e.sign}${e.line}\n`).join('')
}
