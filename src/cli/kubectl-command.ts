import { SystemClock } from '../base/clock.ts'
import { ExitError, PlainError, tellError, UsageError } from './kubectl/base/errors.ts'
import { type FlagSpec, parseFlags } from './kubectl/base/flags.ts'
import { flagTexts, helpText, MIN_WIDTH } from './kubectl/base/help.ts'
import type { Io } from './kubectl/base/io.ts'
import { GLOBAL_FLAGS, Session } from './kubectl/base/session.ts'
import type { Verb } from './kubectl/base/verb.ts'
import { VERB_GROUPS, VERBS } from './kubectl/verbs.ts'
import { writeError, writeOutput } from './print.ts'

/** Runs one command line of our own small kubectl (without `kubectl`). Resolves with the exit code. */
export async function kubectlCommand(argv: readonly string[]): Promise<number> {
  const abort = new AbortController()
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(130)
    abort.abort()
  }
  // A reader that goes away (`kubectl get pods | head`) ends the command, without a trace.
  process.stdout.on('error', () => process.exit(0))
  process.once('SIGINT', onSignal)
  // Timers of the clock do not keep the process alive: this port does, where a command only waits.
  const alive = new MessageChannel()
  alive.port1.ref()
  alive.port1.onmessage = () => {}
  try {
    return await runKubectl(argv, processIo(abort.signal))
  } finally {
    process.off('SIGINT', onSignal)
    alive.port1.close()
  }
}

function processIo(signal: AbortSignal): Io {
  return {
    out: writeOutput,
    err: writeError,
    readInput: async () => {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    },
    input: process.stdin,
    output: process.stdout,
    clock: new SystemClock(),
    env: process.env,
    signal,
  }
}

/** As kubectlCommand, reading and writing where `io` says. */
export async function runKubectl(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io)
  } catch (error) {
    if (io.signal.aborted) return 130
    const { text, code } = tellError(error)
    if (text) io.err(text.endsWith('\n') ? text : `${text}\n`)
    return code
  }
}

const HELP: FlagSpec = { name: 'help', short: 'h', type: 'bool', help: '', hidden: true }

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const name = firstArgument(argv)
  if (name === undefined) {
    if (argv.length > 0) parsed(argv, [...GLOBAL_FLAGS, HELP], 'kubectl')
    io.out(rootHelp())
    return 0
  }
  if (name === 'help') return dispatch([...argv.filter(a => a !== 'help'), '--help'], io)
  if (name === 'options') {
    io.out(`The following options can be passed to any command:\n\n${flagTexts(GLOBAL_FLAGS)}\n`)
    return 0
  }
  const entry = VERBS.find(v => v.name === name || v.aliases?.includes(name))
  if (!entry) throw unknownCommand(name)
  return runVerb(await entry.load(), argv, io)
}

/** The first word that is no flag nor the value of one. */
function firstArgument(argv: readonly string[]): string | undefined {
  const rest = wordsOf(argv)
  return rest[0]
}

/** The arguments among global flags, wherever these stand. */
function wordsOf(argv: readonly string[]): string[] {
  const words: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') break
    if (!word.startsWith('-') || word === '-') words.push(word)
    else if (!word.includes('=') && takesValue(word)) i++
  }
  return words
}

const takesValue = (word: string): boolean =>
  GLOBAL_FLAGS.some(f => f.type !== 'bool' && (word === `--${f.name}` || (f.short && word === `-${f.short}`)))

function unknownCommand(name: string): Error {
  const near = VERBS.map(v => v.name).filter(v => distance(v, name) <= 2 || v.startsWith(name))
  const hint = near.length ? `\n\nDid you mean this?\n${near.map(n => `\t${n}`).join('\n')}\n` : ''
  return new PlainError(`unknown command ${JSON.stringify(name)} for "kubectl"${hint}`)
}

/** Levenshtein's: how many letters must change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      )
    row = next
  }
  return row[b.length] ?? 0
}

/** Parses and runs a verb, or the one below it that the command line names. */
async function runVerb(top: Verb, argv: readonly string[], io: Io): Promise<number> {
  let verb = top
  let path = `kubectl ${top.name}`
  const skip = [verb.name]
  for (;;) {
    const rest = argumentsOf(argv, verb)
    const child = verb.verbs?.find(v => v.name === rest[skip.length] || v.aliases?.includes(rest[skip.length] ?? ''))
    if (!child) break
    skip.push(child.name)
    verb = child
    path += ` ${child.name}`
  }
  // `create rolebinding --user` is not the user of the kubeconfig.
  const taken = new Set((verb.flags ?? []).map(f => f.name))
  const specs = [...(verb.flags ?? []), ...GLOBAL_FLAGS.filter(f => !taken.has(f.name)), HELP]
  const { flags, args, dash } = parsed(argv, specs, path)
  const own = args.slice(skip.length)
  if (flags.on('help') || !verb.run) {
    const unknown = own[0]
    if (!flags.on('help') && unknown !== undefined)
      throw new UsageError(path, `unknown command ${JSON.stringify(own.join(' '))}`)
    io.out(helpText(verb, path))
    return flags.on('help') ? 0 : 1
  }
  const session = new Session(flags.without(taken), io)
  try {
    const code = await verb.run({
      command: path,
      flags,
      args: own,
      dash: dash < 0 ? -1 : dash - skip.length,
      session,
      io,
    })
    if (flags.on('warnings-as-errors') && session.warned > 0)
      throw new ExitError(1, `error: ${session.warned} warning${session.warned > 1 ? 's' : ''} received`)
    return code ?? 0
  } finally {
    session.close()
  }
}

/** The arguments of a command line whose flags may be those of the verb or of one below. */
function argumentsOf(argv: readonly string[], verb: Verb): readonly string[] {
  const below = (v: Verb): FlagSpec[] => [...(v.flags ?? []), ...(v.verbs ?? []).flatMap(below)]
  const specs = new Map([...below(verb), ...GLOBAL_FLAGS, HELP].map(f => [f.name, f]))
  try {
    return parseFlags(argv, [...specs.values()]).args
  } catch {
    return wordsOf(argv)
  }
}

function parsed(argv: readonly string[], specs: readonly FlagSpec[], path: string): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(argv, specs)
  } catch (error) {
    if (error instanceof PlainError) throw new PlainError(`${error.message}\nSee '${path} --help' for usage.`)
    throw error
  }
}

function rootHelp(): string {
  const width = Math.max(MIN_WIDTH, ...VERBS.map(v => v.name.length))
  const groups = VERB_GROUPS.map(
    g => `${g.title}:\n${g.verbs.map(v => `  ${v.name.padEnd(width)}   ${v.short}`).join('\n')}\n`,
  )
  return `kubectl controls the Kubernetes cluster manager.

 This is the small kubectl that kubelite carries: the same flags and output as the stock one.

${groups.join('\n')}
Usage:
  kubectl [flags] [options]

Use "kubectl <command> --help" for more information about a given command.
Use "kubectl options" for a list of global command-line options (applies to all commands).
`
}
