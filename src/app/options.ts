import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'

/** One setting: a flag `--name`, an environment variable `KUBELITE_NAME` and a key `name` of the YAML file. */
export interface Option {
  readonly name: string
  /** `list` collects repeated flags, comma-separated values and YAML lists. */
  readonly type: 'string' | 'number' | 'boolean' | 'list'
  readonly default?: string | number | boolean | readonly string[]
  /** Shown in --help; `<…>` names the value. */
  readonly value?: string
  readonly help: string
  /** What is wrong with the value, or undefined. */
  readonly check?: (value: string) => string | undefined
}

export type OptionValue = string | number | boolean | readonly string[] | undefined
export type OptionValues = Record<string, OptionValue>

/** A wrong flag, variable or file: the message names it. Ends the command with exit code 1. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

export interface OptionSources {
  /** Values given as flags, by option name: strings as typed, true for a bare switch. */
  readonly flags: Record<string, string | boolean | readonly string[]>
  readonly env: Record<string, string | undefined>
  /** Path of the YAML file: read when given. */
  readonly file?: string
}

/**
 * Merges the sources, flag before variable before file before default, and checks every value. The file may have all
 * of the `known` settings: one file serves several commands.
 */
export function readOptions(
  options: readonly Option[],
  sources: OptionSources,
  known: readonly Option[] = options,
): OptionValues {
  const file = sources.file === undefined ? {} : readConfigFile(sources.file, known)
  const values: OptionValues = {}
  for (const option of options) {
    const variable = variableName(option.name)
    const fromEnv = sources.env[variable]
    if (sources.flags[option.name] !== undefined) {
      values[option.name] = parse(option, sources.flags[option.name], `--${option.name}`)
    } else if (fromEnv !== undefined && fromEnv !== '') {
      values[option.name] = parse(option, fromEnv, variable)
    } else if (file[option.name] !== undefined) {
      values[option.name] = parse(option, file[option.name], `${sources.file}: ${option.name}`)
    } else {
      values[option.name] =
        option.default ?? (option.type === 'list' ? [] : option.type === 'boolean' ? false : undefined)
    }
  }
  return values
}

/** `data-dir` → `KUBELITE_DATA_DIR`. */
export function variableName(option: string): string {
  return `KUBELITE_${option.replaceAll('-', '_').toUpperCase()}`
}

function readConfigFile(path: string, options: readonly Option[]): Record<string, unknown> {
  let content: unknown
  try {
    content = load(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigError(`--config: cannot read ${path}: ${(error as Error).message.split('\n')[0]}`)
  }
  if (content === null || content === undefined) return {}
  if (typeof content !== 'object' || Array.isArray(content)) throw new ConfigError(`${path}: must be a map of settings`)
  const known = new Set(options.map(o => o.name))
  for (const key of Object.keys(content)) {
    if (!known.has(key)) throw new ConfigError(`${path}: unknown setting "${key}"`)
  }
  return content as Record<string, unknown>
}

function parse(option: Option, raw: unknown, where: string): OptionValue {
  const bad = (why: string): ConfigError => new ConfigError(`${where}: invalid value ${JSON.stringify(raw)}: ${why}`)
  switch (option.type) {
    case 'boolean': {
      if (raw === true || raw === 'true' || raw === '1') return true
      if (raw === false || raw === 'false' || raw === '0') return false
      throw bad('must be true or false')
    }
    case 'number': {
      const text = String(raw)
      if (!/^\d+$/.test(text)) throw bad('must be a whole number')
      const why = option.check?.(text)
      if (why) throw bad(why)
      return Number(text)
    }
    case 'list': {
      const items = (Array.isArray(raw) ? raw : [raw]).flatMap(item => String(item).split(',')).map(s => s.trim())
      const kept = items.filter(s => s !== '')
      for (const item of kept) {
        const why = option.check?.(item)
        if (why) throw new ConfigError(`${where}: invalid value ${JSON.stringify(item)}: ${why}`)
      }
      return kept
    }
    case 'string': {
      if (typeof raw !== 'string' && typeof raw !== 'number') throw bad('must be a text')
      if (raw === '') throw bad('must not be empty')
      const why = option.check?.(String(raw))
      if (why) throw bad(why)
      return String(raw)
    }
    default:
      return undefined
  }
}
