/** What a failed test has to say besides its own words, so that one print of it is enough to find the cause. */
import { existsSync, readFileSync } from 'node:fs'

const witnesses = new Map<string, () => string | Promise<string>>()
const seen = new Map<string, { readonly at: number; readonly answer: string }>()
const MAX_SEEN = 50
const SHOWN = 4
/** Lines of the end of a log. */
const TAIL = 25
/** A witness that says nothing for this long is not heard. */
const PATIENCE_MS = 60_000

/** Whenever a test fails, from now on, this is printed too. */
export function witness(name: string, tell: () => string | Promise<string>): Disposable {
  witnesses.set(name, tell)
  return { [Symbol.dispose]: () => void (witnesses.get(name) === tell && witnesses.delete(name)) }
}

/** Keeps the last answer to each question, for the words of a wait that gives up. */
export function saw(question: string, answer: string): void {
  seen.delete(question)
  seen.set(question, { at: performance.now(), answer })
  if (seen.size > MAX_SEEN) seen.delete(seen.keys().next().value ?? '')
}

/** What was asked last since a time (performance.now), and the answers. */
export function lastSeen(since: number): string {
  const some = [...seen].filter(([, s]) => s.at >= since).slice(-SHOWN)
  return some.map(([question, s]) => `\n  ${question}\n${quoted(s.answer, 1_000)}`).join('')
}

/** The end of a file, for witnesses. */
export function tail(path: string): string {
  if (!existsSync(path)) return '(there is no such file)'
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  // What an engine says of its own parts is long, and never the cause.
  const own = lines.filter(l => !l.includes('level=info'))
  return own
    .slice(-TAIL)
    .map(l => l.slice(0, 400))
    .join('\n')
}

/** What all witnesses say. */
export async function testify(): Promise<string> {
  const told = [...witnesses].map(async ([name, tell]) => {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<string>(resolve => {
      timer = setTimeout(() => resolve('(no answer)'), PATIENCE_MS)
    })
    const text = await Promise.race([Promise.resolve().then(tell), silence]).catch((e: unknown) => String(e))
    clearTimeout(timer)
    return `  ${name}\n${quoted(text, 8_000)}\n`
  })
  // The newest know most.
  return (await Promise.all(told)).reverse().join('')
}

function quoted(text: string, limit: number): string {
  const whole = text.trimEnd()
  return (whole.length > limit ? `…${whole.slice(-limit)}` : whole || '(nothing)').replace(/^/gm, '  | ')
}

// The test environment is outside the room of modules that each test file has of its own: see telling-environment.ts.
Object.assign(globalThis, { kubeliteTestify: testify })
