import { apiVersionOf, type Resource } from './api/discovery.ts'
import { PlainError, UsageError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import { say } from './base/io.ts'
import type { Call, Verb } from './base/verb.ts'
import { alignTabs, GET_TABS } from './print/tabwriter.ts'

/** `kubectl api-resources`. */
export const apiResources: Verb = {
  name: 'api-resources',
  use: 'api-resources [flags]',
  short: 'Print the supported API resources on the server',
  examples: [
    '# Print the supported API resources',
    'kubectl api-resources',
    '',
    '# Print those in a group, with more information',
    'kubectl api-resources --api-group=apps -o wide',
  ],
  flags: [
    flag('string', 'api-group', 'Limit to resources in the specified API group.'),
    flag('bool', 'cached', 'Taken for the sake of scripts: nothing is cached.'),
    flag('list', 'categories', 'Limit to resources that belong to the specified categories.'),
    flag(
      'bool',
      'namespaced',
      'If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.',
      { default: 'true' },
    ),
    flag(
      'bool',
      'no-headers',
      "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    flag('string', 'output o', 'Output format. One of: (wide, name).'),
    flag(
      'string',
      'sort-by',
      "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'.",
    ),
    flag('list', 'verbs', 'Limit to resources that support the specified verbs.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { args, flags, io, session } = call
  if (args.length) throw new UsageError(call.command, `unexpected arguments: [${args.join(' ')}]`)
  const output = flags.text('output')
  if (output !== '' && output !== 'wide' && output !== 'name')
    throw new PlainError(`--output ${output} is not available`)
  const sortBy = flags.text('sort-by')
  if (sortBy && sortBy !== 'name' && sortBy !== 'kind') throw new PlainError('--sort-by accepts only name or kind')
  const { all } = await session.resources()
  const chosen = [...chosenResources(call, preferred(all))].sort(orderBy(sortBy))
  if (output === 'name') {
    for (const r of chosen) say(io, r.group ? `${r.plural}.${r.group}` : r.plural)
    return
  }
  const wide = output === 'wide'
  const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])]
  const rows = chosen.map(r => [
    r.plural,
    r.shortNames.join(','),
    apiVersionOf(r),
    String(r.namespaced),
    r.kind,
    ...(wide ? [[...r.verbs].sort().join(','), r.categories.join(',')] : []),
  ])
  io.out(
    alignTabs(
      [...(flags.on('no-headers') ? [] : [header]), ...rows].map(row => `${row.join('\t')}\n`).join(''),
      GET_TABS,
    ),
  )
}

/** Each resource in the first version of its group that has it. */
function preferred(all: readonly Resource[]): Resource[] {
  const seen = new Set<string>()
  return all.filter(r => {
    const key = `${r.group}/${r.plural}`
    return !seen.has(key) && seen.add(key)
  })
}

function chosenResources({ flags }: Call, all: readonly Resource[]): Resource[] {
  return all.filter(
    r =>
      r.verbs.length > 0 &&
      (!flags.changed('api-group') || r.group === flags.text('api-group')) &&
      (!flags.changed('namespaced') || r.namespaced === flags.on('namespaced')) &&
      flags.texts('verbs').every(v => r.verbs.includes(v)) &&
      flags.texts('categories').every(c => r.categories.includes(c)),
  )
}

const orderBy =
  (field: string) =>
  (a: Resource, b: Resource): number => {
    const key = (r: Resource): string =>
      field === 'kind' ? r.kind : field === 'name' ? r.plural : `${r.group}\u0000${r.plural}`
    return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0
  }
