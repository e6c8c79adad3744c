import { type Command, Option as Flag } from 'commander'
import { type Option, type OptionSources, variableName } from '../app/options.ts'

/** Adds a flag for each setting, and --config. Values are checked later, all sources alike. */
export function addFlags(command: Command, options: readonly Option[]): Command {
  for (const o of options) {
    const flag = new Flag(
      o.type === 'boolean' ? `--${o.name} [value]` : `--${o.name} <${o.value ?? 'value'}>`,
      helpOf(o),
    )
    if (o.type === 'list') flag.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
    command.addOption(flag)
  }
  return command.option('--config <file>', 'YAML file with any of these settings, by name [$KUBELITE_CONFIG]')
}

/** The sources of settings for a parsed command. */
export function sourcesOf(command: Command): OptionSources {
  const flags: Record<string, string | boolean | readonly string[]> = {}
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName())
    if (value !== undefined) flags[option.long?.slice(2) ?? ''] = value as string | boolean | string[]
  }
  const { config, ...rest } = flags
  const file = (config as string | undefined) ?? process.env.KUBELITE_CONFIG
  return { flags: rest, env: process.env, ...(file ? { file } : {}) }
}

function helpOf(o: Option): string {
  const preset = o.default === undefined || o.default === false ? '' : ` (default: ${String(o.default)})`
  return `${o.help}${preset} [$${variableName(o.name)}]`
}
