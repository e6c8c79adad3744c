import type { FlagSpec } from './flags.ts'
import type { Verb } from './verb.ts'

/** Names of commands take at least so much room. */
export const MIN_WIDTH = 11

/** The help of a verb in kubectl's form. `path` is `kubectl create`. */
export function helpText(verb: Verb, path: string): string {
  const parts = [`${verb.long ?? `${verb.short}.`}\n`]
  if (verb.aliases?.length) parts.push(`Aliases:\n${[verb.name, ...verb.aliases].join(', ')}\n`)
  if (verb.examples?.length) parts.push(`Examples:\n${verb.examples.map(l => `  ${l}`).join('\n')}\n`)
  if (verb.verbs?.length) {
    const width = Math.max(MIN_WIDTH, ...verb.verbs.map(v => v.name.length))
    parts.push(`Available Commands:\n${verb.verbs.map(v => `  ${v.name.padEnd(width)}   ${v.short}`).join('\n')}\n`)
  }
  const flags = (verb.flags ?? []).filter(f => !f.hidden)
  if (flags.length) parts.push(`Options:\n${flagTexts(flags)}`)
  parts.push(`Usage:
  kubectl ${verb.use} [options]
`)
  const more = verb.verbs?.length ? `Use "${path} <command> --help" for more information about a given command.\n` : ''
  return `${parts.join('\n')}\n${more}Use "kubectl options" for a list of global command-line options (applies to all commands).\n`
}

/** Each flag with its default and text, by name. */
export function flagTexts(flags: readonly FlagSpec[]): string {
  return [...flags]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(f => `    ${f.short ? `-${f.short}, ` : ''}--${f.name}=${presetText(f)}:\n\t${f.help}\n\n`)
    .join('')
    .replace(/\n$/, '')
}

function presetText(f: FlagSpec): string {
  switch (f.type) {
    case 'string':
      return `'${f.default ?? ''}'`
    case 'bool':
      return f.default ?? 'false'
    case 'int':
      return f.default ?? '0'
    case 'duration':
      return f.default ?? '0s'
    case 'list':
    case 'array':
      return `[${f.default ?? ''}]`
  }
}
