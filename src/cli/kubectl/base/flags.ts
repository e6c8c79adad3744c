import { PlainError } from './errors.ts'

/** One flag as pflag knows them. `list` splits values at commas, `array` takes them whole; both may be repeated. */
export interface FlagSpec {
  readonly name: string
  readonly short?: string
  readonly type: 'string' | 'bool' | 'int' | 'duration' | 'list' | 'array'
  /** Text of the default. Defaults to nothing of the type: '', false, 0, 0s, []. */
  readonly default?: string
  /** Value where the flag stands without one (`--dry-run`); only with `=` takes another. Defaults to none. */
  readonly bare?: string
  readonly hidden?: boolean
  readonly help: string
}

export const flag = (
  type: FlagSpec['type'],
  names: string,
  help: string,
  more: { default?: string; bare?: string; hidden?: boolean } = {},
): FlagSpec => {
  const [name = '', short] = names.split(' ')
  return { name, type, help, ...(short ? { short } : {}), ...more }
}

const NOTHING: Record<FlagSpec['type'], string> = {
  string: '',
  bool: 'false',
  int: '0',
  duration: '0s',
  list: '',
  array: '',
}

/** A number as strconv.Atoi reads it. Throws PlainError with its text. */
export function atoi(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw new PlainError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

/** The values of a parsed command line. */
export class Flags {
  readonly #specs: ReadonlyMap<string, FlagSpec>
  readonly #given = new Map<string, string[]>()
  /** Each flag as it came, with its value: for the record of what caused a change. */
  readonly history: { readonly name: string; readonly value: string }[] = []

  constructor(specs: readonly FlagSpec[]) {
    this.#specs = new Map(specs.map(s => [s.name, s]))
  }

  /** Throws PlainError with pflag's text where the value does not fit. */
  set(spec: FlagSpec, value: string, shown: string): void {
    const fault = faultOf(spec, value)
    if (fault)
      throw new PlainError(`invalid argument ${JSON.stringify(value)} for ${JSON.stringify(shown)} flag: ${fault}`)
    this.history.push({ name: spec.name, value })
    const many = spec.type === 'list' || spec.type === 'array'
    const values = spec.type === 'list' ? splitList(value) : [value]
    this.#given.set(spec.name, many ? [...(this.#given.get(spec.name) ?? []), ...values] : values)
  }

  /** The same as if these had not been given: for flags that a verb has taken for itself. */
  without(names: ReadonlySet<string>): Flags {
    const rest = new Flags([...this.#specs.values()])
    for (const [name, values] of this.#given) if (!names.has(name)) rest.#given.set(name, values)
    return rest
  }

  changed(name: string): boolean {
    return this.#given.has(name)
  }

  has(name: string): boolean {
    return this.#specs.has(name)
  }

  text(name: string): string {
    const spec = this.#specs.get(name)
    if (!spec) return ''
    return this.#given.get(name)?.at(-1) ?? spec.default ?? NOTHING[spec.type]
  }

  on(name: string): boolean {
    return parseBool(this.text(name)) === true
  }

  number(name: string): number {
    return Number(this.text(name))
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseDuration(this.text(name)) ?? 0
  }

  texts(name: string): string[] {
    const preset = this.#specs.get(name)?.default
    return this.#given.get(name) ?? (preset ? preset.split(',') : [])
  }
}

export interface Parsed {
  readonly flags: Flags
  readonly args: readonly string[]
  /** How many arguments stand before `--`; -1 where there is none. */
  readonly dash: number
}

/** Parses as pflag does: flags anywhere before `--`, shorthands in one word. Throws PlainError. */
export function parseFlags(argv: readonly string[], specs: readonly FlagSpec[], stopAtArgument = false): Parsed {
  const byName = new Map(specs.map(s => [s.name, s]))
  const byShort = new Map(specs.filter(s => s.short).map(s => [s.short, s]))
  const flags = new Flags(specs)
  const args: string[] = []
  let i = 0
  const next = (shown: string): string => {
    const value = argv[i + 1]
    if (value === undefined) throw new PlainError(`flag needs an argument: ${shown}`)
    i++
    return value
  }
  for (; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') return { flags, args: [...args, ...argv.slice(i + 1)], dash: args.length }
    if (word.startsWith('--')) {
      const at = word.indexOf('=')
      const name = at < 0 ? word.slice(2) : word.slice(2, at)
      const spec = byName.get(name)
      if (!spec) throw new PlainError(`unknown flag: --${name}`)
      const bare = spec.bare ?? (spec.type === 'bool' ? 'true' : undefined)
      flags.set(spec, at >= 0 ? word.slice(at + 1) : (bare ?? next(`--${name}`)), shownName(spec))
    } else if (word.startsWith('-') && word.length > 1) parseShorts(word, byShort, flags, next)
    else {
      args.push(word)
      if (stopAtArgument) return { flags, args: [...args, ...argv.slice(i + 1)], dash: -1 }
    }
  }
  return { flags, args, dash: -1 }
}

const shownName = (spec: FlagSpec): string => (spec.short ? `-${spec.short}, --${spec.name}` : `--${spec.name}`)

function parseShorts(
  word: string,
  specs: ReadonlyMap<string | undefined, FlagSpec>,
  flags: Flags,
  next: (shown: string) => string,
): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? ''
    const spec = specs.get(letter)
    if (!spec) throw new PlainError(`unknown shorthand flag: ${quoted(letter)} in -${word.slice(at)}`)
    const rest = word.slice(at + 1)
    const bare = spec.bare ?? (spec.type === 'bool' ? 'true' : undefined)
    if (rest.startsWith('=')) return flags.set(spec, rest.slice(1), shownName(spec))
    if (bare !== undefined) flags.set(spec, bare, shownName(spec))
    else return flags.set(spec, rest || next(`${quoted(letter)} in -${word.slice(at)}`), shownName(spec))
  }
}

const quoted = (letter: string): string => `'${letter}'`

function faultOf(spec: FlagSpec, value: string): string | undefined {
  if (spec.type === 'bool' && parseBool(value) === undefined)
    return `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
  if (spec.type === 'int' && !/^[-+]?\d+$/.test(value))
    return `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`
  if (spec.type === 'duration' && parseDuration(value) === undefined) return durationFault(value)
  return undefined
}

function durationFault(value: string): string {
  if (/\d$/.test(value)) return `time: missing unit in duration ${JSON.stringify(value)}`
  const unit = /^[-+]?[\d.]+([^\d.]+)/.exec(value)?.[1]
  if (unit && UNITS[unit] === undefined)
    return `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(value)}`
  return `time: invalid duration ${JSON.stringify(value)}`
}

function parseBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  return undefined
}

/** Values between commas, where quotes hold one together as in CSV. */
function splitList(text: string): string[] {
  if (text === '') return []
  if (!text.includes('"')) return text.split(',')
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(m => m[1]?.replaceAll('""', '"') ?? m[2] ?? '')
}

const UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a Go duration such as `1m30s`; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^([-+]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text)
  if (text === '0') return 0
  if (!match) return undefined
  let total = 0
  for (const [, amount = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * (UNITS[unit] ?? 0)
  return match[1] === '-' ? -total : total
}
