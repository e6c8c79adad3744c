import type { Verb } from './base/verb.ts'

/** A verb as the list of commands shows it; its file is loaded when it is called. */
export interface VerbEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly short: string
  readonly load: () => Promise<Verb>
}

/** The verbs in the groups of `kubectl --help`. */
export const VERB_GROUPS: readonly { readonly title: string; readonly verbs: readonly VerbEntry[] }[] = [
  {
    title: 'Basic Commands (Beginner)',
    verbs: [
      {
        name: 'create',
        short: 'Create a resource from a file or from stdin',
        load: async () => (await import('./create.ts')).create,
      },
      { name: 'run', short: 'Run a particular image on the cluster', load: async () => (await import('./run.ts')).run },
    ],
  },
  {
    title: 'Basic Commands (Intermediate)',
    verbs: [
      { name: 'get', short: 'Display one or many resources', load: async () => (await import('./get.ts')).get },
      {
        name: 'delete',
        short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
        load: async () => (await import('./delete.ts')).deleteVerb,
      },
    ],
  },
  {
    title: 'Troubleshooting and Debugging Commands',
    verbs: [
      {
        name: 'logs',
        aliases: ['log'],
        short: 'Print the logs for a container in a pod',
        load: async () => (await import('./logs.ts')).logs,
      },
      {
        name: 'attach',
        short: 'Attach to a running container',
        load: async () => (await import('./attach.ts')).attach,
      },
      { name: 'exec', short: 'Execute a command in a container', load: async () => (await import('./exec.ts')).exec },
    ],
  },
  {
    title: 'Advanced Commands',
    verbs: [
      {
        name: 'apply',
        short: 'Apply a configuration to a resource by file name or stdin',
        load: async () => (await import('./apply.ts')).apply,
      },
    ],
  },
]

export const VERBS: readonly VerbEntry[] = VERB_GROUPS.flatMap(g => g.verbs)
