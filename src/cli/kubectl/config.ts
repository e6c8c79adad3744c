import { ExitError, PlainError, UsageError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { type ConfigFiles, type Kubeconfig, minified, openKubeconfig, withoutSecrets } from './config/files.ts'
import { jsonText } from './print/json.ts'
import { yamlText } from '../../base/yaml-text.ts'
import { alignTabs, GET_TABS } from './print/tabwriter.ts'

const NO_HEADERS = flag('bool', 'no-headers', 'When using the default output format, do not print headers.')

const view: Verb = {
  name: 'view',
  use: 'config view',
  short: 'Display merged kubeconfig settings or a specified kubeconfig file',
  examples: [
    '# Show merged kubeconfig settings, raw certificate data and exposed secrets',
    'kubectl config view --raw',
    '',
    '# Show only what the current context uses',
    'kubectl config view --minify',
  ],
  flags: [
    flag('bool', 'minify', 'Remove all information not used by current-context from the output'),
    flag('string', 'output o', 'Output format. One of: (json, yaml).', { default: 'yaml' }),
    flag('bool', 'raw', 'Display raw byte data and sensitive data'),
  ],
  run: async call => {
    const { config } = open(call)
    const chosen = call.flags.on('minify') ? minified(config, currentOf(call, config)) : config
    const shown = call.flags.on('raw') ? chosen : withoutSecrets(chosen)
    const format = call.flags.text('output')
    if (format !== 'json' && format !== 'yaml')
      throw new PlainError(
        `unable to match a printer suitable for the output format ${JSON.stringify(format)}, allowed formats are: json,yaml`,
      )
    call.io.out(format === 'json' ? jsonText({ ...shown }) : yamlText({ ...shown }))
  },
}

const currentContext: Verb = {
  name: 'current-context',
  use: 'config current-context',
  short: 'Display the current-context',
  run: async call => {
    const current = open(call).config['current-context']
    if (!current) throw new PlainError('current-context is not set')
    call.io.out(`${current}\n`)
  },
}

const getContexts: Verb = {
  name: 'get-contexts',
  use: 'config get-contexts [(-o|--output=)name)]',
  short: 'Describe one or many contexts',
  flags: [NO_HEADERS, flag('string', 'output o', 'Output format. One of: (name).')],
  run: async call => {
    const { flags, args, io } = call
    const { config } = open(call)
    const chosen = config.contexts.filter(c => args.length === 0 || args.includes(c.name))
    const missing = args.filter(name => !config.contexts.some(c => c.name === name))
    const names = flags.text('output') === 'name'
    const rows = chosen
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, context = {} }) => {
        const mark = name === config['current-context'] ? '*' : ''
        return names ? name : [mark, name, context['cluster'], context['user'], context['namespace']].join('\t')
      })
    const headed = !names && !flags.on('no-headers')
    const lines = headed ? ['CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE', ...rows] : rows
    io.out(alignTabs(lines.map(l => `${l}\n`).join(''), GET_TABS))
    if (missing.length > 0) throw new ExitError(1, missing.map(m => `error: context ${m} not found`).join('\n'))
  },
}

const names = (name: string, what: 'clusters' | 'users', short: string): Verb => ({
  name,
  use: `config ${name}`,
  short,
  run: async call => {
    const all = open(call).config[what].map(c => c.name)
    call.io.out(`${['NAME', ...all.sort()].join('\n')}\n`)
  },
})

const useContext: Verb = {
  name: 'use-context',
  aliases: ['use'],
  use: 'config use-context CONTEXT_NAME',
  short: 'Set the current-context in a kubeconfig file',
  run: async call => {
    const files = open(call)
    const name = oneArgument(call)
    if (!files.config.contexts.some(c => c.name === name))
      throw new PlainError(`no context exists with the name: ${JSON.stringify(name)}`)
    files.change(undefined, config => {
      config['current-context'] = name
    })
    call.io.out(`Switched to context ${JSON.stringify(name)}.\n`)
  },
}

const setContext: Verb = {
  name: 'set-context',
  use: 'config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  short: 'Set a context entry in kubeconfig',
  examples: ['# Use another namespace from now on', 'kubectl config set-context --current --namespace=dev'],
  flags: [flag('bool', 'current', 'Modify the current context')],
  run: async call => {
    const { flags, args, io } = call
    const files = open(call)
    const current = files.config['current-context']
    if (flags.on('current') && args.length > 0)
      throw new PlainError('you cannot specify both a context name and --current')
    if (flags.on('current') && !current) throw new PlainError('no current context is set')
    const name = flags.on('current') ? (current ?? '') : oneArgument(call)
    const known = files.config.contexts.some(c => c.name === name)
    const given = ['cluster', 'user', 'namespace'].filter(f => flags.changed(f)).map(f => [f, flags.text(f)] as const)
    files.change(name, config => {
      const entry = config.contexts.find(c => c.name === name)
      if (entry) entry.context = { ...entry.context, ...Object.fromEntries(given) }
      else config.contexts.push({ context: { cluster: '', user: '', ...Object.fromEntries(given) }, name })
    })
    io.out(`Context ${JSON.stringify(name)} ${known ? 'modified' : 'created'}.\n`)
  },
}

const deleteContext: Verb = {
  name: 'delete-context',
  use: 'config delete-context NAME',
  short: 'Delete the specified context from the kubeconfig',
  run: async call => {
    const files = open(call)
    const name = oneArgument(call)
    const known = files.config.contexts.some(c => c.name === name)
    if (!known) throw new PlainError(`cannot delete context ${name}, not in ${files.pathOf(name)}`)
    if (files.config['current-context'] === name)
      call.io.err(
        'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
      )
    const path = files.change(name, config => {
      config.contexts = config.contexts.filter(c => c.name !== name)
    })
    call.io.out(`deleted context ${name} from ${path}\n`)
  },
}

/** `kubectl config`. */
export const config: Verb = {
  name: 'config',
  use: 'config SUBCOMMAND',
  short: 'Modify kubeconfig files',
  long: `Modify kubeconfig files using subcommands like "kubectl config use-context my-context".

 The file is that of --kubeconfig, those of $KUBECONFIG, \${HOME}/.kube/config, or what the server on this machine wrote.`,
  verbs: [
    currentContext,
    deleteContext,
    names('get-clusters', 'clusters', 'Display clusters defined in the kubeconfig'),
    getContexts,
    names('get-users', 'users', 'Display users defined in the kubeconfig'),
    setContext,
    useContext,
    view,
  ],
}

const open = (call: Call): ConfigFiles => openKubeconfig(call.flags, call.io.env)

const currentOf = (call: Call, config: Kubeconfig): string => {
  const name = call.flags.text('context') || config['current-context']
  if (!name) throw new PlainError('current-context must exist in order to minify')
  return name
}

function oneArgument(call: Call): string {
  const [name] = call.args
  if (call.args.length !== 1 || !name) throw new UsageError(call.command, `Unexpected args: [${call.args.join(' ')}]`)
  return name
}
